"""What captures tell becomes rows: files, lists, and transactions that are whole or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.identity import hash_id
from archive.models import (
    ArticleFound,
    Attachment,
    FileFound,
    Image,
    Link,
    ListingFound,
    ListItem,
    Outcome,
    Rejected,
    RobotsFound,
)
from archive.store import Archive, Kind, RunContext
from tests.archive.samples import (
    HOST,
    article,
    begin,
    capture,
    legal_document,
    not_found,
    not_modified,
    redirect,
    row,
    rows,
)

PDF = Attachment(url=f"{HOST}/van-ban/902.pdf", text="TẠI ĐÂY", filename="902.pdf", filetype="pdf")


def dump(archive: Archive) -> dict[str, list[dict[str, Any]]]:
    """Every content table in full, in the order of its keys."""
    tables = ["captures", "sections", "articles", "article_urls", "article_versions", "article_changes", "documents"]
    tables += ["attachments", "images", "links", "list_items"]
    found = {table: sorted(rows(archive, f"select * from {table}"), key=repr) for table in tables}
    for one in found["articles"]:
        del one["rowid"]  # told by the order of recording
    return {table: sorted(held, key=repr) for table, held in found.items()}


def test_a_capture_is_filed_under_the_cdx_names(archive: Archive, run: RunContext) -> None:
    seen = capture("/Pages/A.aspx", 1.5, method="POST", truncated="disconnect", revisit=True, source="warc")
    outcome = Rejected(reason="truncated", layout="a1", canonical_url=f"{HOST}/pages/a.aspx")
    result = archive.record(seen, outcome, run)
    assert (result.kind, result.article_id, result.fields) == (Kind.NONE, None, ())
    assert row(archive, "select * from captures") == {
        "id": hash_id(seen.filename, seen.offset),
        "urlkey": "vn,gov,backan)/pages/a.aspx",
        "timestamp": "20260105080130",
        "original": f"{HOST}/Pages/A.aspx",
        "mimetype": "text/html",
        "statuscode": 200,
        "digest": seen.digest,
        "filename": seen.filename,
        "offset": seen.offset,
        "length": 500,
        "source": "warc",
        "method": "POST",
        "revisit": 1,
        "truncated": "disconnect",
        "outcome": "truncated",
        "reason": "truncated",
        "layout": "a1",
        "fingerprint": None,
        "detail": None,
        "run_id": run.run_id,
    }


def test_outcomes_have_one_word(archive: Archive, run: RunContext) -> None:
    outcomes: list[Outcome] = [
        article("/a.aspx"),
        ListingFound(),
        FileFound(),
        not_modified("/a.aspx"),
        redirect("/b.aspx", "/c.aspx"),
        RobotsFound(),
        Rejected(reason="no_article"),
    ]
    for minute, outcome in enumerate(outcomes):
        archive.record(capture("/x.aspx", minute), outcome, run)
    words = [r["outcome"] for r in rows(archive, 'select outcome from captures order by "offset"')]
    assert words == ["article", "listing", "file", "not_modified", "redirect", "robots", "no_article"]
    assert [r["reason"] for r in rows(archive, "select reason from captures where reason not null")] == ["no_article"]


def test_recording_twice_changes_nothing_and_says_the_same(archive: Archive, run: RunContext) -> None:
    steps: list[tuple[Any, Outcome]] = [
        (capture("/a.aspx", 0), article("/a.aspx", document=legal_document(), attachments=(PDF,))),
        (capture("/a.aspx", 1), article("/a.aspx", document=legal_document(), attachments=(PDF,))),
        (capture("/a.aspx", 2), article("/a.aspx", title="Tin sửa", lead="Tóm tắt")),
        (capture("/902.pdf", 3), FileFound(canonical_url=PDF.url)),
        (capture("/list.aspx", 4), ListingFound(items=(ListItem(url=f"{HOST}/a.aspx", title="Tin"),))),
        (capture("/a.aspx", 5), not_found("/a.aspx")),
        (capture("/a.aspx", 6), not_modified("/a.aspx")),
        (capture("/b.aspx", 7, filename=None, offset=None, source="text"), article("/b.aspx")),
    ]
    first = [archive.record(seen, outcome, run) for seen, outcome in steps]
    assert [r.kind for r in first] == ["new", "unchanged", "changed", "none", "none", "none", "unchanged", "new"]
    assert first[2].fields == ("title", "lead", "attachments", "document")
    before = dump(archive)
    later = begin(archive, 100)
    assert [archive.record(seen, outcome, later) for seen, outcome in steps] == first
    assert all(archive.has_capture(seen) for seen, _ in steps)
    assert not archive.has_capture(capture("/a.aspx", 99))
    assert dump(archive) == before


def test_another_record_of_the_same_id_is_not_taken_for_it(archive: Archive, run: RunContext) -> None:
    seen = capture("/a.aspx", 1)
    archive.record(seen, article("/a.aspx"), run)
    archive.conn.execute("update captures set filename = 'a.warc.gz'")
    assert not archive.has_capture(seen)
    second = archive.record(seen, article("/a.aspx"), run)
    assert second.capture_id == hash_id(seen.filename, seen.offset, "collision 1")
    assert archive.record(seen, article("/a.aspx"), run) == second
    assert len(rows(archive, "select * from captures")) == 2


def test_an_articles_id_that_is_taken_leads_to_the_next(archive: Archive, run: RunContext) -> None:
    first = archive.record(capture("/a.aspx", 1), article("/a.aspx"), run)
    archive.conn.execute("update article_urls set canonical_url = 'x'")
    archive.conn.execute("update articles set canonical_url = 'x'")
    second = archive.record(capture("/a.aspx", 2), article("/a.aspx"), run)
    assert first.article_id == hash_id("bac-kan", f"{HOST}/a.aspx")
    assert second.article_id == hash_id("bac-kan", f"{HOST}/a.aspx", "collision 1")


@pytest.mark.parametrize("file_first", [True, False])
def test_attachments_point_to_the_latest_capture_of_their_file(
    archive: Archive, run: RunContext, file_first: bool
) -> None:
    steps: list[tuple[Any, Outcome]] = [
        (capture("/Van-ban/902.pdf", 1, digest="sha1:A"), FileFound(canonical_url=PDF.url)),
        (capture("/a.aspx", 2), article("/a.aspx", attachments=(PDF,))),
    ]
    for seen, outcome in steps if file_first else reversed(steps):
        archive.record(seen, outcome, run)
    digest = "select a.digest, c.original from attachments a join captures c on c.id = a.capture_id"
    assert row(archive, digest) == {"digest": "sha1:A", "original": f"{HOST}/Van-ban/902.pdf"}
    archive.record(capture("/van-ban/902.pdf", 9, digest="sha1:B"), FileFound(canonical_url=PDF.url), run)
    assert row(archive, digest)["digest"] == "sha1:B"
    archive.record(capture("/van-ban/902.pdf", 5, digest="sha1:C"), FileFound(canonical_url=PDF.url), run)
    assert row(archive, digest)["digest"] == "sha1:B", "an older capture is not the latest"
    archive.record(
        capture("/a.aspx", 10), article("/a.aspx", title="Sửa", attachments=(replace(PDF, text="x"), PDF)), run
    )
    assert [r["digest"] for r in rows(archive, digest)] == ["sha1:B", "sha1:B"]


def test_lists_are_kept_with_what_left_them(archive: Archive, run: RunContext) -> None:
    def listing(*items: ListItem) -> ListingFound:
        links = tuple(Link(url=i.url, in_content=True) for i in items)
        return ListingFound(items=items, canonical_url=f"{HOST}/tin-tuc", links=links)

    one, two = ListItem(url=f"{HOST}/1", title="Một", date="2026-01-05"), ListItem(url=f"{HOST}/2", lead="Hai")
    archive.record(capture("/tin-tuc", 0), listing(one), run)
    archive.record(capture("/tin-tuc", 1), listing(two, replace(one, title="Một, sửa")), run)
    archive.record(capture("/tin-tuc", 2), listing(two), run)
    assert rows(archive, "select list_url, target_url, title, lead, date from list_items order by target_url") == [
        {"list_url": f"{HOST}/tin-tuc", "target_url": one.url, "title": "Một, sửa", "lead": None, "date": one.date},
        {"list_url": f"{HOST}/tin-tuc", "target_url": two.url, "title": None, "lead": "Hai", "date": None},
    ]
    assert [r["target_url"] for r in rows(archive, "select target_url from links")] == [two.url]


def test_a_transaction_is_whole_or_nothing(archive: Archive, run: RunContext) -> None:
    def record_and_fail(path: str, minute: int) -> None:
        with archive.transaction():
            archive.record(capture(path, minute), article(path), run)
            raise RuntimeError("stop")

    def both() -> None:
        with archive.transaction():
            archive.record(capture("/a.aspx", 0), article("/a.aspx"), run)
            record_and_fail("/b.aspx", 1)

    with pytest.raises(RuntimeError, match="stop"):
        both()
    assert all(not found for found in dump(archive).values())
    with archive.transaction():
        archive.record(capture("/a.aspx", 0), article("/a.aspx"), run)
        with pytest.raises(RuntimeError, match="stop"):
            record_and_fail("/b.aspx", 1)
    assert [r["original"] for r in rows(archive, "select original from captures")] == [f"{HOST}/a.aspx"]
    assert not archive.conn.in_transaction


def test_a_capture_of_an_unknown_run_leaves_nothing(archive: Archive, run: RunContext) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"):
        archive.record(capture("/a.aspx", 0), article("/a.aspx"), replace(run, run_id=99))
    assert all(not found for found in dump(archive).values())


def test_the_order_of_recording_does_not_matter_for_ids(tmp_path: Path) -> None:
    steps: list[tuple[Any, ArticleFound]] = [
        (
            capture(f"/{n}.aspx", n),
            article(f"/{n}.aspx", images=(Image(url="x"),), attachments=(PDF,), section=f"S{n % 2}"),
        )
        for n in range(6)
    ]
    dumps = []
    for name, order in (("a", steps), ("b", steps[::-1])):
        with Archive.open(tmp_path / f"{name}.db", create=True) as archive:
            run = begin(archive)
            for seen, outcome in order:
                archive.record(seen, outcome, run)
            dumps.append(dump(archive))
    assert dumps[0] == dumps[1]
