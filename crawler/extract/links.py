"""Every address a page leads to: absolute, canonical, once, and what is likely to be behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from lxml import etree
from lxml.etree import _Element as Element

from archive.models import Link, LinkKind
from crawler.extract.dom import squash
from crawler.profile import SiteProfile
from crawler.sharepoint import address_kind, canonical_url, in_scope, joined, script_text, spelled_url, web_origin
from crawler.sharepoint.controls import clicked, inner_text

_TAGS = ("a", "area", "img", "iframe", "frame", "embed", "object", "source", "link", "meta", "option")
_ADDRESS_IN = {"a": "href", "area": "href", "iframe": "src", "frame": "src", "embed": "src", "object": "data"}
_PAGING_SCRIPTS = etree.XPath("/descendant::script[contains(., 'NextHref')]/text()")

_STRING = r"""(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")(?!\s*\+)"""
_SCRIPTED = re.compile(
    r"(?:\bopen|STSNavigate2?|RefreshPageTo|SubmitFormPost|OpenPopUpPage(?:WithTitle)?|\blocation\.(?:assign|replace))"
    rf"\(\s*(?:[\w.]+\s*,\s*)?{_STRING}|\blocation(?:\.href)?\s*=\s*{_STRING}"
)
_NEXT_HREF = re.compile(rf"""["']NextHref["']\s*:\s*{_STRING}""")
_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]\s*url\s*=\s*['\"]?([^'\"]+)", re.IGNORECASE)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml")
_CHROME_PICTURE = re.compile(r"/_layouts/", re.IGNORECASE)
_NOT_WEB = re.compile(
    r"(?:mailto|tel|data|file|ftp|about|blob|callto|skype|sms|zalo|ms-[a-z-]+|vbscript|javascript):", re.I
)
# A relative reference that joining only puts behind the folder: no scheme, nothing escaped, no blanks.
_PLAIN = re.compile(r"[\w.-][\w./=-]*")
_LONGEST_TEXT = 300
_REMEMBERED_LENGTH = 2048


@dataclass(slots=True)
class _Base:
    """What the references of a page start from."""

    url: str
    origin: str
    """Empty for text that is no address."""
    folder: str
    """What a plain relative reference is put behind."""


@dataclass(slots=True)
class _Collected:
    """Links in order of appearance, one an address."""

    base: _Base
    profile: SiteProfile
    content: frozenset[Element]
    links: dict[str, Link] = field(default_factory=dict)

    def add(self, href: str, element: Element | None, kind: LinkKind | None = None) -> None:
        """Take a reference as found; what leads nowhere on the web is passed over."""
        destination = _destination_of(href, self.base, self.profile)
        if destination is None:
            return
        url, spelled, found = destination
        inside = element is not None and element in self.content
        known = self.links.get(url)
        if known is None:
            text = _text(element) if element is not None else None
            self.links[url] = Link(url=url, spelled=spelled, text=text, kind=kind or found, in_content=inside)
        elif known.text is None or inside > known.in_content:
            text = known.text or (_text(element) if element is not None else None)
            inside = known.in_content or inside
            self.links[url] = Link(url=url, spelled=known.spelled, text=text, kind=known.kind, in_content=inside)


def page_links(
    tree: Element,
    base_url: str,
    profile: SiteProfile,
    content: Element | None = None,
    source: bytes | None = None,
    scripted: list[Element] | None = None,
) -> tuple[Link, ...]:
    """The links of a parsed page in order of appearance, each address once.

    ``base_url`` is where the page was found; its own ``<base href>`` counts. Links that stand in ``content`` are marked
    ``in_content``. Addresses that scripts open are taken too; ``mailto:`` and its like, and addresses no browser could
    open, are not. Pictures are named with kind ``image`` and are the caller's to choose from. ``source``, the page as
    UTF-8, and ``scripted``, what ``controls.clicked`` found, save looks.
    """
    inside = frozenset(content.iter(*_TAGS)) if content is not None else frozenset()
    found = _Collected(base=_base(tree, base_url), profile=profile, content=inside)
    scripted = clicked(tree) if scripted is None else scripted
    pressed = frozenset(scripted)
    for element in tree.iter(*_TAGS):
        if element.tag == "a" and element not in pressed:  # most links run no script
            href = element.get("href")
            if href and href[0] not in "#jJ":
                found.add(href, element)
                continue
        for href, kind in _references(element):
            found.add(href, element, kind)
    for element in scripted:
        if element.tag == "a":
            continue
        for href in _script_addresses(element.get("onclick") or ""):
            if content is not None and content in (element, *element.iterancestors()):
                found.content |= {element}
            found.add(href, element)
    paging = cast(list[str], _PAGING_SCRIPTS(tree)) if source is None or b"NextHref" in source else ()
    for script in paging:  # a list drawn by the browser tells its next page as data
        for match in _NEXT_HREF.finditer(script):
            found.add(script_text(match[1] or match[2] or ""), None, "pager")
    return tuple(found.links.values())


