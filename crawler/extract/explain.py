"""A page as the extractor saw it: what it is, what tells each field, and why everything else was left out.

The outcome is the one ``extract`` gives. Here the page is read once more with a trace, so that an ordinary reading pays
nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, cast

from lxml import etree
from lxml.etree import _Element as Element

from archive.models import Article, ArticleFound, Capture, Evidence, ListItem, Outcome, Rejected, outcome_name
from crawler.extract import EXTRACTOR_VERSION, extract
from crawler.extract.article import Context
from crawler.extract.blocks import Block
from crawler.extract.boilerplate import line_keys
from crawler.extract.classify import by_magic, by_status
from crawler.extract.context import is_vietnamese
from crawler.extract.decode import Decoded, decode
from crawler.extract.dom import SILENT, key, parse, squash
from crawler.extract.evidence import TOLD, Trace, place_of
from crawler.extract.feeds import read_feed
from crawler.extract.layouts import layout_for
from crawler.extract.plain import plain_blocks, read_blocks
from crawler.extract.reading import Reading, read_tree
from crawler.extract.selectors import select_all
from crawler.extract.sorts import PageSort, sort_of
from crawler.extract.textual import is_record
from crawler.profile import SiteProfile

State = Literal["kept", "field", "dropped"]

#: Article fields in reading order, and the field whose evidence is theirs.
FIELDS = {
    "title": "title",
    "lead": "lead",
    "published_at": "published_at",
    "published_raw": "published_at",
    "updated_at": "updated_at",
    "updated_raw": "updated_at",
    "author": "author",
    "author_raw": "author",
    "source": "source",
    "source_raw": "source",
    "section": "section",
    "language": "language",
    "body_text": "body_text",
}
_DOCUMENT = ("number", "number_raw", "type", "issuer", "signer", "issued_on", "effective_on", "abstract", "status")


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldShown:
    """A field that was found, and what tells it."""

    name: str
    value: str
    evidence: Evidence | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A piece of the page: text of the article, what tells a field, or what was left out."""

    state: State
    text: str
    why: str | None = None
    """Why it was left out; None for text."""
    place: str | None = None
    """As in ``Evidence.place``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What the extractor made of a capture."""

    url: str
    fetched_at: str
    """ISO 8601, UTC."""
    outcome: str
    sort: PageSort
    detail: str | None
    """Why nothing was kept, or what the sort was told by."""
    canonical_url: str | None
    profile: str
    layout: str | None
    family: str | None
    extractor_version: str
    encoding: str | None
    """How the bytes were read; None where they were no text."""
    fields: tuple[FieldShown, ...] = ()
    images: tuple[str, ...] = ()
    """Address and caption."""
    attachments: tuple[str, ...] = ()
    items: tuple[ListItem, ...] = ()
    """Entries of a list."""
    parts: tuple[Part, ...] = field(default=())
    """The page's pieces in the order they stand on it; empty for what is no page."""


def explain(capture: Capture, profile: SiteProfile) -> Explanation:
    """What ``extract`` gives for a capture, and why."""
    outcome = extract(capture, profile)
    sort, reason = sort_of(capture, outcome, profile)
    decoded, parts = _parts(capture, profile)
    family = next((layout.family for layout in profile.layout if layout.name == outcome.layout), None)
    article = outcome.article if isinstance(outcome, ArticleFound) else None
    return Explanation(
        url=capture.url,
        fetched_at=capture.fetched_at.isoformat(),
        outcome=outcome_name(outcome),
        sort=sort,
        detail=outcome.detail if isinstance(outcome, Rejected) else reason,
        canonical_url=outcome.canonical_url,
        profile=profile.name,
        layout=outcome.layout,
        family=family or None,
        extractor_version=EXTRACTOR_VERSION,
        encoding=decoded.encoding if decoded else None,
        fields=tuple(_fields(outcome)),
        images=tuple(f"{i.url} {i.caption or ''}".strip() for i in article.images) if article else (),
        attachments=tuple(f"{a.url} {a.text or ''}".strip() for a in article.attachments) if article else (),
        items=getattr(outcome, "items", ()),
        parts=tuple(parts),
    )


def _fields(outcome: Outcome) -> Iterator[FieldShown]:
    if not isinstance(outcome, ArticleFound):
        return
    article: Article = outcome.article
    for name, told in FIELDS.items():
        value = getattr(article, name)
        if value:
            yield FieldShown(name=name, value=value, evidence=outcome.evidence.get(told))
    for name in _DOCUMENT if outcome.document else ():
        value = getattr(outcome.document, name)
        if value:
            yield FieldShown(name=f"document.{name}", value=value, evidence=outcome.evidence.get("document"))
    repaired = outcome.evidence.get("text")
    if repaired:
        yield FieldShown(name="text", value="put right", evidence=repaired)


