"""The replica's whole life, epoch by epoch: the archive's history is the truth's, and nothing is wrongly gone."""

from __future__ import annotations

import pytest

from tests.epochs import Lived, live
from tests.portal.evolution import LAST
from tests.replica import running


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("epochs")
    with running(folder, "--size", "small") as replica:
        return live(replica, folder / "archive.db")


def test_every_version_change_and_address_is_as_told(lived: Lived) -> None:
    assert not lived.wrong, "\n".join(lived.wrong[:20])
    assert len(lived.reports) == LAST + 1
    assert lived.events > 100
    assert lived.versions > lived.articles


def test_nothing_is_gone_while_hosts_are_out(lived: Lived) -> None:
    assert not lived.wrongly_gone
    out = lived.reports[3]
    assert (out["gone"], out["moved"]) == (0, 0)
    assert any("suddenly not there" in breach["message"] for breach in out["breaches"]), "and it is told"
    assert lived.reports[4]["gone"] > 5, "what was removed meanwhile is found out afterwards"


def test_a_template_no_layout_knows_is_told_and_changes_nothing(lived: Lived) -> None:
    told = [(breach["name"], breach["subject"]) for breach in lived.reports[2]["breaches"]]
    assert told == [("drift", "main-new: layout")]
    assert lived.reports[2]["changed"] == 0
    assert not lived.reports[1]["breaches"]
