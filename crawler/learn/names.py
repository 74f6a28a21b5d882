"""Names that elements keep from page to page: CSS selectors made of ids, classes and the step from a named parent.

Numbers that SharePoint gives anew (GUIDs of web parts, long digits) are no names. An id such as
``ctl00_ctl45_g_1f3a…_lblTitle`` goes by its end.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import lru_cache

from lxml.etree import _Element as Element

from crawler.extract.dom import SILENT, words

_IDENT = re.compile(r"-?[A-Za-z_][A-Za-z0-9_-]*")
_VARYING = re.compile(r"[0-9a-fA-F]{8}[-_]|[0-9a-fA-F]{12,}|\d{4,}")
_STATES = words(
    "active selected current first last odd even hover open show in on off clearfix hidden static dynamic visible"
)
#: Tags that say themselves what they are for.
_SPEAKING = words("h1 h2 h3 time article main header footer nav aside section figcaption")
#: Tags that may be found as children of a named element.
_STEPS = words("div span p h1 h2 h3 h4 h5 h6 time strong b em i td section article ul table font label small")


@lru_cache(20_000)
def own_names(ident: str | None, classes: str | None) -> tuple[str, ...]:
    """Selectors an element's id and classes give, the surest first."""
    found = []
    if ident and _IDENT.fullmatch(ident):
        varying = list(_VARYING.finditer(ident))
        if not varying:
            found.append(f"#{ident}")
        else:
            tail = ident[varying[-1].end() :].lstrip("0123456789abcdefABCDEF")
            if len(tail) >= 5 and tail.startswith("_"):
                found.append(f'[id$="{tail}"]')
    for name in dict.fromkeys((classes or "").split()):
        if _IDENT.fullmatch(name) and not _VARYING.search(name) and name.lower() not in _STATES and len(name) > 1:
            found.append(f".{name}")
    return tuple(found[:4])


def names_in(root: Element) -> dict[str, Element | None]:
    """Selectors of the elements below ``root``, each with its element where it is the only one."""
    found: dict[str, Element | None] = {}
    _visit(root, (), found, 0)
    return found


def _visit(parent: Element, above: tuple[str, ...], found: dict[str, Element | None], depth: int) -> None:
    """``above``: names of the parent, its own or by a step from its own parent."""
    if depth > 180:
        return
    places: dict[str, int] = {}
    for child in parent:
        tag = child.tag
        if not isinstance(tag, str) or tag in SILENT:
            continue
        places[tag] = places.get(tag, 0) + 1
        own = own_names(child.get("id"), child.get("class"))
        steps = tuple(_steps(above, tag, places[tag], named=bool(own))) if tag in _STEPS else ()
        for name in (*own, *((tag,) if tag in _SPEAKING else ()), *steps):
            known = sys.intern(name)
            found[known] = None if known in found else child
        _visit(child, own[:2] or tuple(step for step in steps[:2] if step.count(">") < 2), found, depth + 1)


def _steps(above: tuple[str, ...], tag: str, place: int, *, named: bool) -> Iterator[str]:
    for name in above[:2]:
        yield f"{name} > {tag}"
        if not named:
            yield f"{name} > {tag}:nth-of-type({place})"


def trust(selector: str) -> tuple[int, int, str]:
    """For choosing among selectors that do equally well: ids, classes, steps, tags, counted steps; then the shorter."""
    if ":nth" in selector:
        kind = 4
    elif ">" in selector:
        kind = 2
    else:
        kind = 0 if selector.startswith(("#", "[")) else 1 if selector.startswith(".") else 3
    return kind, len(selector), selector
