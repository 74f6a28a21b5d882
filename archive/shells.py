"""Pages that are no pages: one body that many addresses show in a run, though each should hold something of its own.

A portal that was rebuilt may answer every old address with the same shell and status 200. One such page looks like an
article; only the run tells it. Two real pages may be equal as well (a notice posted in two sections), so that sharing
alone proves nothing: an address whose words, or whose links' words, agree with the title shown is vouched for and stays
an article, whoever shares its content. What is left counts as a shell when three addresses that promise something else
show it, or ten that promise nothing.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive import history, parts, readings, timeline
from archive.models import ArticleFound, Capture, Outcome
from archive.runs import RunContext
from archive.vietnamese import fold

#: Addresses that promise something else and show the same: from here on it is no chance.
CONTRADICTED = 3

#: Addresses that promise nothing (``?ItemID=7``) and show the same.
UNKNOWN = 10

_FEWEST_WORDS = 3
_AGREE = 0.6
_WORD = re.compile(r"[a-z0-9]+")
_HASH = re.compile(r"-{1,2}(?:[0-9a-f]{4}|[0-9a-f]{16})$")

_SHARED = """
select fingerprint from captures where run_id = ? and fingerprint is not null
group by fingerprint having count(distinct urlkey) >= ? order by fingerprint
"""
_SHOWING = "select id, outcome from captures where run_id = ? and fingerprint = ? order by id"
_LINKED = """
select text from links where target_url = ?1 and source_url not in (select value from json_each(?2))
union select title from list_items where target_url = ?1
"""
_SHOWN_BEFORE = """
select capture_id from readings where canonical_url = ? and kind = 'shown' order by own desc, seen_at desc limit 1
"""

#: Reads an earlier capture again: its id -> the capture and its outcome; None when its file is gone.
Recall = Callable[[int], tuple[Capture, Outcome] | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Showing:
    """An address that showed a shared content in the run."""

    capture_id: int
    capture: Capture
    canonical_url: str
    title: str
    judged: bool
    """It is known for what it is already."""


def fingerprint(outcome: Outcome, url: str) -> str | None:
    """What a page shows, in sixteen digits: the same for pages that differ in their own address alone.

    None for what is no article: other pages may well be equal.
    """
    if not isinstance(outcome, ArticleFound):
        return None
    return mark_of(history.encode(history.versioned_fields(outcome.article, outcome.document)), outcome, url)


def mark_of(encoded: str, outcome: ArticleFound, url: str) -> str:
    """``fingerprint`` of an article whose versioned fields are ``encoded`` already."""
    text = _without_section(encoded, outcome.article.section)
    lower = _Lower(text)
    for own in sorted({url, outcome.canonical_url or url, urlsplit(url).path}, key=len, reverse=True):
        if len(own) > 8 and own in lower:  # rare, and a pattern of its own is dear
            text = re.sub(re.escape(own), "…", text, flags=re.IGNORECASE)
    return history.text_digest(text)[:16]


def _without_section(encoded: str, section: str | None) -> str:
    """The fields without their section: it is told by the menu, not by the page."""
    told = f',"section":{history.encode(section)}'
    start = encoded.index(told)  # a quotation mark in a text before it is escaped
    return encoded[:start] + encoded[start + len(told) :]


class _Lower:
    """A text in which addresses are looked for in any case of their letters."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._bytes = text.encode("utf-8", "replace").lower()  # of ASCII alone, and many times as fast

    def __contains__(self, own: str) -> bool:
        if own.isascii():
            return own.lower().encode() in self._bytes
        return own.lower() in self._text.lower()


def settle_shells(conn: sqlite3.Connection, run: RunContext, recall: Recall) -> int:
    """At the end of a run: every address that shows a shell is a soft 404. Returns how many captures were judged anew.

    An article that the shell made is no more; one it overwrote is as its capture before shows it, and counts as missing
    from this run on. Doing it twice changes nothing.
    """
    judged = 0
    for (mark,) in conn.execute(_SHARED, (run.run_id, CONTRADICTED)).fetchall():
        group = list(_group(conn, run, mark, recall))
        shells = _shells(conn, group)
        for showing in (shell for shell in shells if not shell.judged):
            _retract(conn, showing, recall)
            judged += 1
    return judged


def _group(conn: sqlite3.Connection, run: RunContext, mark: str, recall: Recall) -> Iterator[Showing]:
    """Every address that showed this content; one whose record cannot be read again is left alone."""
    for number, judgement in conn.execute(_SHOWING, (run.run_id, mark)).fetchall():
        known = recall(number)
        if known is None:
            continue
        capture, outcome = known
        if isinstance(outcome, ArticleFound):
            yield Showing(
                capture_id=number,
                capture=capture,
                canonical_url=outcome.canonical_url or capture.url,
                title=outcome.article.title,
                judged=judgement != "article",
            )


def _shells(conn: sqlite3.Connection, group: list[Showing]) -> list[Showing]:
    """The addresses of a shared content that are no pages; none where that is not sure."""
    own = json.dumps([showing.canonical_url for showing in group])
    unvouched: list[Showing] = []
    contradicted: set[str] = set()
    for showing in group:
        texts = [text for (text,) in conn.execute(_LINKED, (showing.canonical_url, own)) if text]
        kept = promise(showing.canonical_url, texts, showing.title)
        if not kept:
            unvouched.append(showing)
        if kept is False:
            contradicted.add(showing.canonical_url)
    addresses = {showing.canonical_url for showing in unvouched}
    return unvouched if len(contradicted) >= CONTRADICTED or len(addresses) >= UNKNOWN else []


def promise(url: str, link_texts: Iterable[str], title: str) -> bool | None:
    """Whether what an address and its links say agrees with a title; None where they say nothing.

    >>> promise("https://x.vn/pages/trong-rung-dau-xuan-1a2b.aspx", (), "Trồng rừng đầu xuân ở Ba Bể")
    True
    >>> promise("https://x.vn/pages/trong-rung-dau-xuan-1a2b.aspx", (), "Cổng thông tin điện tử")
    False
    """
    shown = set(_words(title))
    said = [words for text in (_slug(url), *link_texts) if len(words := _words(text)) >= _FEWEST_WORDS]
    if not said:
        return None
    return any(sum(word in shown for word in words) >= _AGREE * len(words) for words in said)


def _slug(url: str) -> str:
    name = urlsplit(url).path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return _HASH.sub("", name).replace("-", " ")


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(fold(text)) if not word.isdigit()]


def _retract(conn: sqlite3.Connection, showing: Showing, recall: Recall) -> None:
    """The capture shows nothing: its article is told anew without it, and counts as missing from then on."""
    conn.execute(
        "update captures set outcome = 'soft_404', reason = 'soft_404', detail = ? where id = ?",
        (f"many addresses of the run show the same: {showing.title[:80]}", showing.capture_id),
    )
    conn.execute(
        "update frontier set outcome = 'soft_404' where url = ? and outcome = 'article'"
        " and run_id = (select run_id from captures where id = ?)",
        (showing.capture.url, showing.capture_id),
    )
    readings.take_back(conn, showing.capture_id)
    timeline.retell(conn, [showing.canonical_url])
    parts.forget_source(conn, showing.capture_id, showing.canonical_url)
    before = conn.execute(_SHOWN_BEFORE, (showing.canonical_url,)).fetchone()
    known = recall(before[0]) if before else None
    if known is not None:
        capture, outcome = known
        url = outcome.canonical_url or capture.url
        source = parts.source_of(capture, before[0], url, own=readings.is_own(capture, url))
        parts.save_links(conn, source, parts.content_links(url, outcome.links))
