"""CSS selectors of profile sheets, compiled once."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from functools import lru_cache
from typing import cast

from cssselect import SelectorError
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.etree import _Element as Element

Finder = Callable[[Element], list[Element]]

# One element with an id or a class, the selector most sheets need.
_SIMPLE = re.compile(r"([a-z][a-z0-9]*)?([.#])([A-Za-z_][\w-]*)")


@lru_cache(512)
def compiled(selector: str) -> Finder | None:
    """The selector ready for use; None for one that is no CSS (the profile's check names it)."""
    simple = _SIMPLE.fullmatch(selector.strip())
    if simple is not None:
        return _simple(simple[1], simple[2], simple[3])
    try:
        return cast(Finder, CSSSelector(selector, translator="html"))
    except SelectorError:
        return None


def _simple(tag: str | None, sign: str, name: str) -> Finder:
    """What CSS means by ``tag.name`` and ``tag#name``; from the attribute to its element takes a third of the time."""
    attribute = "class" if sign == "." else "id"
    path = etree.XPath(f"descendant-or-self::{tag or '*'}/@{attribute}[contains(., '{name}')]/..")

    def find(tree: Element) -> list[Element]:
        found = cast("list[Element]", path(tree))
        if sign == "#":
            return [element for element in found if element.get("id") == name]
        return [element for element in found if name in _BLANKS.split(element.get("class", ""))]

    return find


_BLANKS = re.compile(r"[ \t\r\n]+")
_NAMES = re.compile(r"([.#])([\w-]+)")


def may_match(selector: str, source: bytes, ids: Container[str] | None = None) -> bool:
    """False when a class or id of the selector is nowhere in the page's UTF-8 source: a look that saves a search.

    ``ids``: those of the page's elements, if known: an id is found among them at once.
    """
    return all(
        name in ids if sign == "#" and ids is not None else spelt in source for sign, name, spelt in _names(selector)
    )


@lru_cache(512)
def _names(selector: str) -> tuple[tuple[str, str, bytes], ...]:
    return tuple((sign, name, name.encode()) for sign, name in _NAMES.findall(selector))


def select(tree: Element, selectors: tuple[str, ...]) -> list[Element]:
    """Elements of the first selector that finds any, in page order."""
    for selector in selectors:
        ready = compiled(selector)
        found = ready(tree) if ready else []
        if found:
            return found
    return []


def select_all(tree: Element, selectors: tuple[str, ...]) -> list[Element]:
    """Elements that any of the selectors finds, selector by selector."""
    ready = [found for selector in selectors if (found := compiled(selector)) is not None]
    return [element for path in ready for element in path(tree)]
