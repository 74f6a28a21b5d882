"""One history: the same rows whatever the order in which captures come in."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.models import FileFound, Link, ListingFound, ListItem, Outcome
from archive.search import refresh
from archive.store import Archive
from tests.archive.samples import HOST, article, at, begin, capture, not_found, not_modified, redirect, rows

LIST_ID = "6c9d2b0e-0000-4000-8000-000000000000"
TABLES = {
    "captures": "*",
    "rules": "*",
    "readings": "*",
    "contents": "id, data",
    "sections": "*",
    "articles": "*",
    "article_urls": "*",
    "article_versions": "*",
    "article_changes": "*",
    "absences": "*",
    "outages": "*",
    "documents": "*",
    "attachments": "*",
    "images": "*",
    "links": "*",
    "link_sources": "*",
    "list_items": "*",
}


def dump(archive: Archive) -> dict[str, list[str]]:
    """Every content table in full."""
    found = {t: rows(archive, f"select {c} from {t}") for t, c in TABLES.items()}
    for one in found["articles"]:
        del one["rowid"]  # told by the order of arrival
    return {table: sorted(map(repr, held)) for table, held in found.items()}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One capture of a made-up portal's life."""

    minute: int
    page: int
    what: str
    text: int
    number: int

    def made(self) -> tuple[Any, Outcome]:
        path = f"/{'abcd'[self.page]}.aspx"
        url = path if self.what != "print" else f"/print.aspx?p={self.page}"
        seen = capture(url, self.minute, offset=self.number, status=200)
        item = {"page_list_id": LIST_ID, "page_item_id": 7} if self.page < 2 else {}
        match self.what:
            case "missing":
                return seen, not_found(path)
            case "away":
                return seen, redirect(path, f"/{'abcd'[(self.page + 1) % 4]}.aspx")
            case "same":
                return seen, not_modified(path)
            case "list":
                links = (Link(url=f"{HOST}/x{self.text}", in_content=True),)
                items = (ListItem(url=f"{HOST}/a.aspx", title=f"T{self.text}"), ListItem(url=f"{HOST}/i{self.text}"))
                return seen, ListingFound(canonical_url=HOST + path, items=items, links=links)
            case "file":
                return seen, FileFound(canonical_url=f"{HOST}/f.pdf")
        links = (Link(url=f"{HOST}/l{self.text}", in_content=True),)
        return seen, article(path, title=f"Tin {self.text}", body_html=f"<p>{self.text % 2}</p>", links=links, **item)


KINDS = ["shown", "shown", "shown", "print", "missing", "missing", "away", "same", "list", "file"]
STEPS = st.lists(
    st.tuples(st.integers(0, 39), st.integers(0, 3), st.sampled_from(KINDS), st.integers(0, 2)), min_size=1, max_size=16
)


def lived(
    folder: Path, steps: list[Step], *, order: str, seed: int = 0, judged: frozenset[int] = frozenset(range(4))
) -> dict[str, list[str]]:
    """The archive after four runs of ten minutes each, their captures and judgements coming in as told.

    Runs that are not to be ``judged`` were stopped, or the portal was not well.
    """
    with Archive.open(folder / f"{order}-{seed}.db", create=True) as archive:
        runs = [begin(archive, 10 * n, visits=2) for n in range(4)]
        ends = [at(10 * n + 9.5) for n in range(4)]
        chance = random.Random(seed)
        jobs: list[tuple[float, Any]] = [(s.minute, s) for s in steps] + [(10 * n + 9.5, n) for n in sorted(judged)]
        jobs.sort(key=lambda job: (job[0], getattr(job[1], "number", 0)))
        if order == "shuffled":
            chance.shuffle(jobs)
        elif order == "backwards":
            jobs.reverse()
        for _, job in jobs:
            if isinstance(job, Step):
                archive.record(*job.made(), runs[job.minute // 10])
            else:
                archive.settle_missing(runs[job], ends[job])
            if chance.random() < 0.2:
                refresh(archive.db)
        archive.settle_late("bac-kan")
        assert archive.conn.execute("pragma foreign_key_check").fetchall() == []
        refresh(archive.db)
        archive.conn.execute("insert into articles_fts(articles_fts) values ('integrity-check')")
        indexed = archive.conn.execute("select count(*) from articles_fts_docsize").fetchone()
        assert indexed == archive.conn.execute("select count(*) from articles").fetchone()
        return dump(archive)


@settings(max_examples=20, deadline=None)
@given(STEPS, st.integers(0, 1000), st.frozensets(st.integers(0, 3), min_size=2))
def test_the_order_of_arrival_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, int, str, int]], seed: int, judged: frozenset[int]
) -> None:
    folder = tmp_path_factory.mktemp("t")
    steps = [Step(minute=m, page=p, what=w, text=t, number=n) for n, (m, p, w, t) in enumerate(drawn, 1)]
    whole = lived(folder, steps, order="forwards", judged=judged)
    for order in ("backwards", "shuffled"):
        other = lived(folder, steps, order=order, seed=seed, judged=judged)
        for table in TABLES:
            assert other[table] == whole[table], f"{order} {table}"


@pytest.mark.parametrize("judged", [frozenset({1, 2}), frozenset({2, 3}), frozenset({1, 3}), frozenset({2})])
def test_only_judged_runs_bear_on_what_is_gone_in_any_order(tmp_path: Path, judged: frozenset[int]) -> None:
    """Three pages are there, then one is missed by every run and all are missed in a run that is never judged."""
    told = [(page, page, "shown") for page in (1, 2, 3)]
    for start in (10, 20, 30):
        rest = "missing" if start // 10 not in judged else "shown"
        told += [(start, 2, "missing"), *((start + page, page, rest) for page in (1, 3))]
    steps = [Step(minute=m, page=p, what=w, text=p, number=n) for n, (m, p, w) in enumerate(told, 1)]
    whole = lived(tmp_path, steps, order="forwards", judged=judged)
    gone = [line for line in whole["absences"] if "'status': 'gone'" in line]
    assert len(gone) == (len(judged) >= 2), "two judged runs must miss it"
    for seed, order in enumerate(("backwards", *["shuffled"] * 6)):
        other = lived(tmp_path, steps, order=order, seed=seed, judged=judged)
        for table in TABLES:
            assert other[table] == whole[table], f"{order} {seed} {table}"
