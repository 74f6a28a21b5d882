"""CSS selectors of profile sheets, compiled once."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

from cssselect import SelectorError
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.etree import _Element as Element


@lru_cache(512)
def compiled(selector: str) -> etree.XPath | None:
    """The selector ready for use; None for one that is no CSS (the profile's check names it)."""
    try:
        return CSSSelector(selector, translator="html")
    except SelectorError:
        return None


_NAMES = re.compile(r"[.#]([\w-]+)")


def may_match(selector: str, source: bytes) -> bool:
    """False when a class or id of the selector is nowhere in the page's UTF-8 source: a look that saves a search."""
    return all(name in source for name in _names(selector))


@lru_cache(512)
def _names(selector: str) -> tuple[bytes, ...]:
    return tuple(name.encode() for name in _NAMES.findall(selector))


def select(tree: Element, selectors: tuple[str, ...]) -> list[Element]:
    """Elements of the first selector that finds any, in page order."""
    for selector in selectors:
        ready = compiled(selector)
        found = cast("list[Element]", ready(tree)) if ready else []
        if found:
            return found
    return []


def select_all(tree: Element, selectors: tuple[str, ...]) -> list[Element]:
    """Elements that any of the selectors finds, selector by selector."""
    ready = [found for selector in selectors if (found := compiled(selector)) is not None]
    return [element for path in ready for element in cast("list[Element]", path(tree))]
