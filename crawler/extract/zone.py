"""The part of a page that holds its content: the main placeholder without chrome, menus and side columns.

SharePoint marks its main placeholder in every version; what stands around the content inside it is told by names
(``left-panel``, ``quickLaunch``), by link density and by the width of columns. Nothing that holds the headline or most
of the prose is ever taken for chrome, whatever it is called.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from lxml import etree
from lxml.etree import _Element as Element

from crawler.extract.dom import (
    BLOCKS,
    SILENT,
    Named,
    Names,
    hides,
    is_hidden,
    name_words,
    named_elements,
    names_of,
    words,
)
from crawler.sharepoint.controls import inner_text

# Where the content stands, in order of trust: each holds less of the page's dress than those after it.
_PLACEHOLDER = "DeltaPlaceHolderMain"
_MAIN_ROLE = etree.XPath("/descendant::main|/descendant::*/@role[.='main']/..")
_BODY_AREA = etree.XPath("/descendant::*/@class[contains(.,'s4-ca')]/..")
_CONTENT_IDS = (
    ("MSO_ContentTable", "ctl00_MSO_ContentTable"),
    ("MSO_ContentDiv", "ctl00_MSO_ContentDiv", "contentBox"),
    ("s4-bodyContainer", "s4-workspace"),
)
_RICH = "__ControlWrapper_RichHtmlField"

# What an element's id and classes (parted into words) say of it.
_CHROME = re.compile(
    r"\b(?:nav|navbar|navigation|(?:top|left|side|current|main) ?nav|(?:sub ?|mega ?)?menus?(?! ?(?:img|image))"
    r"|menu ?bar"
    r"|bread ?crumbs?|bread ?crum|site ?map ?path|footers?|page ?footer|(?<!with )(?<!has )(?<!no )(?<!w )side ?bar"
    r"|quick ?launch|quicklaunchouter"
    r"|quick ?links?|ribbon|tool ?bar|social|share|sharing|share ?bar|skip|pager|paging|pagination"
    r"|cookies?|copyright|comments?|related|search|search ?box|login|sign ?in ?link|poll|vote|weather"
    r"|counter|tags|tag ?(?:list|cloud)|site ?title|page ?header|top ?bar"
    r"|left ?(?:panel|col|column|zone|side|menu|bar)|right ?(?:panel|col|column|zone|side|menu|bar)"
    r"|contact ?box|google ?ad\w*|ad ?banner|advert\w*|banner ?ads?"
    r"|col(?:umn)? ?(?:left|right)|mid right zone|subscri\w+|newsletter"
    r"|tin ?lien ?quan|tin ?khac|lien ?quan|bai ?viet ?khac|quang ?cao|binh ?luan|luot ?truy ?cap|thong ?ke ?truy ?cap"
    r"|danh ?muc|chuyen ?muc|lien ?ket|cong ?cu)\b"
)
# Maps with labels of their own, texts for screen readers, and links dressed as buttons: out even inside the text.
_WIDGET = re.compile(
    r"\b(?:wcag \w+|screen ?reader\w*|assistive ?text|gm style|gmap ?canvas|map ?outer|map ?canvas|event ?map"
    r"|fb like|fb share|add ?this|(?:back ?|go ?|scroll ?|return ?)?to ?top(?: \w+)?|go ?top)\b"
)
# Names that speak against an element where no mark of SharePoint's leads to the text.
_BESIDE = re.compile(
    r"\b(?:captions?|credits?|gallery|galleries|slides?|slideshow|carousel|by ?lines?|authors?|author ?\w+|bio|tags?"
    r"|promos?|promo \w+|recommend\w*|most (?:read|popular|viewed)|popular|trending|sponsor\w*|teasers?|read ?more"
    r"|outbrain|taboola|disqus|video|player|pop ?up|modal|ads?|ad ?\w+|mc ?embed\w*|donat\w+|dateline|time ?stamp"
    r"|post ?meta|entry ?meta|meta ?info|cta|signup|sign ?up|subscribe|notification|alert|toc|print ?only|pullquote)\b"
)
_BUTTON = re.compile(r"\b(?:btn|button)\b")
_DEEPEST = 180
_MENU = 4
_MOST_IN_MENU = 500
_WEIGHED = BLOCKS | {"span"}
_TABLES = frozenset(("table", "tbody", "thead", "tr", "td", "th"))
_CHROME_TAGS = frozenset(("nav", "footer", "aside"))
_CHROME_ROLES = words("navigation banner contentinfo search complementary menu menubar toolbar dialog")
_WEB_PART = re.compile(r"ms-wpbody", re.I)
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z|rtf|odt|ods|csv)(?:[?#]|$)", re.I)
_COLUMN = re.compile(r"\b(?:col(?: (?:xs|sm|md|lg|xl))?|large|medium|grid|span) (\d{1,2})\b")
_FRACTION = re.compile(r"\b(?:grid|col|column|columns) ?(\d) (\d)\b")
_WIDTH = re.compile(r"(?:^|;)\s*width\s*:\s*(\d{1,3})(?:\.\d+)?%", re.I)


_WHY = {
    "hidden": "hidden from readers",
    "widget": "navigation, map or buttons",
    "button": "a button",
    "chrome": "named as a part of the page's dress",
    "list": "a list of links",
}


@dataclass(slots=True)
class _Weight:
    """Visible text of an element."""

    chars: int = 0
    linked: int = 0
    links: int = 0
    files: int = 0


@dataclass(slots=True)
class Zone:
    """The main part of a page and what in it is no content."""

    root: Element
    weights: dict[Element, _Weight] = field(default_factory=dict)
    hidden: set[Element] = field(default_factory=set)
    safe: set[Element] = field(default_factory=set)
    """Elements that hold the headline or most of the prose: never chrome."""
    rich: set[Element] = field(default_factory=set)
    """Rich text fields of the main column: written by an editor, so their link lists are content."""
    marked: bool = False
    """SharePoint's own marks name this part; elsewhere the text must still be looked for in it."""
    loose: bool = False
    """Names that only mean something outside SharePoint count as well."""
    keep_links: bool = False
    """Lists of links are content here (a section list, a home page)."""
    passed: bool = False
    """A list of links was left out that ``keep_links`` would keep."""
    dropped: set[Element] = field(default_factory=set)
    """Elements that a layout's ``drop`` selectors name."""

    verdicts: dict[Element, str] = field(default_factory=dict)
    """What is to be said of every weighed element, see ``_verdict``; most are innocent: an empty text."""

    def skip(self, element: Element) -> bool:
        """Whether an element is left out of the content."""
        verdict = self.verdicts.get(element)
        if verdict is None:
            verdict = _verdict(element, element.keys())  # outside the zone, or too deep in it
            if not verdict and self.is_menu(element):
                verdict = "list"
        if not verdict:  # most elements
            return element in self.dropped
        if verdict == "hidden" or element in self.dropped:
            return True
        if element in self.safe or element in self.rich:
            return False
        return self._condemned(element, verdict)

    def why(self, element: Element) -> str | None:
        """Why an element is left out of the content, in words; None for one that ``skip`` keeps."""
        if not self.skip(element):
            return None
        if element in self.dropped:
            return "a narrow column beside the text"
        verdict = self.verdicts.get(element) or _verdict(element, element.keys())
        if verdict == "chrome" and (self._is_main(element) or self._in_rich(element)):
            verdict = "list"
        called = _CHROME.search(names_of(element))
        return _WHY.get(verdict, _WHY["list"]) + (f": {called.group()}" if called and verdict == "chrome" else "")

    def _condemned(self, element: Element, verdict: str) -> bool:
        if verdict == "widget" or (verdict == "button" and self._is_short(element)):
            return True
        if verdict == "beside":
            return self.loose and not self._is_main(element)
        if verdict == "chrome" and not self._is_main(element) and not self._in_rich(element):
            return True
        if self.keep_links or not self._link_list(element):
            return False
        self.passed = True
        return True

    def _is_main(self, element: Element) -> bool:
        """Whether the element holds half of the prose: then its name says nothing."""
        weight, whole = self.weights.get(element), self.weights[self.root]
        return weight is not None and (weight.chars - weight.linked) * 2 > whole.chars - whole.linked

    def is_menu(self, element: Element) -> bool:
        """Four links or more and little else, none of them a file: a menu, a list of other articles."""
        weight = self.weights.get(element)
        if weight is None or weight.links < _MENU or weight.files * 2 >= weight.links:
            return False
        if weight.chars - weight.linked > _MOST_IN_MENU:
            return False  # a wrapper of everything, of a page with long menus
        return weight.linked >= 0.8 * weight.chars and (element.tag in BLOCKS or bool(element.attrib))

    def _link_list(self, element: Element) -> bool:
        return self.is_menu(element) and not self._in_rich(element)

    def _in_rich(self, element: Element) -> bool:
        return bool(self.rich) and any(ancestor in self.rich for ancestor in element.iterancestors())

    def _is_short(self, element: Element) -> bool:
        return len(inner_text(element).strip()) <= 30


