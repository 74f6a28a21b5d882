"""What the pages of a host say about each other: which lines they share, and what they call one another."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from archive.models import ArticleFound, ListingFound
from crawler.extract.boilerplate import is_chrome
from crawler.extract.dates import date_line, split_title
from crawler.extract.dom import key
from crawler.extract.headline import title_parts
from crawler.extract.labels import read_labels
from crawler.learn.sight import Line, Sighting, number_free

#: Pages that must show a line before it counts as shared, or a fiftieth of many: official prose repeats itself.
SHARED = 3
_SHORTEST_NAME = 8


class Evidence:
    """Lines and names of a host's sampled pages."""

    def __init__(self, sightings: Sequence[Sighting]) -> None:
        pages: dict[str, set[str]] = defaultdict(set)
        headings: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, set[str]] = defaultdict(set)
        self._called: Counter[str] = Counter()
        for sighting in sightings:
            # Two addresses of one text share all of its lines; counted as one page they share nothing.
            page = self._page(sighting)
            for line in sighting.lines:
                pages[line.key].add(page)
            for name in _called_itself(sighting):
                headings[name].add(page)
            if isinstance(sighting.outcome, ArticleFound | ListingFound):
                self._hear(sighting)
        self._shown = {line: len(on) for line, on in pages.items()}
        self._many = max(SHARED, len(sightings) // 50)
        self._headings = {name for name, on in headings.items() if len(on) >= self._many}
        for names in self._names.values():
            self._called.update(names)

    @staticmethod
    def _page(sighting: Sighting) -> str:
        found = sighting.article
        return hashlib.sha256(found.article.body_text.encode()).hexdigest() if found else sighting.identity

    def _hear(self, sighting: Sighting) -> None:
        for link in sighting.outcome.links:
            if link.text and len(link.text) >= _SHORTEST_NAME and link.url != sighting.identity:
                self._names[link.url].add(key(link.text))

    def shared(self, line_key: str) -> bool:
        """Whether a line stands on several pages."""
        return self._shown.get(line_key, 0) >= self._many

    def titles(self, sighting: Sighting) -> set[str]:
        """What other pages call this one, and what its title element does where that is not the site's name."""
        return self._names.get(sighting.identity, set()) | (title_parts(sighting.heading) - self._headings)

    def names_site(self, text: str) -> bool:
        """Whether several pages go by a text, in their title elements or for want of a better one: it is the site's
        name, or a section's."""
        return key(text) in self._headings

    def names_another(self, text: str, sighting: Sighting) -> bool:
        """Whether a line is what pages call some other page; a date in brackets may follow."""
        line = key(split_title(text)[0])
        own = line in self._names.get(sighting.identity, ())
        return self._called.get(line, 0) > own and line not in title_parts(sighting.heading)

    def agrees(self, text: str, sighting: Sighting) -> bool:
        """Whether a text is this page's title; other pages cut long ones short."""
        line = key(split_title(text)[0])
        known = self.titles(sighting)
        if line in known or key(text) in known:
            return True
        return len(line) > 24 and any(len(name) > 24 and line.startswith(name.rstrip(".… ")) for name in known)

    def is_prose(self, line: Line, sighting: Sighting) -> bool:
        """Whether a line is the page's own text: not shared, no link, no label, no name of another page."""
        return (
            line.plain
            and line.linked * 2 < line.size
            and not self.shared(line.key)
            and not is_chrome(line.text)
            and not self.names_another(line.text, sighting)
        )

    def is_own(self, text: str, sighting: Sighting) -> bool:
        """``is_prose`` for the text of an element, which may be part of a line."""
        told = len(text) <= 220 and (date_line(text) is not None or bool(read_labels(text)))
        return not (told or self.shared(number_free(text)) or is_chrome(text) or self.names_another(text, sighting))


def _called_itself(sighting: Sighting) -> set[str]:
    """What a page's title element and the general rules say it is called."""
    found = sighting.article
    return title_parts(sighting.heading) | ({key(found.article.title)} if found else set())
