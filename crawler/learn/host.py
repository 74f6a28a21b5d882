"""One host's pages compared: its families, their layouts, and what all of its pages repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archive.models import Capture, outcome_name
from crawler.learn.chrome import Repeated, repeated
from crawler.learn.evidence import Evidence
from crawler.learn.families import Family, families
from crawler.learn.layout import Ground, LearnedLayout, learn_layouts
from crawler.learn.sight import Sighting, sight
from crawler.profile import SiteProfile

#: Share of a host's pages that repeat a block before it is told as the host's.
_OFTEN = 0.3


@dataclass(frozen=True, slots=True)
class FamilyFound:
    """Pages of one template and what became of them."""

    pages: int
    outcomes: Counter[str]
    example: str
    layouts: tuple[LearnedLayout, ...]
    inherited: tuple[str, ...]
    """Layouts of the base that read most of its articles already."""


@dataclass(frozen=True, slots=True)
class HostFound:
    """What comparing a host's pages gave."""

    host: str
    seen: int
    """Pages the captures hold."""
    sampled: int
    articles: int
    families: tuple[FamilyFound, ...]
    repeated: tuple[Repeated, ...]

    @property
    def layouts(self) -> list[LearnedLayout]:
        """Layouts of all families."""
        return [layout for family in self.families for layout in family.layouts]


def learn_host(
    host: str, packed: Sequence[Capture], seen: int, base: SiteProfile, least: int, step: Callable[[], None]
) -> HostFound:
    """Compare a host's sampled pages; ``step`` is called for each page read."""
    pages = []
    for capture in packed:
        sighting = sight(capture, base)
        if sighting is not None:
            pages.append(sighting)
        step()
    ground = Ground(host, base, Evidence(pages), least)
    articles = sum(page.article is not None for page in pages)
    found: list[FamilyFound] = []
    for family in families(pages):
        known = [layout for one in found for layout in one.layouts]
        found.append(_family(family, pages, known, ground))
    common = repeated(pages, ground.evidence, _OFTEN)
    return HostFound(host, seen, len(pages), articles, tuple(found), tuple(common))


def _family(
    family: Family,
    pages: Sequence[Sighting],
    known: Sequence[LearnedLayout],
    ground: Ground,
) -> FamilyFound:
    own = set(map(id, family.pages))  # the same address in another dress is another page
    articles = [page for page in family.pages if page.article is not None]
    reading = {layout.name for layout in ground.base.layout if layout.body}
    inherited = Counter(str(page.outcome.layout) for page in articles if page.outcome.layout in reading)
    layouts: list[LearnedLayout] = []
    if inherited.total() * 5 < len(articles) * 4:
        others = [page for page in pages if id(page) not in own]
        layouts = learn_layouts(articles, others, known, ground)
        inherited = Counter()
    return FamilyFound(
        pages=len(family.pages),
        outcomes=Counter(outcome_name(page.outcome) for page in family.pages),
        example=min(page.url for page in (articles or family.pages)),
        layouts=tuple(layouts),
        inherited=tuple(sorted(inherited)),
    )
