"""Which of a profile's layouts reads a page, and what its selectors point at."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from archive.models import Capture
from crawler.extract.article import Draft
from crawler.extract.blocks import Block
from crawler.extract.dates import Role, date_line, labelled_date, read_date
from crawler.extract.dom import Named, key, text_of
from crawler.extract.labels import byline_name, read_labels
from crawler.extract.selectors import may_match, select
from crawler.layouts import in_order
from crawler.patterns import compiled
from crawler.profile import Layout, SiteProfile


def layout_for(
    capture: Capture, source: bytes, tree: Element | None, profile: SiteProfile, named: Named | None = None
) -> Layout | None:
    """The layout whose conditions all hold for this page: by its look, then by date (``crawler.layouts``).

    ``source`` is the page or text record as UTF-8; ``tree`` is None for a record. ``named``: the page's elements with
    an id, if known.
    """
    ids = None if named is None else {name for name, _ in named}
    parts = urlsplit(capture.url)
    host = parts.netloc.lower()
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    day = capture.fetched_at.date()
    for layout in _ordered(profile):
        if (layout.since and day < layout.since) or (layout.until and day > layout.until):
            continue
        if layout.hosts and not any(_is_host(host, wanted.lower()) for wanted in layout.hosts):
            continue
        if layout.path and not compiled(layout.path).search(path):
            continue
        if layout.marks and not any(mark.encode() in source for mark in layout.marks):
            continue
        if layout.present:
            likely = tuple(selector for selector in layout.present if may_match(selector, source, ids))
            if tree is None or not likely or not select(tree, likely):
                continue
        return layout
    return None


@lru_cache(64)
def _ordered(profile: SiteProfile) -> tuple[Layout, ...]:
    return in_order(profile.layout)


def _is_host(host: str, wanted: str) -> bool:
    if wanted.startswith("*."):
        return host.endswith(wanted[1:]) or host.split(":")[0].endswith(wanted[1:])
    return wanted in (host, host.split(":")[0])


def apply(draft: Draft, tree: Element, layout: Layout, timezone: str) -> None:
    """Fields that the layout's selectors find win over those of the general rules; the evidence names the layout."""
    rule = f"layout {layout.name}"
    leads = select(tree, layout.lead)
    lead = _text(leads)
    if lead:
        draft.lead = lead
        draft.note("lead", rule, leads[0])
        if not any(key(block.text) == key(lead) for block in draft.blocks[:4]):
            draft.blocks.insert(0, Block(kind="p", text=lead, html=escape(lead, quote=False)))
            draft.captions = {index + 1: caption for index, caption in draft.captions.items()}
    _dates(draft, tree, layout, timezone)
    authors = select(tree, layout.author)
    author = _text(authors)
    if author:
        labelled = read_labels(author)
        draft.author = labelled[0].value or None if labelled else byline_name(author)
        draft.author_raw = author if draft.author else None
        draft.note("author", rule, authors[0])
    sources = select(tree, layout.source)
    source = _text(sources)
    if source:
        labelled = read_labels(source)
        draft.source = labelled[0].value or None if labelled else source
        draft.source_raw = source if draft.source else None
        draft.note("source", rule, sources[0])
    sections = select(tree, layout.section)
    if sections:
        draft.section = " / ".join(filter(None, map(text_of, sections))) or None
        draft.note("section", rule, sections[0])


def _text(elements: list[Element]) -> str:
    return " ".join(filter(None, map(text_of, elements)))


def _dates(draft: Draft, tree: Element, layout: Layout, timezone: str) -> None:
    """The layout's dates. A page whose label says otherwise (``Cập nhật`` where others have the day of publication) is
    believed."""
    wanted: tuple[tuple[Role, tuple[str, ...]], ...] = (("published", layout.published), ("updated", layout.updated))
    for role, selectors in wanted:
        elements = select(tree, selectors)
        text = _text(elements)
        found = read_date(text, timezone) if text else None
        if found is None:
            continue
        line = date_line(text, timezone) or labelled_date(text, timezone)
        if (line.role if line is not None and line.role else role) == "published":
            draft.published = found
            draft.note("published_at", f"layout {layout.name}", elements[0])
        else:
            draft.updated = found
            draft.note("updated_at", f"layout {layout.name}", elements[0])