def _verdict(element: Element, names: Names) -> str:
    """What an element's tag and attributes make of it. ``names``: those of its attributes.

    hidden: never seen; widget: out wherever it stands; button: out when it is short; chrome: out unless it holds the
    text; empty: nothing speaks against it.
    """
    tag = element.tag
    if not names:
        return "widget" if tag in _CHROME_TAGS else ""
    get = element.get  # asked only for what is there: a name is found faster among a few than by the tree
    verdict = _judged(
        tag,
        get("id") if "id" in names else None,
        get("class") if "class" in names else None,
        get("style") if "style" in names else None,
    )
    if verdict == "hidden" or "hidden" in names:
        return "hidden"
    return "widget" if "role" in names and get("role") in _CHROME_ROLES else verdict


@lru_cache(20_000)
def _judged(tag: str, ident: str | None, classes: str | None, style: str | None) -> str:
    """What an element's tag, names and style make of it: hidden, widget, chrome, beside, button, or nothing."""
    if hides(tag, ident, classes, style):
        return "hidden"
    if tag in _CHROME_TAGS:
        return "widget"
    return _named(tag, ident, classes) if ident or classes else ""


def _named(tag: str, ident: str | None, classes: str | None) -> str:
    """What an element's names make of it: widget, chrome, beside, button, or nothing."""
    words = name_words(f"{ident or ''} {classes or ''}")
    if _WIDGET.search(words):
        return "widget"
    if _CHROME.search(words) or ("noindex" in words and not _WEB_PART.search(classes or "")):
        return "chrome"
    if tag not in _TABLES and _BESIDE.search(words):
        return "beside"
    return "button" if tag in ("a", "div", "span") and _BUTTON.search(words) else ""


