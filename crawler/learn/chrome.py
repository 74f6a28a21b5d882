"""The blocks repeated across pages: menus, banners, greeting bars, counters, the date of the visit, lists of others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crawler.extract.dates import find_dates
from crawler.learn.evidence import Evidence
from crawler.learn.names import trust
from crawler.learn.sight import Line, Sighting

Kind = Literal["visit date", "greeting", "counter", "menu", "list of others", "same on every page"]

#: Share of the pages with an element that must show it alike.
ALIKE = 0.8
_LEAST_OTHERS = 2


@dataclass(frozen=True, slots=True)
class Repeated:
    """An element that is no content."""

    selector: str
    kind: Kind
    share: float
    """Pages of those looked at that have it."""
    example: str
    zone: bool
    """In the main part of most pages, where it could be mistaken for content."""


def repeated(pages: Sequence[Sighting], evidence: Evidence, least: float) -> list[Repeated]:
    """The outermost repeated elements that at least a share of ``least`` of the pages have, in page order."""
    having: dict[str, list[Sighting]] = defaultdict(list)
    for page in pages:
        for name, spot in page.spots.items():
            if name[0] in "#.[" and ">" not in name and spot.end > spot.first:
                having[name].append(page)
    found: dict[str, Kind] = {}
    for name, on in having.items():
        if len(on) >= max(3, least * len(pages)):
            kind = _kind(name, on, evidence)
            if kind is not None:
                found[name] = kind
    outer = _outermost(found, having)
    return [_repeated(name, found[name], having[name], len(pages)) for name in outer]


def _lines(page: Sighting, name: str) -> tuple[Line, ...]:
    spot = page.spots[name]
    return page.lines[spot.first : spot.end]


def _kind(name: str, on: Sequence[Sighting], evidence: Evidence) -> Kind | None:
    """What a named element is across the pages that have it; None where it holds what is a page's own."""
    if any(not any(line.plain for line in _lines(page, name)) for page in on) and not _dates_visit(name, on):
        return None  # a date, a byline or a source of the page's own
    texts = Counter(tuple(line.key for line in _lines(page, name)) for page in on)
    if texts.most_common(1)[0][1] < ALIKE * len(on):
        others = sum(_is_list_of_others(page, name, evidence) for page in on)
        return "list of others" if others >= ALIKE * len(on) else None
    if any(not evidence.shared(line) for line in texts.most_common(1)[0][0]):
        return None
    return _same(name, on)


def _same(name: str, on: Sequence[Sighting]) -> Kind:
    """Of what sort an element is that says the same everywhere, numbers aside."""
    lines = [line for page in on for line in _lines(page, name)]
    if _dates_visit(name, on):
        return "visit date"
    if any("kính chào" in line.key or line.key.startswith("welcome") for line in lines):
        return "greeting"
    if len({tuple(line.text for line in _lines(page, name)) for page in on}) > 1:
        return "counter"
    linked = sum(line.linked for line in lines)
    return "menu" if linked * 2 > sum(line.size for line in lines) else "same on every page"


def _dates_visit(name: str, on: Sequence[Sighting]) -> bool:
    """Whether the element mostly tells the day on which the page was fetched."""
    visits = sum(
        any(date.day == page.day.isoformat() for line in _lines(page, name) for date in find_dates(line.text))
        for page in on
    )
    return visits * 2 > len(on)


def _is_list_of_others(page: Sighting, name: str, evidence: Evidence) -> bool:
    """Whether the element's lines are links, or what pages call other pages, but for a heading they share."""
    own = [line for line in _lines(page, name) if not evidence.shared(line.key)]
    others = [line for line in own if line.linked * 2 >= line.size or evidence.names_another(line.text, page)]
    return len(others) >= _LEAST_OTHERS and len(others) == len(own)


def _outermost(found: dict[str, Kind], having: dict[str, list[Sighting]]) -> list[str]:
    """Names of elements that stand in no other found one, in page order; of one element's names the surest."""
    kept: list[str] = []
    for name in sorted(found, key=lambda name: (-_size(name, having[name]), trust(name))):
        page = having[name][0]
        spot = page.spots[name]
        around = (page.spots[other] for other in kept if other in page.spots)
        if not any(other.first <= spot.first and spot.end <= other.end for other in around):
            kept.append(name)
    return sorted(kept, key=lambda name: (having[name][0].spots[name].order, name))


def _size(name: str, on: Sequence[Sighting]) -> float:
    return sum(page.spots[name].end - page.spots[name].first for page in on) / len(on)


def _repeated(name: str, kind: Kind, on: Sequence[Sighting], pages: int) -> Repeated:
    example = " | ".join(line.text for line in _lines(on[0], name))[:90]
    inside = sum(page.spots[name].zone for page in on)
    return Repeated(name, kind, len(on) / pages, example, inside * 2 > len(on))
