"""What a page tells of itself besides its text: section, language, its identity inside SharePoint."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from crawler.extract.addresses import safe_url
from crawler.extract.dom import is_hidden, key, line_key, name_words, squash, text_of, words

_LIST_ID = re.compile(rb"pageListId[\"']?\s*:\s*[\"']\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?[\"']")
_ITEM_ID = re.compile(rb"pageItemId[\"']?\s*:\s*[\"']?(\d{1,9})\b")
_CRUMBS = re.compile(r"\b(?:bread ?crumbs?|bread ?crum|site ?map ?path\d?|duong ?dan|crumbs?)\b")
_MAP_PATH = re.compile(rb"map[\s_\-$:.]*path")
_HOME = frozenset(("trang chủ", "trang nhất", "home", "home page", "trangchu", "pages", "trang", "breadcrumb"))
_SEPARATOR = re.compile(r"\s*(?:>|»|›|→|/(?=\s)|::|\|)\s*")
_HOME_PATH = re.compile(r"/?(?:[\w-]+/){0,3}(?:(?:default|index|home|trang-?chu)[\w.-]*)?", re.I)
_VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
_LETTER = re.compile(r"\w")
_PIECE = 600
#: Characters that show a text's language.
SAMPLE = 3000
# Words that no Vietnamese sentence does without for long, and that no name has.
_JOINTS = words("và của không được các những với là có này người một tại đã về theo để đến từ nhưng cũng")
# The block of Unicode that holds the letters of Vietnamese alone, and đ.
_MARKED = re.compile("[\u1ea0-\u1ef9đĐ]")


def page_identity(source: bytes) -> tuple[str | None, int | None]:
    """SharePoint's pageListId (lower case, no braces) and pageItemId, as the script of a page states them."""
    first, second = source.find(b"pageListId"), source.find(b"pageItemId")
    found = _LIST_ID.search(source, first) if first >= 0 else None
    item = _ITEM_ID.search(source, second) if second >= 0 else None
    return (found.group(1).decode("ascii").lower() if found else None, int(item.group(1)) if item else None)


def language_of(text: str, declared: str | None, fallback: str = "", *, vietnamese: bool | None = None) -> str | None:
    """BCP 47 primary tag of a text: Vietnamese is known by its letters, another language by what the page declares."""
    if is_vietnamese(text) if vietnamese is None else vietnamese:
        return "vi"
    primary = (declared or "").strip().lower().replace("_", "-").split("-")[0]
    if primary == "vi":
        # A Vietnamese frame round a text that is not: these portals translate into English only.
        return "en" if len(text) > 80 else "vi"
    if primary:
        return primary
    # Without a declaration the profile's language is a guess that a page without its letters does not bear out.
    return None if fallback == "vi" and len(text) > 80 and not _VIETNAMESE.search(text) else fallback or None


def is_vietnamese(text: str) -> bool:
    """Whether letters that only Vietnamese has are one in twenty-five or more; in a foreign text names bring some."""
    sample = text[:SAMPLE]
    if sample.isascii():
        return False
    wanted, found = max(1, len(sample) - sample.count(" ")), 0
    for start in range(0, len(sample), _PIECE):  # a Vietnamese text has shown enough of them early
        found += len(_MARKED.findall(sample, start, start + _PIECE))
        if found * 25 >= wanted:
            return True
    return found * 40 >= wanted and _holds_vietnamese(sample)


def _holds_vietnamese(sample: str) -> bool:
    """Whether part of a text is Vietnamese prose, not names alone: a page may tell everything in two languages."""
    return len(_JOINTS.intersection(sample.lower().split())) >= 3


def declared_language(tree: Element) -> str | None:
    """The lang attribute of the page."""
    root = tree.getroottree().getroot()
    declared: str | None = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    return declared


def may_show_path(source: bytes) -> bool:
    """False when no name in a page's UTF-8 source can be a breadcrumb's: a look that saves a search."""
    lower = source.lower()
    return b"crum" in lower or b"duong" in lower or _MAP_PATH.search(lower) is not None


def section_of(tree: Element, url: str, title: str) -> tuple[str | None, Element | None]:
    """Section path as the page's breadcrumb shows it, levels joined with `` / ``; without home and the page itself.

    Beside it the breadcrumb's element; None and None where there is none.
    """
    crumbs, element = _breadcrumb(tree, url, title)
    return (" / ".join(crumbs) if crumbs else None), element


def _breadcrumb(tree: Element, url: str, title: str) -> tuple[list[str], Element | None]:
    for element in tree.iter("div", "ul", "ol", "nav", "span", "p", "td"):
        names = element.keys()
        ident = element.get("id") if "id" in names else None
        classes = element.get("class") if "class" in names else None
        if not (ident or classes) or not _is_path(ident, classes):
            continue
        if is_hidden(element) or any(is_hidden(ancestor) for ancestor in element.iterancestors()):
            continue
        crumbs = _crumbs(element, url, title)
        if crumbs:
            return crumbs, element
    return [], None


@lru_cache(20_000)
def _is_path(ident: str | None, classes: str | None) -> bool:
    return _CRUMBS.search(name_words(f"{ident or ''} {classes or ''}")) is not None


def _crumbs(element: Element, url: str, title: str) -> list[str]:
    """Levels of a path: its pieces of text, separators left out; a path in one piece is split at them."""
    links = [(line_key(text_of(link)), link.get("href")) for link in element.iter("a")]
    homes = {text for text, href in links if _is_home(safe_url(url, href))}
    linked = {text for text, _ in links}
    pieces = [squash(str(piece)) for piece in element.itertext()]
    pieces = [piece for piece in pieces if _LETTER.search(piece)]
    parts = pieces if len(pieces) > 1 else [part for part in _SEPARATOR.split("".join(pieces)) if part]
    kept = [
        part.strip(" >»›→|")
        for part in parts
        if key(part) != key(title) and not (key(part) in _HOME and (key(part) in homes or key(part) not in linked))
    ]
    if len(kept) > 1 and _says_title(kept[-1], title):
        kept.pop()
    return kept if kept and all(len(part) <= 120 for part in kept) and len(kept) <= 6 else []


def _is_home(url: str | None) -> bool:
    return url is not None and _HOME_PATH.fullmatch(urlsplit(url).path) is not None


def _says_title(crumb: str, title: str) -> bool:
    """Whether the last crumb is the page itself under a shorter or longer name."""
    said, known = set(key(crumb).split()), set(key(title).split())
    return len(said) > 1 and len(said & known) * 2 > max(len(said), 2)
