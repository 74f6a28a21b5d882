"""What learning remembers of one page: its lines, its named elements and what the general rules make of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from lxml.etree import _Element as Element

from archive.models import ArticleFound, Capture, Outcome
from crawler.extract import extract
from crawler.extract.blocks import Block, blocks_of
from crawler.extract.dates import date_line
from crawler.extract.decode import decode
from crawler.extract.dom import SILENT, is_hidden, line_key, parse, text_of
from crawler.extract.headline import page_title
from crawler.extract.labels import read_labels
from crawler.extract.zone import main_zone
from crawler.learn.names import names_in, own_names
from crawler.learn.sample import unpacked
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url

_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_LONGEST_FIELD = 700
_LARGEST_FIELD = 60
_PROSE_LEAF = 140


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the whole page, hidden parts left out."""

    key: str
    """Folded, numbers as ``#``."""
    text: str
    """The first hundred letters."""
    size: int
    linked: int
    plain: bool
    """Neither a date nor a label with its value: such lines are no prose."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A named element of a page."""

    order: int
    """Place in the page among all elements."""
    first: int
    end: int
    """Its lines; equal where it has none of its own."""
    text: str | None
    """Its text where that is short."""
    zone: bool
    """Inside what the general rules take for the main part of the page."""
    links: int
    """Links inside."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One page."""

    capture: Capture
    """Packed, see ``sample.unpacked``."""
    identity: str
    """Canonical address."""
    day: date
    """Of the capture, in the portal's time."""
    outcome: Outcome
    lines: tuple[Line, ...]
    spots: dict[str, Spot]
    """Elements with text that one selector alone finds, by that selector."""
    names: frozenset[str]
    """All selectors that find something, be it empty, hidden or several elements."""
    features: frozenset[str]
    """Names of the elements above the prose: the template's fingerprint."""
    heading: str
    """The title element."""

    @property
    def url(self) -> str:
        """The address as it was asked for."""
        return self.capture.url

    @property
    def article(self) -> ArticleFound | None:
        """What the general rules read, where they find an article."""
        return self.outcome if isinstance(self.outcome, ArticleFound) else None


def number_free(text: str) -> str:
    """For comparing lines across pages: folded, edge punctuation gone, every number ``#``.

    >>> number_free("Lượt truy cập: 1.234")
    'lượt truy cập: #'
    """
    return _NUMBER.sub("#", line_key(text))


def sight(packed: Capture, profile: SiteProfile) -> Sighting | None:
    """The page as learning sees it; None where there is nothing to read."""
    capture = unpacked(packed)
    tree = parse(decode(capture.body, capture.header("Content-Type")).text)
    body = next(tree.iter("body"), None) if tree is not None else None
    if tree is None or body is None:
        return None
    blocks = [block for block in blocks_of(body, capture.url, is_hidden) if block.text]
    zone, names = main_zone(tree).root, names_in(body)
    return Sighting(
        capture=packed,
        identity=canonical_url(capture.url, profile),
        day=local_day(capture.fetched_at, profile.timezone),
        outcome=extract(capture, profile),
        lines=tuple(_line(block) for block in blocks),
        spots=_spots(body, blocks, zone, names),
        names=frozenset(names),
        features=frozenset(_features(zone)),
        heading=page_title(tree),
    )


def local_day(moment: datetime, offset: str) -> date:
    """The day at the portal; ``offset`` like ``+07:00``."""
    sign = -1 if offset[0] == "-" else 1
    shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6])) * sign
    return moment.astimezone(UTC).astimezone(timezone(shift)).date()


def _line(block: Block) -> Line:
    text = block.text
    short = len(text) <= 220
    told = short and (date_line(text) is not None or bool(read_labels(text)))
    return Line(number_free(text), text[:100], len(text), block.linked, not told)


def _spots(body: Element, blocks: list[Block], zone: Element, names: dict[str, Element | None]) -> dict[str, Spot]:
    ranges = _ranges(body, blocks)
    inside = set(zone.iter())
    order = {element: place for place, element in enumerate(body.iter())}
    hidden = _hidden(body)
    spots = {}
    for name, element in names.items():
        if element is None or element in hidden:
            continue
        first, end = ranges.get(element, (0, 0))
        text = _short_text(element)
        if end > first or text:
            links = sum(1 for _ in element.iter("a"))
            spots[name] = Spot(order[element], first, end, text, element in inside, links)
    return spots


def _hidden(body: Element) -> set[Element]:
    """Elements nobody sees: hidden ones and all that stands in them."""
    found: set[Element] = set()
    for element in body.iter():  # parents come before their children
        if isinstance(element.tag, str) and (element.getparent() in found or is_hidden(element)):
            found.add(element)
    return found


def _ranges(body: Element, blocks: list[Block]) -> dict[Element, tuple[int, int]]:
    """First and last line of every element that holds some."""
    ranges: dict[Element, tuple[int, int]] = {}
    for index, block in enumerate(blocks):
        element = block.element
        while element is not None:
            first, _ = ranges.get(element, (index, index))
            ranges[element] = (first, index + 1)
            if element is body:
                break
            element = element.getparent()
    return ranges


def _short_text(element: Element) -> str | None:
    """An element's text where it could be a field of an article."""
    for count, _ in enumerate(element.iter()):
        if count >= _LARGEST_FIELD:
            return None
    text = text_of(element)
    return text if 0 < len(text) <= _LONGEST_FIELD else None


def _features(root: Element) -> Iterable[str]:
    """Names of elements from the main part down to where the prose begins."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        for child in element:
            tag = child.tag
            if not isinstance(tag, str) or tag in SILENT:
                continue
            yield from (f"{tag}{name}" for name in own_names(child.get("id"), child.get("class")))
            if not _is_prose(child):
                waiting.append(child)


def _is_prose(element: Element) -> bool:
    """Whether an element is written by an editor, as far as its children show it."""
    own = len((element.text or "").strip()) + sum(len((child.tail or "").strip()) for child in element)
    paragraphs = sum(child.tag in ("p", "br") for child in element)
    return own > _PROSE_LEAF or paragraphs >= 2