def declared_canonical(tree: Element, base_url: str, profile: SiteProfile) -> str | None:
    """The canonical form of the address the page declares for itself by ``rel=canonical``.

    None where it declares none, or one that cannot be meant: outside the portal, or the home page for another page
    (some templates write the site's address on every page).
    """
    for element in tree.iter("link"):
        if "canonical" in (element.get("rel") or "").lower().split():
            declared = _destination_of(element.get("href") or "", _base(tree, base_url), profile)
            if declared is None or not in_scope(declared[0], profile):
                return None
            url = declared[0]
            is_home = url == web_origin(url) + "/"
            return None if is_home and canonical_url(base_url, profile) != url else url
    return None


def _base(tree: Element, base_url: str) -> _Base:
    declared = next((element.get("href") for element in tree.iter("base") if element.get("href")), None)
    url = joined(base_url, declared) if declared else base_url
    return _Base(url=url, origin=web_origin(url), folder=joined(url, "x")[:-1])


_Reference = tuple[str, LinkKind | None]


def _references(element: Element) -> Iterable[_Reference]:
    """References of one element, with the kind where the element itself tells it."""
    tag = element.tag
    if tag in _ADDRESS_IN:
        return _followed(element, element.get(_ADDRESS_IN[tag]) or "")
    if tag in ("img", "source"):
        return _pictures(element)
    if tag == "link":
        return _related(element)
    if tag == "option":
        return _chosen(element)
    refresh = (element.get("http-equiv") or "").lower() == "refresh"
    target = _REFRESH.match(element.get("content") or "") if refresh else None
    return ((target[1], None),) if target else ()


def _followed(element: Element, href: str) -> Iterable[_Reference]:
    onclick = element.get("onclick")
    scripted = href[:11].lower() == "javascript:"
    if not scripted and not onclick:
        return ((href, None),) if href and href[0] != "#" else ()
    found: list[_Reference] = []
    if scripted:
        found += ((address, None) for address in _script_addresses(href))
    elif href and href[0] != "#":
        found.append((href, None))
    if onclick:
        found += ((address, None) for address in _script_addresses(onclick))
    return found


def _pictures(element: Element) -> Iterator[_Reference]:
    for name in ("src", "data-src", "data-original"):
        source = element.get(name)
        if source and source[:5].lower() != "data:" and not _CHROME_PICTURE.search(source):
            yield source, "image"


def _related(element: Element) -> Iterable[_Reference]:
    href = element.get("href")
    relations = (element.get("rel") or "").lower().split()
    if not href or not relations:
        return ()
    if "alternate" in relations and (element.get("type") or "").lower() in _FEED_TYPES:
        return ((href, "feed"),)
    if "next" in relations or "prev" in relations:
        return ((href, "pager"),)
    known = "canonical" in relations or ("alternate" in relations and element.get("hreflang"))
    return ((href, None),) if known else ()


def _chosen(element: Element) -> Iterable[_Reference]:
    """An address behind an entry of a drop-down that opens what is chosen."""
    value = element.get("value") or ""
    if not value.startswith(("http://", "https://", "/")):
        return ()
    select = next(element.iterancestors("select"), None)
    script = (select.get("onchange") or "") if select is not None else ""
    return ((value, None),) if "location" in script or "open" in script else ()


def _script_addresses(script: str) -> Iterator[str]:
    for match in _SCRIPTED.finditer(script):
        address = script_text(next((group for group in match.groups() if group), ""))
        if address and " " not in address.strip() and not address.startswith("#"):
            yield address


def _text(element: Element) -> str | None:
    if element.tag in ("a", "area", "option") or element.get("onclick"):
        shown = squash(inner_text(element))
        if not shown:
            pictures = (image.get("alt") for image in element.iter("img"))
            shown = squash(element.get("title") or element.get("alt") or next(filter(None, pictures), None))
        return shown[:_LONGEST_TEXT] or None
    return squash(element.get("alt") or element.get("title"))[:_LONGEST_TEXT] or None


def _destination_of(href: str, base: _Base, profile: SiteProfile) -> tuple[str, str | None, LinkKind] | None:
    """Canonical address, its spelling and kind of a reference; None for what leads nowhere on the web."""
    if href[:1] == "/" and href[1:2] not in ("/", "\\") and base.origin:
        address = base.origin + href
    elif href[:8] == "https://" or href[:7] == "http://":
        address = href
    elif _PLAIN.fullmatch(href) and base.origin:
        address = base.folder + href
    else:
        href = href.strip()
        if not href or href.startswith("#") or _NOT_WEB.match(href):
            return None
        address = joined(base.url, href)
    return _remembered(address, profile) if len(address) <= _REMEMBERED_LENGTH else _destination(address, profile)


def _destination(address: str, profile: SiteProfile) -> tuple[str, str | None, LinkKind] | None:
    url = canonical_url(address, profile)
    kind = address_kind(url)
    return None if kind is None else (url, spelled_url(url, address), kind)


@lru_cache(maxsize=8192)
def _remembered(address: str, profile: SiteProfile) -> tuple[str, str | None, LinkKind] | None:
    """A menu stands on every page of a portal: its addresses are taken apart once."""
    return _destination(address, profile)
