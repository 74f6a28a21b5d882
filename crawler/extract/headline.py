"""The headline a page shows: a heading that agrees with the title element, the first heading, or styled text on top."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from crawler.extract.dates import PrintedDate, split_title
from crawler.extract.dom import is_hidden, key, line_key, name_words, names_of, squash, text_of, words
from crawler.extract.zone import Zone
from crawler.sharepoint.controls import inner_text

_PARTS = re.compile(r"\s+[-–—|»:•]\s+|\s*[|»]\s*")
_TITLE_NAMES = re.compile(r"\b(?:page ?title|title|tit|headline|head line|tieu ?de|heading)\b")
_ARTICLE_TITLE = re.compile(
    r"\b(?:tieu ?de(?: ?tin| ?bai)?|lbl ?title|(?:news|article|detail|post|content|entry) ?(?:title|headline)"
    r"|title ?(?:view|detail)|page ?title|headline)\b"
)
_CHROME_NAMES = re.compile(
    r"\b(?:logo|site ?name|nav|navbar|navigation|menus?|bread ?crumbs?|bread ?crum|site ?map ?path|footer|side ?bar"
    r"|quick ?launch|related|left ?panel|right ?panel|left ?column|right ?column)\b"
)
_WEB_PART_TITLE = re.compile(r"\b(?:ms webpart title ?text|title ?cell|ms standardheader|ms formlabel)\b")
_CHROME_TAGS = frozenset(("nav", "footer", "aside", "noscript"))
_SITE_METAS = words("og:site_name application-name apple-mobile-web-app-title")
_LONGEST = 400
_LEAST_SCORE = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Headline:
    """The headline and where it stands."""

    text: str
    element: Element | None = None
    rule: str = ""
    agrees: bool = False
    """It says what the title element says, or the beginning of it."""
    date: PrintedDate | None = None
    """A date in brackets on the headline's own line."""
    exact: bool = False
    """It says the whole title element, or a whole part of it."""


def page_title(tree: Element) -> str:
    """The title element, or og:title where there is none."""
    for element in tree.iter("title"):
        text = squash(inner_text(element))
        if text:
            return text[:_LONGEST]  # one that was never closed holds the page
    return shared_title(tree)


def shared_title(tree: Element) -> str:
    """The title a page gives to those who share it (og:title); empty where it gives none."""
    for element in tree.iter("meta"):
        if (element.get("property") or element.get("name") or "").lower() in ("og:title", "title", "dc.title"):
            return squash(element.get("content"))[:_LONGEST]
    return ""


def site_names(tree: Element) -> frozenset[str]:
    """Keys of what a page calls its site: meta elements, and the words behind the picture SharePoint shows for it."""
    names = [
        meta.get("content")
        for meta in tree.iter("meta")
        if (meta.get("property") or meta.get("name") or "").lower() in _SITE_METAS
    ]
    names += [image.get("alt") for image in tree.iter("img") if "ms-siteicon-img" in (image.get("class") or "")]
    return frozenset(found for name in names if (found := key(name)))


def title_parts(title: str, url: str = "") -> set[str]:
    """Keys a headline may have to agree with the title element: the whole and what stands between separators, without
    the host's own name."""
    parts = {key(title)}
    pieces = _PARTS.split(title)
    if len(pieces) > 1:
        parts.update(key(piece) for piece in pieces if len(piece) > 8)
        for index in range(1, len(pieces)):
            # "Site - Headline" and "Headline - Site", the headline itself with a dash in it
            split = [match.span() for match in _PARTS.finditer(title)][index - 1]
            parts.update((key(title[: split[0]]), key(title[split[1] :])))
        parts -= _host_names(url)
    parts.discard("")
    return parts


@lru_cache(1000)
def _host_names(url: str) -> frozenset[str]:
    return frozenset(re.split(r"\W+", (urlsplit(url).hostname or "").lower())) - {"www", "gov", "com", "org", "vn"}


def without_site(title: str, url: str, shared: str = "", sites: frozenset[str] = frozenset()) -> str:
    """A title element without a first or last part that is the host's own name (``IATA - …`` at www.iata.org), or
    without what the title for sharing leaves out of it. ``sites``: what ``site_names`` found."""
    if shared and key(title) in sites:
        return shared
    labels = _host_names(url)
    pieces = _PARTS.split(title)
    if shared and shared != title and (title.startswith(shared) or title.endswith(shared)) and len(pieces) > 1:
        return shared
    if len(pieces) < 2:
        return title
    spans = [match.span() for match in _PARTS.finditer(title)]
    if key(pieces[0]).replace(" ", "") in labels or key(pieces[0]) in sites:
        return title[spans[0][1] :]
    if key(pieces[-1]).replace(" ", "") in labels or key(pieces[-1]) in sites:
        return title[: spans[-1][0]]
    return title


