"""An article that moved without a redirect, known again by its content: whoever asks for one address is led to both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archive.database import open_readonly
from archive.index import refresh
from archive.show import load_article
from archive.store import Archive
from tests.archive.conftest import Site
from tests.archive.samples import HOST, article, at, begin, capture, not_found
from tests.conftest import Run

OLD, NEW = f"{HOST}/cu.aspx", f"{HOST}/moi.aspx"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("moved") / "archive.db"
    with Archive.open(made, create=True) as archive:
        archive.record(capture("/cu.aspx", 0), article("/cu.aspx"), begin(archive))
        run = begin(archive, 10)
        archive.record(capture("/moi.aspx", 11), article("/moi.aspx"), run)
        archive.record(capture("/cu.aspx", 12), not_found("/cu.aspx"), run)
        assert archive.settle_missing(run, at(14)).moved == 1
        refresh(archive.db)
    return made


def test_each_row_names_the_other(path: Path) -> None:
    with open_readonly(path) as conn:
        old, new = load_article(conn, OLD), load_article(conn, NEW)
    assert old.moved_to is not None
    assert old.moved_to["canonical_url"] == NEW
    assert [row["canonical_url"] for row in new.moved_from] == [OLD]
    assert (new.moved_to, old.moved_from) == (None, ())


def test_history_leads_from_one_to_the_other(path: Path, portal_archive: Run) -> None:
    told = {url: portal_archive("history", url, "--archive", path).stdout for url in (OLD, NEW)}
    assert f"goes on at {NEW}" in told[OLD]
    assert f"goes on from {OLD}" in told[NEW]


def test_the_reading_room_leads_from_one_to_the_other(path: Path, site: Site) -> None:
    with open_readonly(path) as conn:
        old, new = (int(load_article(conn, url).article["id"]) for url in (OLD, NEW))
    assert re.search(rf'chuyển sang địa chỉ khác\. <a href="/article/{new}"', site.get(f"article/{old}").text)
    assert re.search(rf'địa chỉ khác: <a href="/article/{old}"', site.get(f"article/{new}").text)
