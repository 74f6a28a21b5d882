"""Articles as captures show them: their columns, the versions made when a field changes, and their place in time."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.cdx import surt
from archive.history import VERSIONED
from archive.index import refresh
from archive.models import (
    Attachment,
    Image,
    Link,
    ListingFound,
    ListItem,
)
from archive.store import Archive, Kind, RunContext
from tests.archive.samples import (
    BODY,
    HOST,
    article,
    begin,
    capture,
    legal_document,
    row,
    rows,
)

PDF = Attachment(url=f"{HOST}/van-ban/902.pdf", text="TẠI ĐÂY", filename="902.pdf", filetype="pdf")


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
