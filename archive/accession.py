"""What a capture tells, worked out from it and its outcome alone: all of it that needs no look into the database.

Any process can make an accession; the writer, of which there is one, has only to store it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from archive.captures import told_of
from archive.contents import Content
from archive.models import ArticleFound, Capture, ListingFound, Outcome, RobotsFound, outcome_name
from archive.parts import ContentLinks, Entry, content_links, entries_of
from archive.readings import Saying, is_own, saying_of
from archive.scrub import scrubbed
from archive.shells import fingerprint, mark_of


@dataclass(frozen=True, kw_only=True)  # without slots: pickles of those are read by Python, attribute by attribute
class Accession:
    """A capture and what is to be stored of it."""

    capture: Capture
    """Without headers, and without its body where that is not stored itself."""
    outcome: str
    """The word it is counted under."""
    row: tuple[object, ...]
    """Its row in ``captures``, as ``told_of`` gives it."""
    canonical_url: str
    own: bool
    """The page's own address was asked for."""
    said: Saying | None
    """Its reading; None when it says nothing of any article or file."""
    content: Content | None
    """What it shows of an article."""
    links: ContentLinks | None
    """The links in the page's content; None for a page that tells of none."""
    items: tuple[Entry, ...] | None
    """The entries of a list; None for any other page."""
    robots: bool
    """It is a robots.txt."""


def accession_of(capture: Capture, outcome: Outcome) -> Accession:
    """What is to be stored of the capture; text that no database can hold is put right."""
    told = _told(capture, outcome)
    try:
        "".join(_texts(told)).encode()
    except UnicodeEncodeError:
        return _told(scrubbed(capture), scrubbed(outcome))
    return told


def _told(capture: Capture, outcome: Outcome) -> Accession:
    said, content = saying_of(capture, outcome)
    canonical = outcome.canonical_url or capture.url
    robots = isinstance(outcome, RobotsFound)
    source = isinstance(outcome, ArticleFound | ListingFound)
    if content is not None and isinstance(outcome, ArticleFound):
        mark: str | None = mark_of(content.encoded, outcome, capture.url)
    else:
        mark = fingerprint(outcome, capture.url)
    return Accession(
        capture=replace(capture, headers=(), body=capture.body if robots else b"", request_body=b""),
        outcome=outcome_name(outcome),
        row=told_of(capture, outcome, mark),
        canonical_url=canonical,
        own=said.own if said is not None else source and is_own(capture, canonical),
        said=said,
        content=content,
        links=content_links(canonical, outcome.links) if source else None,
        items=entries_of(outcome.items) if isinstance(outcome, ListingFound) else None,
        robots=robots,
    )


def _texts(told: Accession) -> Iterator[str]:
    """Every text that is stored."""
    for values in (told.row, *(told.links or ()), *(told.items or ())):
        yield from (value for value in values if isinstance(value, str))
    yield told.canonical_url
    if told.said is not None:
        yield from (text for text in (told.said.target, told.said.page_list_id) if text is not None)
    if told.content is not None:
        yield told.content.encoded
        yield told.content.rest
