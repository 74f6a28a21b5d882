"""Geometry of the site's two pictures: articles over time, and coverage by section and month. No text, no colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_WIDTH = 720
_FLOOR = 120
_BELOW = 18
#: Months that still have bars one can hit; beyond, years.
_MOST_MONTHS = 300
#: Steps of the heat map above "nothing".
LEVELS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One month or year."""

    when: str
    """``2022-03`` or ``2022``."""
    count: int
    x: float
    y: float
    width: float
    bar_width: float
    height: float

    @property
    def filter(self) -> dict[str, str]:
        """The search that leads to its articles."""
        return {"month": self.when} if "-" in self.when else {"year": self.when}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """A year under the bars."""

    x: float
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Year:
    """A year and its articles."""

    year: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeChart:
    """Bars side by side, from the first month with an article to the last, empty months too."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    years: tuple[Year, ...]
    """The latest first."""
    most: int
    width: int = _WIDTH
    height: int = _FLOOR + _BELOW
    floor: int = _FLOOR


def time_chart(counts: Mapping[str, int]) -> TimeChart:
    """The chart of articles by month (``2022-03`` -> count); by year where the months are too many to be told apart."""
    by_year: dict[str, int] = {}
    for month, count in counts.items():
        by_year[month[:4]] = by_year.get(month[:4], 0) + count
    years = tuple(Year(year=year, count=by_year[year]) for year in sorted(by_year, reverse=True))
    spans = months_between(min(counts), max(counts)) if counts else []
    if len(spans) > _MOST_MONTHS:
        counts, spans = by_year, [str(year) for year in range(int(min(by_year)), int(max(by_year)) + 1)][-_MOST_MONTHS:]
    most = max(counts.values(), default=0)
    step = _WIDTH / max(len(spans), 24)
    bars = tuple(
        _bar(index * step, step, when, counts[when], most) for index, when in enumerate(spans) if when in counts
    )
    return TimeChart(bars=bars, ticks=_ticks(spans, step), years=years, most=most)


def months_between(first: str, last: str) -> list[str]:
    """Every month from the first to the last, both included."""
    start, end = (int(month[:4]) * 12 + int(month[5:7]) - 1 for month in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(start, end + 1)]


def level(count: int, most: int) -> int:
    """Step of a heat map: 0 for nothing, else 1 to ``LEVELS``, by square root so that small counts differ."""
    if count <= 0 or most <= 0:
        return 0
    return min(LEVELS, 1 + int(LEVELS * (count / most) ** 0.5 - 1e-9))


def _bar(x: float, step: float, when: str, count: int, most: int) -> Bar:
    height = max(2.0, (_FLOOR - 14) * count / most)
    gap = min(2.0, step * 0.2)
    numbers = {"x": x, "y": _FLOOR - height, "width": step, "bar_width": step - gap, "height": height}
    return Bar(when=when, count=count, **{name: round(value, 2) for name, value in numbers.items()})


def _ticks(spans: Sequence[str], step: float) -> tuple[Tick, ...]:
    """Years, as many as have room."""
    firsts = [(index, when[:4]) for index, when in enumerate(spans) if index == 0 or when[5:7] in ("01", "")]
    kept: list[Tick] = []
    for index, label in firsts:
        x = round(index * step, 2)
        if not kept or x - kept[-1].x >= 40:
            kept.append(Tick(x=x, label=label))
    return tuple(kept)
