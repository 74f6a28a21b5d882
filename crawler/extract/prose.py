"""The container of a page's running text, for pages that mark no main part of their own.

SharePoint names its main placeholder; other pages must be weighed. Every paragraph speaks for the element it stands in
and, with half its voice, for that element's parent; the element with most voices that is no list of links holds the
text, together with those of its neighbours that hold paragraphs of the same kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lxml.etree import _Element as Element

from crawler.extract.dom import BLOCKS, SILENT, names_of
from crawler.extract.zone import Zone

_DEEPEST = 180
#: Characters below which a piece of text is no paragraph.
_SHORTEST = 25
_LIKELY = re.compile(r"\b(?:article|body|content|entry|main|page|post|text|story|news|detail)\b")
_UNLIKELY = re.compile(
    r"\b(?:promo|sponsor\w*|shop|product|teaser|card|widget|caption|author|bio|comment\w*|footer|meta)\b"
)
_FAR = 6
_OTHER_PARTS = 0.2
_WHOLE = frozenset(("body", "html", "form"))


@dataclass(slots=True)
class _Run:
    """Text of one paragraph: what stands in an element besides the blocks inside it."""

    chars: int = 0
    linked: int = 0
    commas: int = 0


@dataclass(slots=True)
class Prose:
    """Where the running text stands."""

    roots: list[Element] = field(default_factory=list)
    """The container and those of its neighbours that belong to it, in page order; empty where no text runs."""
    chars: int = 0
    """Characters of the paragraphs inside."""
    share: float = 0.0
    """Share of all the zone's paragraphs, by characters."""


def find_prose(zone: Zone) -> Prose:
    """The running text of a zone."""
    voices = _Voices(zone)
    voices.visit(zone.root, 0)
    if not voices.scores:
        return Prose()
    best = max(voices.scores, key=voices.weighed)
    roots = voices.alike(best) or list(voices.with_neighbours(best))
    inside = sum(chars for element, chars in voices.paragraphs.items() if _within(element, roots))
    whole = sum(voices.paragraphs.values())
    return Prose(roots=roots, chars=inside, share=inside / whole if whole else 0.0)


def _within(element: Element | None, roots: list[Element]) -> bool:
    while element is not None:
        if element in roots:
            return True
        element = element.getparent()
    return False


class _Voices:
    """The paragraphs of a zone and what they say for the elements around them."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self.scores: dict[Element, float] = {}
        self.paragraphs: dict[Element, int] = {}

    def visit(self, block: Element, depth: int) -> None:
        """Hear every paragraph in a block."""
        run = _Run()
        self._read(block, run, False, depth)
        if run.chars >= _SHORTEST and run.linked * 2 <= run.chars:
            self._hear(block, run)

    def _read(self, element: Element, run: _Run, in_link: bool, depth: int) -> None:
        _add(run, element.text, in_link)
        if depth > _DEEPEST:
            return
        for child in element:
            tag = child.tag
            if isinstance(tag, str) and tag not in SILENT and not self._zone.skip(child):
                if tag in BLOCKS:
                    self.visit(child, depth + 1)
                else:
                    self._read(child, run, in_link or tag == "a", depth + 1)
            _add(run, child.tail, in_link)

    def _hear(self, block: Element, run: _Run) -> None:
        self.paragraphs[block] = run.chars
        voice = 1 + run.commas + min(run.chars / 100, 3)
        if block.tag in ("li", "dd", "dt") and run.chars < 80:
            voice /= 3
        container = block
        if block.tag in ("div", "td", "section", "article", "main") and run.chars >= 300:
            voice = 1 + run.commas + run.chars / 100  # paragraphs parted by line breaks
        else:
            parent = block.getparent()
            container = block if parent is None or block is self._zone.root else parent
        self.scores[container] = self.scores.get(container, 0.0) + voice
        above = container.getparent()
        if above is not None and container is not self._zone.root:
            self.scores[above] = self.scores.get(above, 0.0) + voice / 2

    def weighed(self, element: Element) -> float:
        """The voices for an element, less what its links and its name take off."""
        weight = self._zone.weights.get(element)
        density = weight.linked / weight.chars if weight is not None and weight.chars else 0.0
        return (self.scores[element] + _trust(element)) * (1 - density)

    def alike(self, best: Element) -> list[Element]:
        """A text cut into parts by advertisements or pictures: all its parts, which a template gives one class; empty
        for a text that stands in one part."""
        classes = _classes(best)
        if not classes:
            return []
        above = set(best.iterancestors())
        ancestor, steps = best.getparent(), 0
        while ancestor is not None and steps < _FAR and ancestor.tag not in _WHOLE:
            parts = [
                element
                for element in ancestor.iter(best.tag)
                if element is best
                or (
                    _are_alike(classes, _classes(element))
                    and self.scores.get(element, 0.0) > 0
                    and element not in above
                    and not _within(element, [best])
                )
            ]
            others = sum(self.weighed(part) for part in parts if part is not best)
            if others >= _OTHER_PARTS * self.weighed(best):
                return self._whole(ancestor, parts)
            ancestor, steps = ancestor.getparent(), steps + 1
        return []

    def _whole(self, ancestor: Element, parts: list[Element]) -> list[Element]:
        """The ancestor where hardly anything but the parts runs in it, else the parts alone."""
        inside = sum(chars for element, chars in self.paragraphs.items() if _within(element, parts))
        around = sum(chars for element, chars in self.paragraphs.items() if _within(element, [ancestor]))
        return (
            [ancestor] if around <= 1.25 * inside else [part for part in parts if not _within(part.getparent(), parts)]
        )

    def with_neighbours(self, best: Element) -> Iterator[Element]:
        """The element and those beside it that hold a good part of as many paragraphs."""
        parent = best.getparent()
        if parent is None or best is self._zone.root or best.tag in _WHOLE:
            yield best
            return
        least = max(10.0, 0.2 * self.weighed(best))
        for sibling in parent:
            if sibling is best or self._belongs(sibling, least):
                yield sibling

    def _belongs(self, sibling: Element, least: float) -> bool:
        if not isinstance(sibling.tag, str) or sibling.tag in SILENT or self._zone.skip(sibling):
            return False
        if sibling.tag == "p" and self.paragraphs.get(sibling, 0) > 80:
            return True
        return min(self.scores.get(sibling, 0.0), self.weighed(sibling) if sibling in self.scores else 0.0) >= least


_NUMBER = re.compile(r"\d+")
_PLACING = re.compile(
    r"(?:col|row|cell|grid|container|small|medium|large|span|clearfix|wrapper|left|right|center)\b", re.I
)


def _classes(element: Element) -> frozenset[str]:
    """What a template calls an element: its classes without those that only place it."""
    return _named(element.get("class") or "")


@lru_cache(20_000)
def _named(classes: str) -> frozenset[str]:
    return frozenset(_NUMBER.sub("", name) for name in classes.split() if not _PLACING.match(name))


def _are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and 2 * len(one & other) >= len(one | other)


def _trust(element: Element) -> float:
    names = names_of(element)
    trust = 5.0 if element.tag in ("div", "article", "section") else 0.0
    if element.tag in ("form", "ul", "ol", "dl", "address"):
        trust -= 3
    if names and _LIKELY.search(names):
        trust += 12
    if names and _UNLIKELY.search(names):
        trust -= 12
    return trust


def _add(run: _Run, text: str | None, in_link: bool) -> None:
    if text:
        size = len(text.strip())
        run.chars += size
        run.commas += text.count(",") + text.count("，") + text.count("、") + text.count("،")
        if in_link:
            run.linked += size
