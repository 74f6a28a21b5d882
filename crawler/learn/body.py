"""The container that varies: the smallest named element that holds what only this page says, on page after page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import mean

from crawler.learn.evidence import Evidence
from crawler.learn.names import trust
from crawler.learn.sight import Sighting, Spot

#: Share of a page's own text a container must hold.
HELD = 0.92
#: Share of the pages with the container on which it must do so.
SOUND = 0.9
#: SharePoint's own frame, the same on every page: to name it says nothing.
_FRAME = re.compile(
    r"#(?:\w*PlaceHolderMain|(?:ctl00_)?MSO_Content(?:Table|Div)|s4-\w+|aspnetForm|contentBox|contentRow)(?![\w-])"
)
_LONGEST_LEAD = 700
_MOST_LEADS = 2


@dataclass(frozen=True, slots=True)
class Container:
    """A candidate, with what it was seen to hold."""

    selector: str
    pages: tuple[Sighting, ...]
    """Pages that have it."""
    sound: int
    """Of these, pages whose own text it holds."""
    extra: float
    """Letters inside that are nobody's prose, mean a page."""
    held: float
    """Share of the pages' own text it holds, mean."""


class Masses:
    """Letters of own text and of all text, line by line, so that any span is summed at once."""

    def __init__(self, sighting: Sighting, evidence: Evidence) -> None:
        title = set(evidence.titles(sighting))
        if sighting.article:
            title.add(sighting.article.article.title.casefold().strip(" .:"))
        self.prose = [
            line.size if evidence.is_prose(line, sighting) and line.text.casefold().strip(" .:") not in title else 0
            for line in sighting.lines
        ]
        self._own = [0, *accumulate(self.prose)]
        self._all = [0, *accumulate(line.size for line in sighting.lines)]

    @property
    def total(self) -> int:
        """Own text of the page."""
        return self._own[-1]

    def own(self, spot: Spot) -> int:
        """Own text inside an element."""
        return self._own[spot.end] - self._own[spot.first]

    def extra(self, spot: Spot) -> int:
        """Other text inside it."""
        return self._all[spot.end] - self._all[spot.first] - self.own(spot)

    def lead(self, spot: Spot) -> int:
        """Own text right before it that may be a lead: short lines, two at most."""
        before = [size for size in self.prose[: spot.first] if size]
        return sum(before) if len(before) <= _MOST_LEADS and sum(before) <= _LONGEST_LEAD else 0


def containers(pages: Sequence[Sighting], evidence: Evidence) -> list[Container]:
    """Containers of these pages' text, the best first: most pages, then least beside the text."""
    masses = {id(page): Masses(page, evidence) for page in pages}
    spread = Counter(name for page in pages for name, spot in page.spots.items() if spot.end > spot.first)
    found = [
        measured
        for name in sorted(spread)
        if spread[name] * 5 >= len(pages)
        and not _FRAME.match(name)
        and (measured := _measure(name, [page for page in pages if name in page.spots], masses)) is not None
    ]
    most = max((container.sound for container in found), default=0)
    able = [container for container in found if container.sound >= 0.9 * most]
    return sorted(able, key=lambda c: (round(c.extra / 20), -c.sound, trust(c.selector)))


def measured(name: str, pages: Sequence[Sighting], evidence: Evidence) -> Container | None:
    """One container on pages that have it; None where it does not hold their text."""
    return _measure(name, pages, {id(page): Masses(page, evidence) for page in pages})


def _measure(name: str, having: Iterable[Sighting], masses: dict[int, Masses]) -> Container | None:
    shares, extra, sound, on = [], [], 0, []
    for page in having:
        mass, spot = masses[id(page)], page.spots[name]
        wanted = mass.total - mass.lead(spot)
        if wanted <= 0:
            continue
        own = mass.own(spot)
        on.append(page)
        shares.append(min(1.0, own / wanted))
        extra.append(mass.extra(spot))
        sound += own >= HELD * wanted
    if not on or sound < SOUND * len(on):
        return None
    return Container(name, tuple(on), sound, mean(extra), mean(shares))
