"""Typed ground for everything that reads a tree: parsing, clean text, what is hidden."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree, html
from lxml.html import HtmlElement


def words(text: str) -> frozenset[str]:
    """The blank-separated words of a constant table."""
    return frozenset(text.split())


_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\ufffc\x00]+")
# Letters that look like Đ; they are put right only in words spelt with Vietnamese letters.
_ETH = str.maketrans({"\u00d0": "Đ", "\u0189": "Đ", "\u00f0": "đ", "\u0256": "đ"})
# One look tells whether a text needs any of this.
_ODD = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\ufffc\x00\u00d0\u0189\u00f0\u0256]")
_ETH_LETTER = re.compile("[\u00d0\u0189\u00f0\u0256]")
_WORD = re.compile(r"\w+")
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


def parse(text: str) -> HtmlElement | None:
    """The page's tree, or None when there is nothing to read."""
    if not text or text.isspace():
        return None
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(text.replace("\x00", "").encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    return tree


def squash(text: str | None) -> str:
    """One line of clean text: NFC, every blank one space, invisible characters gone, look-alikes of Đ put right."""
    if not text:
        return ""
    if not text.isascii():
        odd = _ODD.search(text) is not None
        if odd:
            text = _INVISIBLE.sub("", text)
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        if odd and _ETH_LETTER.search(text):
            text = _WORD.sub(_vietnamese_d, text)
    elif "\x00" in text:
        text = text.replace("\x00", "")
    return " ".join(text.split())


def _vietnamese_d(match: re.Match[str]) -> str:
    word = match.group()
    if word.isascii() or not _ETH_LETTER.search(word) or _NOT_VIETNAMESE.search(word):
        return word
    return word.translate(_ETH)


def key(text: str | None) -> str:
    """For comparing lines: squashed, case gone, edge punctuation gone."""
    return line_key(squash(text))


def line_key(line: str) -> str:
    """``key`` of a line that is squashed already."""
    return line.casefold().strip(" .:;,!|-–—…»«›‹>•*·\"'“”()[]")


def text_of(element: HtmlElement) -> str:
    """All text of an element on one line, scripts and hidden parts left out."""
    return squash("".join(_pieces(element)))


def _pieces(element: HtmlElement, depth: int = 0) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element:
        tag = child.tag
        if isinstance(tag, str) and tag not in SILENT and not is_hidden(child):
            if tag in BLOCKS or tag == "br":
                yield " "
            yield from _pieces(child, depth + 1) if depth < 200 else child.itertext()
            if tag in BLOCKS:
                yield " "
        if child.tail:
            yield child.tail


def names_of(element: HtmlElement) -> str:
    """Id and classes in lower case, camel case broken, words parted by single blanks: what an element is called."""
    ident, classes = element.get("id"), element.get("class")
    if ident is None and classes is None:
        return ""
    return name_words(f"{ident or ''} {classes or ''}")


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PARTS = re.compile(r"[\s_\-$:.]+")


@lru_cache(20_000)
def name_words(names: str) -> str:
    """``ctl00_LeftPanel sub-menu`` -> ``ctl00 left panel sub menu``; remembered, for pages repeat their names."""
    return " ".join(_PARTS.split(_CAMEL.sub(" ", names.replace("SharePoint", "")))).lower().strip()


def is_hidden(element: HtmlElement) -> bool:
    """Whether the page itself keeps this element from being seen."""
    attributes = element.attrib
    if not attributes:
        return False
    style, classes = attributes.get("style"), attributes.get("class")
    if (style or classes) and _hides(style, classes):
        return True
    if "hidden" in attributes:
        return True
    ident = attributes.get("id")
    return bool(ident) and str(ident).endswith("_label") and element.tag in ("div", "span")


@lru_cache(20_000)
def _hides(style: str | None, classes: str | None) -> bool:
    if style and _HIDING_STYLE.search(style):
        return True
    return bool(classes) and not _HIDING_CLASSES.isdisjoint(str(classes).lower().split())


BLOCKS = words(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody td tfoot th thead"
    " tr ul"
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
