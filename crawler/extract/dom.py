"""Typed ground for everything that reads a tree: parsing, clean text, what is hidden."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from lxml import etree
from lxml.etree import _Element as Element

#: Names of an element's attributes, as ``keys`` gives them.
Names = Sequence[str | bytes]


def words(text: str) -> frozenset[str]:
    """The blank-separated words of a constant table."""
    return frozenset(text.split())


_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\ufffc\x00]+")
# Letters that look like Đ; they are put right only in words spelt with Vietnamese letters.
_ETH = str.maketrans({"\u00d0": "Đ", "\u0189": "Đ", "\u00f0": "đ", "\u0256": "đ"})
_ETH_LETTER = re.compile("[\u00d0\u0189\u00f0\u0256]")
_ETH_WORD = re.compile(r"(?<!\w)[^\W\u00d0\u0189\u00f0\u0256]*[\u00d0\u0189\u00f0\u0256]\w*")
_NOT_VIETNAMESE = re.compile(r"[fjwzþæöäåøß]", re.I)

_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|(?:left|top|text-indent)\s*:\s*-\d{3,}", re.I)
_HIDING_CLASSES = words(
    "ms-hide ms-hidden ms-accessible hide hidden d-none displaynone display-none"
    " sr-only visually-hidden visuallyhidden screen-reader-text"
    " offscreen off-screen ms-dialoghidden s4-notdlg ms-skiptonavigation ms-skiptomaincontent"
)

#: Elements that are never content.
SILENT = words(
    "script style noscript template head title meta link svg math object embed iframe applet canvas audio video"
    " button input select textarea option optgroup menu datalist progress"
)


# Made once: it keeps nothing of a page. Elements of plain etree cost a third of those of lxml.html, and a table of ids,
# which nothing here asks for, a tenth of the parse.
_PARSER = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False)


def parse(text: str, source: bytes | None = None) -> Element | None:
    """The page's tree, or None when there is nothing to read. ``source``: the text as UTF-8, if known."""
    if not text or text.isspace():
        return None
    if source is None:
        source = text.encode("utf-8", "replace")
    if b"\x00" in source:
        source = source.replace(b"\x00", b"")
    try:
        tree: Element | None = etree.fromstring(source, _PARSER)
    except (etree.LxmlError, ValueError):
        return None
    return tree


#: Elements with an id, and their ids, in document order.
Named = list[tuple[str, Element]]
# Attributes first, then what they stand on: a predicate on every element takes three to ten times as long. From the
# document down: of a broken page, parts may stand beside its root.
_WITH_ID = etree.XPath("/descendant::*/@id/..", regexp=False)


def named_elements(tree: Element) -> Named:
    """The elements of a page that have an id; asked for once a page, for several rules look for ids."""
    return [(element.get("id", ""), element) for element in cast("list[Element]", _WITH_ID(tree))]


def squash(text: str | None) -> str:
    """One line of clean text: NFC, every blank one space, invisible characters gone, look-alikes of Đ put right."""
    if not text:
        return ""
    # What is printable has no other blank than the space, and of what is invisible only the mark of an object.
    text = text.strip()
    clean = text.isprintable() and "  " not in text
    if text.isascii():
        if clean:
            return text
        return " ".join((text.replace("\x00", "") if "\x00" in text else text).split())
    if clean and not ("\ufffc" in text or "\u00d0" in text or "\u0189" in text or "\u00f0" in text or "\u0256" in text):
        return unicodedata.normalize("NFC", text)
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    if _ETH_LETTER.search(text):
        text = _ETH_WORD.sub(_vietnamese_d, text)
    return " ".join(text.split())


def _vietnamese_d(match: re.Match[str]) -> str:
    word = match.group()
    return word if _NOT_VIETNAMESE.search(word) else word.translate(_ETH)


def key(text: str | None) -> str:
    """For comparing lines: squashed, case gone, edge punctuation gone."""
    return line_key(squash(text))


_EDGES = " .:;,!|-–—…»«›‹>•*·\"'“”()[]"


def line_key(line: str) -> str:
    """``key`` of a line that is squashed already."""
    return line.strip(_EDGES).casefold()


def short_key(line: str, longest: int) -> str:
    """``line_key`` for a look into a table whose keys have ``longest`` letters at most; empty for a longer line."""
    core = line.strip(_EDGES)
    return core.casefold() if len(core) <= longest else ""  # folding never makes a text shorter


def text_of(element: Element) -> str:
    """All text of an element on one line, scripts and hidden parts left out."""
    if not len(element):
        return squash(element.text)
    pieces: list[str] = []
    _gather(element, pieces, 0)
    return squash("".join(pieces))


def _gather(element: Element, pieces: list[str], depth: int) -> None:
    if element.text:
        pieces.append(element.text)
    for child in element:
        tag = child.tag
        if isinstance(tag, str) and tag not in SILENT and not is_hidden(child):
            if tag in BLOCKS or tag == "br":
                pieces.append(" ")
            if depth < 200:
                _gather(child, pieces, depth + 1)
            else:
                pieces += map(str, child.itertext())
            if tag in BLOCKS:
                pieces.append(" ")
        if child.tail:
            pieces.append(child.tail)


def names_of(element: Element) -> str:
    """Id and classes in lower case, camel case broken, words parted by single blanks: what an element is called."""
    ident, classes = element.get("id"), element.get("class")
    if ident is None and classes is None:
        return ""
    return name_words(f"{ident or ''} {classes or ''}")


def names_up(element: Element | None, levels: int) -> str:
    """What an element and those right around it are called, so many together."""
    names = ""
    for _ in range(levels):
        if element is None:
            break
        names += " " + names_of(element)
        element = element.getparent()
    return names


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PARTS = re.compile(r"[\s_\-$:.]+")


@lru_cache(20_000)
def name_words(names: str) -> str:
    """``ctl00_LeftPanel sub-menu`` -> ``ctl00 left panel sub menu``; remembered, for pages repeat their names."""
    return " ".join(_PARTS.split(_CAMEL.sub(" ", names.replace("SharePoint", "")))).lower().strip()


def is_hidden(element: Element, names: Names | None = None) -> bool:
    """Whether the page itself keeps this element from being seen. ``names``: of its attributes, if known."""
    names = element.keys() if names is None else names
    if not names:
        return False
    classes = element.get("class") if "class" in names else None
    style = element.get("style") if "style" in names else None
    ident = element.get("id") if "id" in names else None
    if (style or classes or ident) and hides(element.tag, ident, classes, style):
        return True
    return "hidden" in names


@lru_cache(20_000)
def hides(tag: str, ident: str | None, classes: str | None, style: str | None) -> bool:
    """Whether these attributes of an element keep it from being seen."""
    if style and _HIDING_STYLE.search(style):
        return True
    if classes and not _HIDING_CLASSES.isdisjoint(classes.lower().split()):
        return True
    return tag in ("div", "span") and (ident or "").endswith("_label")


BLOCKS = words(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody td tfoot th thead"
    " tr ul"
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