def _parts(capture: Capture, profile: SiteProfile) -> tuple[Decoded | None, list[Part]]:
    """How the bytes were read, and the pieces of the page or text record."""
    if by_status(capture, profile) or read_feed(capture, profile) or by_magic(capture):
        return None, []
    decoded = decode(capture.body, capture.header("Content-Type"))
    if not decoded.readable:
        return decoded, []
    if is_record(capture, decoded.text):
        return decoded, _record_parts(capture, decoded.text, profile)
    tree = parse(decoded.text)
    return decoded, [] if tree is None else _page_parts(capture, tree, decoded.source, profile)


def _record_parts(capture: Capture, text: str, profile: SiteProfile) -> list[Part]:
    trace = Trace()
    context = Context(
        url=capture.url,
        timezone=profile.timezone,
        vietnamese=is_vietnamese(text),
        plain=True,
        own_chrome=line_keys(profile.boilerplate),
        trace=trace,
    )
    blocks = plain_blocks(text)
    draft = read_blocks(blocks, context)
    kept = {block.line for block in draft.blocks} if draft else set()
    why = {block.line: reason for block, reason in trace.dropped}
    return [_part(block, kept=block.line in kept, why=why.get(block.line, TOLD)) for block in blocks]


def _part(block: Block, *, kept: bool, why: str) -> Part:
    place = place_of(block)
    text = block.text or " ".join(image.alt or image.url for image in block.images)
    if kept:
        return Part(state="kept", text=text, place=place)
    return Part(state="field" if why == TOLD else "dropped", text=text, why=why, place=place)


def _page_parts(capture: Capture, tree: Element, source: bytes, profile: SiteProfile) -> list[Part]:
    """Blocks and left-out elements of a page, in the order they stand on it."""
    trace = Trace()
    reading = read_tree(capture, tree, source, profile, trace)
    order = {element: number for number, element in enumerate(tree.iter())}
    numbered = [(order[element], part) for element, part in _left_out(tree, reading, capture, source, profile)]
    at = 0
    for block, part in _block_parts(reading, trace):
        at = max(at, order.get(block.element, 0)) if block.element is not None else at
        numbered.append((at, part))
    return [part for _, part in sorted(numbered, key=lambda pair: pair[0])]


def _block_parts(reading: Reading, trace: Trace) -> Iterator[tuple[Block, Part]]:
    page = reading.page
    if reading.kind == "listing":
        yield from ((block, _part(block, kept=True, why="")) for block in reading.blocks)
        return
    kept = {_mark(block) for block in reading.draft.blocks}
    why = {_mark(block): reason for block, reason in trace.dropped}
    for index, block in enumerate(page.blocks):
        mark = _mark(block)
        other = TOLD if index == page.head else why.get(mark, "no part of the text")
        yield block, _part(block, kept=mark in kept and index != page.head, why=other)
    named = reading.layout is not None and bool(reading.layout.body)
    outside = "outside the body that the layout names" if named else "outside the running text"
    title = key(reading.draft.title)
    for block in page.around:
        is_title = page.head is None and key(block.text) == title
        yield block, _part(block, kept=False, why=TOLD if is_title else why.get(_mark(block), outside))


def _mark(block: Block) -> tuple[int, str]:
    """The same for a block and one made from it."""
    return id(block.element), block.text or " ".join(image.url for image in block.images)


def _left_out(
    tree: Element, reading: Reading, capture: Capture, source: bytes, profile: SiteProfile
) -> Iterator[tuple[Element, Part]]:
    """Elements that are left out whole: outside the main zone, or judged in it."""
    zone = reading.page.zone
    headline = reading.page.headline.element if reading.page.headline else None
    around = {*zone.root.iterancestors(), *(headline.iterancestors() if headline is not None else ())}
    layout = layout_for(capture, source, tree, profile)
    named = set(select_all(tree, layout.drop)) if layout is not None else set()
    walker = etree.iterwalk(tree, events=("start",))
    for _, element in walker:
        if element is zone.root or element in around:
            continue
        if element.tag in SILENT or not isinstance(element.tag, str):
            walker.skip_subtree()
            continue
        inside = any(ancestor is zone.root for ancestor in element.iterancestors())
        why = zone.why(element) if inside else "outside the main zone"
        if why is None:
            continue
        walker.skip_subtree()
        if inside and element in named:
            why = f"dropped by layout {layout.name}" if layout else why
        shown = _all_text(element) if inside else squash(f"{_all_text(element)} {element.tail or ''}")
        if headline is not None and element is headline:
            yield headline, Part(state="field", text=shown, why=TOLD, place=place_of(element))
        elif shown:
            yield element, Part(state="dropped", text=shown, why=why, place=place_of(element))


_TEXTS = etree.XPath(f"descendant::text()[not({' or '.join(f'ancestor::{tag}' for tag in sorted(SILENT))})]")


def _all_text(element: Element) -> str:
    """Every word inside an element, hidden ones too; scripts and their like apart."""
    return squash(" ".join(map(str, cast("list[str]", _TEXTS(element)))))
