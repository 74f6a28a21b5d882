"""Page families: pages whose main parts are built of the same named elements, whatever their addresses."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.learn.sight import Sighting

#: Weighted share of names two fingerprints have in common to be of one family.
ALIKE = 0.55
_RARE = 3


@dataclass(slots=True)
class Family:
    """Pages of one template."""

    pages: list[Sighting] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    core: set[str] = field(default_factory=set)
    """Names that at least half of the family have."""

    def add(self, sighting: Sighting, names: frozenset[str]) -> None:
        """Take a page in."""
        self.pages.append(sighting)
        self.counts.update(names)
        self.core = {name for name, count in self.counts.items() if count * 2 >= len(self.pages)}


def families(sightings: Sequence[Sighting]) -> list[Family]:
    """The families among a host's pages, the largest first. ``sightings`` come in the sample's own order.

    Names that one or two pages have are what editors wrote, not templates; names that all have tell little and weigh
    little.
    """
    total = len(sightings)
    spread = Counter(name for sighting in sightings for name in sighting.features)
    least = min(_RARE, max(1, total // 4))
    weight = {name: math.log(1 + total / count) for name, count in spread.items() if count >= least}
    found: list[Family] = []
    for sighting in sightings:
        names = frozenset(name for name in sighting.features if name in weight)
        best = max(found, key=lambda family: _likeness(names, family.core, weight), default=None)
        if best is None or _likeness(names, best.core, weight) < ALIKE:
            best = Family()
            found.append(best)
        best.add(sighting, names)
    return sorted(found, key=lambda family: (-len(family.pages), min(page.identity for page in family.pages)))


def _likeness(one: frozenset[str], other: set[str], weight: dict[str, float]) -> float:
    whole = sum(weight[name] for name in one | other)
    return sum(weight[name] for name in one & other) / whole if whole else 1.0