def find_headline(tree: Element, zone: Zone, parts: set[str], sites: frozenset[str] = frozenset()) -> Headline | None:
    """The best heading, or the element of the main zone that says what the title element says (its ``title_parts``);
    None when in doubt. A heading that only names the site (``site_names``) is none."""
    best: tuple[int, Element, str, bool] | None = None
    rivals: dict[str, int] = {}
    known: dict[Element, bool] = {}
    for element in tree.iter("h1", "h2", "h3"):
        if best is not None and best[3] and best[0] >= _MOST_SCORE[element.tag]:
            continue  # nothing this heading says can make it better
        text = text_of(element)
        if not text or len(text) > _LONGEST:
            continue
        line = line_key(text)
        if line in sites and line not in parts:
            continue
        agrees = agree(line, parts)
        score = _score(element, zone, agrees, known)
        if score is None:
            continue
        rivals[element.tag] = rivals.get(element.tag, 0) + (element in zone.weights)
        if best is None or score > best[0]:
            best = score, element, text, agrees
    if best is not None and best[3]:
        exact = line_key(best[2]) in parts
        return Headline(text=best[2], element=best[1], rule="heading like the title element", agrees=True, exact=exact)
    same = _same_as_title(zone, parts, known)
    if same is not None:
        return same
    named = _named_title(zone, known) if best is None or best[1].tag != "h1" else None
    if named is not None:
        return named
    if best is None or best[0] < _LEAST_SCORE or rivals[best[1].tag] > (3 if best[1].tag == "h1" else 1):
        return None
    return Headline(text=best[2], element=best[1], rule=f"first {best[1].tag}")


def agree(line: str, parts: set[str]) -> bool:
    """Whether a line says what the title element says; either may be cut short."""
    if line in parts:
        return True
    return len(line) > 24 and any(
        (part.startswith(line) and len(line) > 0.6 * len(part)) or (len(part) > 24 and line.startswith(part))
        for part in parts
    )


# What a heading is worth by its tag alone, and what it can be worth at most: it agrees, stands inside and is named so.
_BASE_SCORE = {"h1": 3, "h2": 2, "h3": 1}
_MOST_SCORE = {tag: score + 9 for tag, score in _BASE_SCORE.items()}


def _score(element: Element, zone: Zone, agrees: bool, known: dict[Element, bool]) -> int | None:
    """How much a heading looks like the headline; None when it stands in chrome or is hidden."""
    if _in_chrome(element, known):
        return None
    inside = element in zone.weights
    score = _BASE_SCORE[element.tag] + (6 if agrees else 0) + (2 if inside else 0)
    names = names_of(element)
    if _WEB_PART_TITLE.search(names) or not (agrees or _free_of_chrome(element, zone)):
        score -= 5
    elif _TITLE_NAMES.search(names):
        score += 1
    parent = element.getparent()
    if next(element.iterdescendants("a"), None) is not None or (parent is not None and parent.tag == "a"):
        score -= 3
    return score


def _in_chrome(element: Element, known: dict[Element, bool]) -> bool:
    """Whether an element is hidden or stands in a logo, menu, breadcrumb or footer; ``known`` remembers it of every
    element that was looked at, for most stand in the same ones."""
    part: Element | None = element
    passed: list[Element] = []
    found = False
    while part is not None and part.tag != "body":
        if part in known:
            found = known[part]
            break
        passed.append(part)
        if _is_dress(part):
            found = True
            break
        part = part.getparent()
    known.update(dict.fromkeys(passed, found))
    return found


def _is_dress(element: Element) -> bool:
    """Whether the element itself is hidden, a logo, menu, breadcrumb or footer."""
    if element.tag in _CHROME_TAGS:
        return True
    names = element.keys()
    if not names:
        return False
    ident = element.get("id") if "id" in names else None
    classes = element.get("class") if "class" in names else None
    return is_hidden(element, names) or (bool(ident or classes) and _is_chrome_name(ident, classes))


@lru_cache(20_000)
def _is_chrome_name(ident: str | None, classes: str | None) -> bool:
    return _CHROME_NAMES.search(name_words(f"{ident or ''} {classes or ''}")) is not None


def _free_of_chrome(element: Element, zone: Zone) -> bool:
    part: Element | None = element
    while part is not None and part is not zone.root:
        if zone.skip(part):
            return False
        part = part.getparent()
    return True


def _named_title(zone: Zone, known: dict[Element, bool]) -> Headline | None:
    """The first element of the main zone that its template calls the title of an article."""
    for element, weight in zone.weights.items():
        if not 10 <= weight.chars <= _LONGEST or weight.linked * 2 >= weight.chars or not element.attrib:
            continue
        if _ARTICLE_TITLE.search(names_of(element)) and not _in_chrome(element, known):
            return Headline(text=text_of(element), element=element, rule="element named as title")
    return None


def _same_as_title(zone: Zone, parts: set[str], known: dict[Element, bool]) -> Headline | None:
    """The first element of the main zone whose whole text is the title element's."""
    sizes = {len(part) for part in parts}
    if not sizes:
        return None
    least, most = min(sizes) * 0.9, max(sizes) * 1.3 + 24
    for element, weight in zone.weights.items():
        if not least <= weight.chars <= most or weight.linked * 2 >= weight.chars:
            continue
        text = text_of(element)
        says_it = line_key(text) in parts or line_key(split_title(text)[0]) in parts
        if says_it and not _in_chrome(element, known):
            return Headline(text=text, element=element, rule="text equal to the title element", agrees=True, exact=True)
    return None
