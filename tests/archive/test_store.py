"""What captures tell becomes rows: articles, their versions and changes, and the tables around them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.cdx import surt
from archive.errors import DatabaseError
from archive.history import VERSIONED
from archive.identity import hash_id
from archive.index import refresh
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
    BODY,
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


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive.db", create=True) as opened:
        yield opened


@pytest.fixture
def run(archive: Archive) -> RunContext:
    return begin(archive)


def dump(archive: Archive) -> dict[str, list[dict[str, Any]]]:
    """Every content table in full, in the order of its keys."""
    tables = ["captures", "sections", "articles", "article_urls", "article_versions", "article_changes", "documents"]
    tables += ["attachments", "images", "links", "list_items"]
    return {table: sorted(rows(archive, f"select * from {table}"), key=repr) for table in tables}


# --- captures ---------------------------------------------------------------------------------------------------------


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


# --- articles ---------------------------------------------------------------------------------------------------------


def test_every_field_of_an_article_has_its_column(archive: Archive, run: RunContext) -> None:
    found = article(
        "/a.aspx",
        lead="Tóm tắt",
        author="Ngọc Tú",
        author_raw="Tác giả: Ngọc Tú",
        source="Báo Bắc Kạn",
        source_raw="Nguồn: Báo Bắc Kạn",
        published_at="2026-01-05T07:30:00+07:00",
        published_raw="05/01/2026 07:30",
        updated_at="2026-01-06",
        updated_raw="06/01/2026",
        language="vi",
        images=(Image(url=f"{HOST}/1.jpg", caption="Toàn cảnh", alt="x"), Image(url=f"{HOST}/2.jpg")),
        attachments=(PDF,),
        document=legal_document(),
        page_list_id="6c9d2b0e-0000-4000-8000-000000000000",
        page_item_id=17,
        links=(Link(url=f"{HOST}/b.aspx", text="Xem thêm", in_content=True), Link(url=f"{HOST}/menu.aspx")),
    )
    result = archive.record(capture("/A.aspx", 1), replace(found, layout="a1"), run)
    kept = row(archive, "select * from articles")
    for name in ("title", "lead", "body_text", "body_html", "author", "author_raw", "source", "source_raw", "section"):
        assert kept[name] == getattr(found.article, name)
    for name in ("published_at", "published_raw", "updated_at", "updated_raw", "language", "word_count"):
        assert kept[name] == getattr(found.article, name)
    assert (kept["url"], kept["canonical_url"]) == (f"{HOST}/A.aspx", f"{HOST}/a.aspx")
    assert (kept["portal"], kept["profile"], kept["layout"], kept["extractor_version"]) == (
        "bac-kan",
        "bac-kan",
        "a1",
        "1",
    )
    assert kept["first_seen_at"] == kept["last_seen_at"] == "2026-01-05T08:01:00Z"
    assert (kept["status"], kept["missing_since"], kept["missing_visits"], kept["removed_at"]) == (
        "live",
        None,
        0,
        None,
    )
    assert (kept["page_list_id"], kept["page_item_id"]) == (found.page_list_id, 17)
    assert json.loads(kept["evidence"]) == {"title": {"rule": "h1", "place": None, "sure": 0.9}}
    assert kept["capture_id"] == result.capture_id
    section = row(archive, "select * from sections")
    assert (section["portal"], section["name"], section["id"]) == ("bac-kan", found.article.section, kept["section_id"])
    images = rows(archive, "select position, url, caption, alt from images order by position")
    assert images[0] == {"position": 1, "url": f"{HOST}/1.jpg", "caption": "Toàn cảnh", "alt": "x"}
    assert images[1] == {"position": 2, "url": f"{HOST}/2.jpg", "caption": None, "alt": None}
    file = row(archive, "select position, url, text, filename, filetype, capture_id from attachments")
    assert file == {
        "position": 1,
        "url": PDF.url,
        "text": "TẠI ĐÂY",
        "filename": "902.pdf",
        "filetype": "pdf",
        "capture_id": None,
    }
    paper = row(archive, "select number, number_raw, number_key, type, issued_on from documents")
    assert paper.pop("number_key") == "902 qd ubnd"
    assert paper == {
        "number": "902/QĐ-UBND",
        "number_raw": "Số: 902/QĐ-UBND",
        "type": "Quyết định",
        "issued_on": "2026-01-02",
    }
    assert row(archive, "select * from links") == {
        "source_url": f"{HOST}/a.aspx",
        "target_url": f"{HOST}/b.aspx",
        "text": "Xem thêm",
        "kind": "page",
        "in_content": 1,
    }
    assert row(archive, "select canonical_url from article_urls")["canonical_url"] == f"{HOST}/a.aspx"
    version = row(archive, "select * from article_versions")
    assert (version["number"], version["content_digest"]) == (1, kept["content_digest"])
    assert list(json.loads(version["fields"])) == list(VERSIONED)
    assert rows(archive, "select * from article_changes") == []


def test_every_versioned_field_makes_a_version_and_nothing_else_does(archive: Archive, run: RunContext) -> None:
    first = article("/a.aspx", attachments=(PDF,), document=legal_document())
    archive.record(capture("/a.aspx", 0), first, run)
    quiet = {
        "body_html": "<p>other</p>",
        "author_raw": "x",
        "source_raw": "x",
        "published_raw": "x",
        "updated_raw": "x",
        "language": "en",
    }
    for minute, (name, value) in enumerate(quiet.items(), 1):
        changed = replace(first, article=replace(first.article, **{name: value}))
        result = archive.record(capture("/a.aspx", minute), changed, run)
        assert (result.kind, result.fields) == (Kind.UNCHANGED, ()), name
        assert row(archive, f"select {name} from articles")[name] == value
    loud: dict[str, Any] = {
        "title": "x",
        "lead": "x",
        "body_text": "x",
        "author": "x",
        "source": "x",
        "section": "x",
        "published_at": "2020-01-01",
        "updated_at": "2020-01-01",
        "images": (Image(url="x"),),
        "attachments": (),
    }
    now = first
    for minute, (name, value) in enumerate(loud.items(), 20):
        now = replace(now, article=replace(now.article, **{name: value}))
        result = archive.record(capture("/a.aspx", minute), now, run)
        assert (result.kind, result.fields) == (Kind.CHANGED, (name,))
    now = replace(now, document=legal_document(status="Hết hiệu lực"))
    assert archive.record(capture("/a.aspx", 40), now, run).fields == ("document",)
    versions = rows(archive, "select number, fields, seen_at from article_versions order by number")
    assert [v["number"] for v in versions] == list(range(1, 13))
    assert json.loads(versions[1]["fields"])["title"] == "x"
    assert json.loads(versions[0]["fields"])["title"] == first.article.title
    changes = rows(archive, "select field, old_value, new_value, version_id from article_changes order by changed_at")
    assert [c["field"] for c in changes] == [*loud, "document"]
    assert (changes[0]["old_value"], changes[0]["new_value"]) == (first.article.title, "x")
    assert len({c["version_id"] for c in changes}) == 11
    assert row(archive, "select count(*) as n from attachments")["n"] == 0
    assert row(archive, "select status from documents")["status"] == "Hết hiệu lực"


def test_long_values_stand_in_the_versions_only(archive: Archive, run: RunContext) -> None:
    archive.record(capture("/a.aspx", 0), article("/a.aspx", body_text=BODY * 20), run)
    archive.record(capture("/a.aspx", 1), article("/a.aspx", body_text=BODY * 21), run)
    change = row(archive, "select * from article_changes")
    assert (change["old_value"], change["new_value"]) == (None, None)
    assert change["old_digest"] != change["new_digest"]
    assert [len(json.loads(v["fields"])["body_text"]) for v in rows(archive, "select fields from article_versions")]


def test_an_older_capture_adds_to_the_past_only(archive: Archive, run: RunContext) -> None:
    archive.record(capture("/a.aspx", 100), article("/a.aspx", title="Mới"), run)
    now = row(archive, "select * from articles")
    assert archive.record(capture("/a.aspx", 50), article("/a.aspx", title="Mới"), run).kind is Kind.UNCHANGED
    oldest = archive.record(capture("/a.aspx", 10), article("/a.aspx", title="Cũ"), run)
    assert (oldest.kind, oldest.fields) == (Kind.UNCHANGED, ())
    first = row(
        archive,
        "select title, seen_at from (select json_extract(fields, '$.title') as title, seen_at, number"
        " from article_versions) where number = 1",
    )
    assert first == {"title": "Cũ", "seen_at": "2026-01-05T08:10:00Z"}
    between = archive.record(capture("/a.aspx", 20), article("/a.aspx", title="Vừa"), run)
    assert (between.kind, between.fields) == (Kind.CHANGED, ("title",))
    assert archive.record(capture("/a.aspx", 21), article("/a.aspx", title="Vừa"), run).kind is Kind.UNCHANGED
    assert row(archive, "select * from articles") == {**now, "first_seen_at": "2026-01-05T08:10:00Z"}
    titles = [
        json.loads(v["fields"])["title"] for v in rows(archive, "select fields from article_versions order by seen_at")
    ]
    assert titles == ["Cũ", "Vừa", "Mới"]
    told = rows(archive, "select old_value, new_value, changed_at from article_changes order by changed_at")
    assert [tuple(change.values()) for change in told] == [
        ("Cũ", "Vừa", "2026-01-05T08:20:00Z"),
        ("Vừa", "Mới", "2026-01-05T08:50:00Z"),
    ]
    assert archive.record(capture("/a.aspx", 110), article("/a.aspx", title="Mới"), run).kind is Kind.UNCHANGED


def test_text_that_no_database_can_hold(archive: Archive, run: RunContext) -> None:
    found = article("/a.aspx", title="Tin \ud83d lỗi", body_html="<p>\udc00</p>")
    assert archive.record(capture("/a.aspx", 0), found, run).kind is Kind.NEW
    assert archive.record(capture("/a.aspx", 1), found, run).kind is Kind.UNCHANGED
    assert row(archive, "select title, body_html from articles") == {"title": "Tin ? lỗi", "body_html": "<p>?</p>"}
    listed = ListingFound(
        canonical_url=f"{HOST}/\ud83d", items=(ListItem(url=f"{HOST}/a", title="\ud83d"),), links=(Link(url="\udfff"),)
    )
    archive.record(capture("/\ud83d", 2), listed, run)
    assert row(archive, "select title from list_items")["title"] == "?"


def test_the_search_queue_keeps_what_stands_in_the_index(archive: Archive, run: RunContext) -> None:
    archive.record(capture("/a.aspx", 0), article("/a.aspx", title="Một"), run)
    archive.record(capture("/a.aspx", 1), article("/a.aspx", title="Hai"), run)
    assert row(archive, "select indexed from search_queue")["indexed"] is None
    assert refresh(archive.db) == 1
    archive.record(capture("/a.aspx", 2), article("/a.aspx", title="Hai"), run)
    archive.record(capture("/a.aspx", 3), article("/a.aspx", title="Hai", images=(Image(url="x"),)), run)
    assert rows(archive, "select * from search_queue") == []
    archive.record(capture("/a.aspx", 4), article("/a.aspx", title="Ba"), run)
    archive.record(capture("/a.aspx", 5), article("/a.aspx", title="Bốn"), run)
    waiting = row(archive, "select indexed from search_queue")
    assert json.loads(waiting["indexed"])["title"] == "Hai"
    assert refresh(archive.db) == 1
    archive.conn.execute("insert into articles_fts(articles_fts) values ('integrity-check')")
    for word, hits in (("hai", 0), ("ba", 0), ("bon", 1)):
        found = archive.conn.execute("select count(*) from articles_fts where title match ?", (word,)).fetchone()
        assert found[0] == hits, word


# --- files, lists -----------------------------------------------------------------------------------------------------


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


# --- transactions -----------------------------------------------------------------------------------------------------


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


# --- runs -------------------------------------------------------------------------------------------------------------


def test_a_run_is_continued_until_it_is_finished(archive: Archive) -> None:
    first = begin(archive).run_id
    row_found = archive.open_run("bac-kan")
    assert row_found is not None
    assert (row_found["id"], row_found["state"], row_found["started_at"]) == (first, "running", "2026-01-05T08:00:00Z")
    assert archive.open_run("bac-kan", "update") is None
    assert archive.open_run("other") is None
    archive.end_run(first, "stopped", 3, {"articles": 2}, capture("/", 5).fetched_at)
    stopped = archive.open_run("bac-kan", "crawl")
    assert stopped is not None
    assert (stopped["exit_code"], json.loads(stopped["counts"]), stopped["ended_at"]) == (
        *(3, {"articles": 2}),
        "2026-01-05T08:05:00Z",
    )
    archive.resume_run(first)
    again = archive.open_run("bac-kan")
    assert again is not None
    assert (again["state"], again["resumed"], again["ended_at"], again["exit_code"]) == ("running", 1, None, None)
    archive.end_run(first, "stopped", 3, {}, capture("/", 6).fetched_at)
    second = begin(archive, 10).run_id
    archive.end_run(second, "complete", 0, {}, capture("/", 12).fetched_at)
    assert archive.open_run("bac-kan") is None, "a later run has finished"
    with pytest.raises(DatabaseError, match="run 99 is not in the archive"):
        archive.resume_run(99)
    with pytest.raises(ValueError, match="no state of a run"):
        archive.end_run(first, "done", 0, {}, capture("/").fetched_at)


def test_rules_that_changed_between_runs(archive: Archive) -> None:
    ids = [
        archive.start_run("crawl", portal, "p", digest, "1", capture("/").fetched_at)
        for portal, digest in (("a", "1"), ("b", "9"), ("a", "1"), ("a", "2"))
    ]
    assert [archive.profile_changed(n) for n in ids] == [False, False, False, True]


def test_an_older_content_between_two_sightings_of_another_is_left_and_returned_from(archive: Archive) -> None:
    """Seen as "one" at 0 and 5; then a capture of minute 3 comes in that says "two"."""
    run = begin(archive)
    for minute, title in ((0, "one"), (5, "one"), (3, "two")):
        archive.record(capture("/a.aspx", minute, offset=minute), article("/a.aspx", title=title), run)
    told = rows(archive, "select seen_at, fields from article_versions order by number")
    assert [(v["seen_at"][14:16], json.loads(v["fields"])["title"]) for v in told] == [
        ("00", "one"),
        ("03", "two"),
        ("05", "one"),
    ]
    changes = rows(archive, "select old_value, new_value from article_changes order by changed_at")
    assert [(c["old_value"], c["new_value"]) for c in changes] == [("one", "two"), ("two", "one")]
    assert row(archive, "select title from articles")["title"] == "one"


# --- properties -------------------------------------------------------------------------------------------------------

TEXT = st.one_of(st.none(), st.text(max_size=20))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.text(min_size=1, max_size=5), TEXT, st.integers(0, 5)), max_size=12))
def test_versions_tell_the_same_story_as_the_captures(
    tmp_path_factory: pytest.TempPathFactory, visits: list[tuple[int, str, str | None, int]]
) -> None:
    """Whatever is recorded in whatever order: the latest capture stands, and neighbours in time differ."""
    with Archive.open(tmp_path_factory.mktemp("p") / "archive.db", create=True) as archive:
        run = begin(archive)
        for number, (page, title, lead, minute) in enumerate(visits):
            seen = capture(f"/{page}.aspx", minute, offset=number)
            archive.record(seen, article(f"/{page}.aspx", title=title, lead=lead), run)
        for page in {page for page, *_ in visits}:
            path = f"{HOST}/{page}.aspx"
            stands = row(archive, "select * from articles where canonical_url = ?", path)
            latest = max(minute for p, _, _, minute in visits if p == page)
            of_latest = [(t, lead) for p, t, lead, m in visits if p == page and m == latest]
            scrub = [(t.encode("utf-8", "replace").decode(), lead) for t, lead in of_latest]
            assert (stands["title"], stands["lead"]) == scrub[-1]
            assert stands["last_seen_at"] == f"2026-01-05T08:{latest:02}:00Z"
            told = rows(
                archive,
                "select number, fields from article_versions where article_id = ? order by seen_at, number",
                stands["id"],
            )
            assert sorted(v["number"] for v in told) == list(range(1, len(told) + 1))
            assert json.loads(told[-1]["fields"])["title"] == stands["title"]
        assert len(rows(archive, "select * from captures")) == len(visits)
        assert {r["urlkey"] for r in rows(archive, "select urlkey from captures")} == {
            surt(f"{HOST}/{page}.aspx") for page, *_ in visits
        }