def main_zone(tree: Element, named: Named | None = None) -> Zone:
    """The main part of the page, weighed; chrome is known to ``Zone.skip``. ``named``: its elements with an id, if
    known."""
    best, marked = tree, False
    named = named_elements(tree) if named is None else named
    for rank, (own, found) in enumerate(_candidates(tree, named)):
        seen = [element for element in found if not is_hidden(element)]
        enough = 40 if len(seen) < 2 else sys.maxsize
        sized = [(_visible(element, enough), element) for element in seen]
        if len(sized) > 1 and not own:  # a page of several articles: the one with the page's heading is meant
            sized = [pair for pair in sized if next(pair[1].iter("h1"), None) is not None] or sized
        if sized:
            size, element = max(sized, key=lambda pair: pair[0])
            # SharePoint's own placeholder is the page, however little it holds; other names must hold something.
            if size >= 40 or rank == 0:
                best, marked = element, own
                break
    zone = Zone(root=best, marked=marked)
    zone.weights[best] = _weigh(zone, best, False, 0)
    _protect_rich(zone, [element for name, element in named if name.endswith(_RICH) and element in zone.weights])
    return zone


def _candidates(tree: Element, named: Named) -> Iterator[tuple[bool, list[Element]]]:
    """Elements of each rank, and whether the mark is SharePoint's own. ``named``: those with an id, and their ids."""
    yield True, [element for name, element in named if _PLACEHOLDER in name]
    yield False, cast("list[Element]", _MAIN_ROLE(tree))
    area = [
        element for element in cast("list[Element]", _BODY_AREA(tree)) if "s4-ca" in element.get("class", "").split()
    ]
    yield True, area + [element for name, element in named if name == "s4-ca"]
    for names in _CONTENT_IDS:
        yield True, [element for name, element in named if name in names]
    yield False, list(tree.iter("body"))


