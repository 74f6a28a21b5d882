"""The lead: an opening paragraph that the page sets apart from the rest of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element as Element

from crawler.extract.blocks import Block
from crawler.extract.dom import names_up

_LEAD_NAMES = re.compile(
    r"\b(?:sapo|lead|summary|news ?des|description|article ?description\d?|intro\w*|tom ?tat|trich ?yeu|abstract)\b"
)


def lead_of(blocks: list[Block], *, vietnamese: bool, plain: bool) -> tuple[Block, str] | None:
    """The opening paragraph where the page sets it apart, and by what it does; None where nothing does.

    ``plain``: a text record, which shows no such thing: its first paragraph is taken.
    """
    paragraphs = [block for block in blocks if block.text]
    if len(paragraphs) < 2:
        return None
    first, second = paragraphs[0], paragraphs[1]
    if first.kind != "p" or len(first.text) < 20:
        return None
    if plain:
        return (first, "first paragraph") if len(first.text) >= 40 else None
    if _LEAD_NAMES.search(names_up(first.element, 2)):
        return first, "element named as lead"
    if _set_apart(first, second, paragraphs):
        return first, "first paragraph in a container of its own"
    if vietnamese and (first.bold or first.italic) and not any(p.bold or p.italic for p in paragraphs[1:9]):
        return first, "first paragraph set in bold or italic"
    return None


def _set_apart(first: Block, second: Block, paragraphs: list[Block]) -> bool:
    """Whether the first paragraph stands in one container and all the others in another beside it."""
    one, other = first.element, second.element
    if one is None or other is None or one is other:
        return False
    above = {ancestor: child for child, ancestor in _steps(one)}
    for child, ancestor in _steps(other):
        if ancestor is one:  # the first paragraph is loose text beside the container of the others
            return child is not other and _holds_rest(child, paragraphs[1:])
        if ancestor in above:
            return above[ancestor] is not child and child is not other and _holds_rest(child, paragraphs[1:])
    return False


def _steps(element: Element) -> Iterator[tuple[Element, Element]]:
    """Child and parent pairs from the element upwards."""
    parent = element.getparent()
    while parent is not None:
        yield element, parent
        element, parent = parent, parent.getparent()


def _holds_rest(container: Element, rest: list[Block]) -> bool:
    inside = sum(1 for block in rest if block.element is not None and container in set(block.element.iterancestors()))
    return inside == len(rest)
