"""The layouts of a sheet among each other: in which order they are tried, and which can never have their turn.

A page picks its layout by what it looks like, then by date: of the layouts whose conditions all hold, one that names a
look (``marks``, ``present``) goes before one that names addresses, and that before one that holds for any page; among
equals the one with the narrower dates goes first, then the one that stands first in the sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations

from crawler.profile import Layout

_ALWAYS = timedelta.max


def in_order(layouts: Sequence[Layout]) -> tuple[Layout, ...]:
    """The layouts in the order they are tried; the first whose conditions hold reads the page."""
    return tuple(sorted(layouts, key=lambda layout: (_look(layout), _span(layout))))


def findings(layouts: Sequence[Layout]) -> Iterator[str]:
    """What a person should know of a sheet's layouts, a line each: unreachable ones, double names, dates that overlap
    or leave days between them."""
    names = [layout.name for layout in layouts]
    yield from (f"layout {name}: {names.count(name)} layouts have this name" for name in _doubled(names))
    ordered = in_order(layouts)
    for place, layout in enumerate(ordered):
        cover = next((other for other in ordered[:place] if _covers(other, layout)), None)
        if cover is not None:
            yield f"layout {layout.name}: never used, {cover.name} reads every page it could"
    for one, other in combinations(ordered, 2):
        yield from _dates(one, other)


def _doubled(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _look(layout: Layout) -> int:
    if layout.marks or layout.present:
        return 0
    return 1 if layout.hosts or layout.path else 2


def _span(layout: Layout) -> timedelta:
    """For how long it applies; one open end is wider than any closed span, two are wider still."""
    if layout.since and layout.until:
        return layout.until - layout.since
    return _ALWAYS - timedelta(days=1 if layout.since or layout.until else 0)


def _covers(wide: Layout, narrow: Layout) -> bool:
    """Whether every condition of ``wide`` holds wherever those of ``narrow`` do; wild cards of hosts are not followed.

    Of marks and selectors one must be found, so that more of them let more pages in.
    """
    return (
        (wide.since or date.min) <= (narrow.since or date.min)
        and (narrow.until or date.max) <= (wide.until or date.max)
        and wide.path in ("", narrow.path)
        and all(
            not ours or (theirs and set(theirs) <= set(ours))
            for ours, theirs in ((wide.hosts, narrow.hosts), (wide.marks, narrow.marks), (wide.present, narrow.present))
        )
    )


def _dates(one: Layout, other: Layout) -> Iterator[str]:
    """What the dates of two layouts for the same pages leave in doubt."""
    if not (one.since or one.until) or not (other.since or other.until) or _conditions(one) != _conditions(other):
        return
    early, late = sorted((one, other), key=lambda layout: (layout.since or date.min, layout.until or date.max))
    ends, begins = early.until or date.max, late.since or date.min
    if begins <= ends:
        if not _covers(one, other):
            yield (
                f"layouts {one.name} and {other.name}: both apply from {begins} to "
                f"{min(ends, late.until or date.max)}; "
                f"{one.name} is tried first"
            )
    elif begins - ends > timedelta(days=1):
        yield f"layouts {early.name} and {late.name}: no layout between {ends} and {begins}"


def _conditions(layout: Layout) -> tuple[object, ...]:
    return frozenset(layout.hosts), layout.path, frozenset(layout.marks), frozenset(layout.present)
