"""What tells a field: by which rule, where, how sure; and, for whoever wants to see it, what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml.etree import _Element as Element

from archive.models import Evidence
from crawler.extract.blocks import Block

#: How far each rule is to be trusted, from what can be mistaken for what it looks for. A rule of a layout, which a
#: person wrote for these very pages, is trusted most.
_SURE = {
    "heading like the title element": 0.98,
    "text equal to the title element": 0.97,
    "first h1": 0.9,
    "first h2": 0.75,
    "first h3": 0.65,
    "element named as title": 0.9,
    "styled line on top": 0.7,
    "line beside the date line": 0.6,
    "first words of the text": 0.2,
    "title element": 0.6,
    "first line after the toolbar's mark": 0.95,
    "line above the date line": 0.9,
    "line below the date line": 0.8,
    "first line": 0.7,
    "date line with label": 0.98,
    "labelled date": 0.95,
    "field of a list item's form": 0.98,
    "date in brackets behind the headline": 0.95,
    "date line above the headline": 0.85,
    "date in a bar beside the headline": 0.8,
    "date line below the headline": 0.85,
    "date line after the toolbar's mark": 0.95,
    "date line beside the title": 0.9,
    "label": 0.97,
    "byline": 0.9,
    "stated for machines": 0.9,
    "last line": 0.8,
    "element named as lead": 0.95,
    "line before the body's mark": 0.95,
    "first paragraph in a container of its own": 0.75,
    "first paragraph set in bold or italic": 0.75,
    "first paragraph": 0.6,
    "breadcrumb": 0.95,
    "main zone of the page": 0.85,
    "rich text field": 0.95,
    "running text": 0.8,
    "lines of the record": 0.75,
    "labelled lines or cells": 0.95,
    "head and foot of a pasted document": 0.85,
}
_LAYOUT = 0.99
_OTHER = 0.5
_STEPS = 6

#: Why a block is no text of the article that tells one of its fields: a date, a name, a caption, a file.
TOLD = "tells a field"

#: Where a field stands: an element, a block (a line of a text record has no element), or nowhere in particular.
Spot = Element | Block | None


@dataclass(slots=True)
class Trace:
    """Why blocks are no part of the article's text, in the order they were judged."""

    dropped: list[tuple[Block, str]] = field(default_factory=list)

    def drop(self, block: Block, why: str) -> None:
        """The block was left out."""
        self.dropped.append((block, why))


def evidence_of(rules: dict[str, str], spots: dict[str, Spot]) -> dict[str, Evidence]:
    """Field -> what tells it, from the rules and places that were noted while the page was read."""
    known: dict[Element, str] = {}
    return {
        name: Evidence(rule=rule, place=place_of(spots.get(name), known), sure=how_sure(rule))
        for name, rule in rules.items()
    }


def how_sure(rule: str) -> float:
    """How far a rule is to be trusted, 0 to 1."""
    return _LAYOUT if rule.startswith("layout ") else _SURE.get(rule, _OTHER)


def place_of(spot: Spot, known: dict[Element, str] | None = None) -> str | None:
    """A CSS path to the element, from the nearest ancestor that has an id; ``line 3`` in a text record.

    ``known`` remembers the steps of other paths on the same page: fields stand near each other.
    """
    if isinstance(spot, Block):
        if spot.element is None:
            return f"line {spot.line}" if spot.line else None
        spot = spot.element
    if spot is None:
        return None
    steps: list[str] = []
    element: Element | None = spot
    while element is not None and len(steps) < _STEPS:
        ident = element.get("id")
        if ident and not any(sign in ident for sign in " \t\r\n"):
            steps.append(f"#{ident}")
            break
        step = known.get(element) if known is not None else None
        if step is None:
            step = _step(element)
            if known is not None:
                known[element] = step
        steps.append(step)
        element = element.getparent()
    return " > ".join(reversed(steps))


def _step(element: Element) -> str:
    tag = element.tag  # broken pages have tags that lxml itself would not look for
    same = [sibling.tag for sibling in element.itersiblings(preceding=True)].count(tag)
    alone = not same and tag not in [sibling.tag for sibling in element.itersiblings()]
    return tag if alone else f"{tag}:nth-of-type({same + 1})"