def _visible(element: Element, enough: int) -> int:
    """Characters of text outside scripts, roughly; counted up to ``enough``."""
    size = 0
    for part in element.iter():
        if part.tag not in SILENT and part.text:
            size += len(part.text.strip())
        if part.tail and part is not element:
            size += len(part.tail.strip())
        if size >= enough:
            break
    return size


def _weigh(zone: Zone, element: Element, in_link: bool, depth: int) -> _Weight:
    """Sums visible text bottom-up; hidden elements are noted and weigh nothing."""
    text = element.text
    own = len(text.strip()) if text else 0
    chars = linked = links = files = 0
    for child in element if depth < _DEEPEST else ():
        tag = child.tag
        if isinstance(tag, str) and tag not in SILENT:
            names = child.keys()
            if names:
                verdict = zone.verdicts[child] = _verdict(child, names)
            else:
                verdict = zone.verdicts[child] = "widget" if tag in _CHROME_TAGS else ""
            if verdict == "hidden":
                zone.hidden.add(child)
            elif tag != "a" and not len(child):  # half of all elements: weighed without a call
                text = child.text
                size = len(text.strip()) if text else 0
                chars += size
                if in_link:
                    linked += size
                if tag in _WEIGHED:
                    zone.weights[child] = _Weight(size, size if in_link else 0)
            else:
                inner = _weigh(zone, child, in_link or tag == "a", depth + 1)
                chars += inner.chars
                linked += inner.linked
                links += inner.links
                files += inner.files
                if inner.links >= _MENU and not verdict and zone.is_menu(child):
                    zone.verdicts[child] = "list"
        text = child.tail
        if text:
            own += len(text.strip())
    chars += own
    if in_link:
        linked += own
    tag = element.tag
    if tag == "a" and chars:
        links += 1
        files += bool(_FILE.search(element.get("href") or ""))
    weight = _Weight(chars, linked, links, files)
    if tag in _WEIGHED:
        zone.weights[element] = weight
    return weight


def _protect_rich(zone: Zone, fields: list[Element]) -> None:
    """Guards those of the zone's rich fields that hold most of the editors' prose, and everything they stand in."""
    total = sum(zone.weights[element].chars for element in fields)
    for element in fields:
        if zone.weights[element].chars * 2 >= total > 0:
            zone.rich.add(element)
            protect(zone, element)


def protect(zone: Zone, element: Element) -> None:
    """From now on neither the element nor what it stands in is chrome."""
    zone.safe.add(element)
    for ancestor in element.iterancestors():
        zone.safe.add(ancestor)
        if ancestor is zone.root:
            break


def narrow_columns(zone: Zone, anchor: Element | None) -> None:
    """Drops side columns: narrow neighbours of the column that holds the headline (or, without one, the most prose)."""
    element = anchor if anchor is not None else max(zone.rich, key=lambda e: zone.weights[e].chars, default=None)
    while element is not None and element is not zone.root:
        parent = element.getparent()
        if parent is None:
            return
        own = _share(element)
        if own is not None and own >= 0.5:
            zone.dropped.update(
                sibling
                for sibling in parent
                if sibling is not element
                and isinstance(sibling.tag, str)
                and (share := _share(sibling)) is not None
                and share <= 0.34
                and sibling not in zone.safe
            )
        element = parent


def _share(element: Element) -> float | None:
    """Share of the row's width a column takes, by grid class, style or attribute; None when it says nothing."""
    classes = element.get("class")
    says, share = _share_named(classes) if classes else (False, None)
    if says:
        return share
    style = element.get("style")
    width = _WIDTH.search(style) if style else None
    if width:
        return int(width.group(1)) / 100
    attribute = element.get("width", "")
    if attribute.endswith("%") and attribute[:-1].isdecimal():
        return int(attribute[:-1]) / 100
    return None


@lru_cache(5_000)
def _share_named(classes: str) -> tuple[bool, float | None]:
    """Whether classes tell a column's width in a grid, and the share of the row they tell, if it is a possible one."""
    names = name_words(classes)
    fraction = _FRACTION.search(names)
    if fraction and 0 < int(fraction.group(1)) <= int(fraction.group(2)):
        return True, int(fraction.group(1)) / int(fraction.group(2))
    found = [int(number) for number in _COLUMN.findall(names)]
    columns = max((number for number in found if number <= 16), default=0)
    return bool(found), columns / (16 if "grid" in classes else 12) if columns else None
