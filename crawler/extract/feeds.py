"""Machine-readable lists: site maps, RSS and Atom feeds, JSON data lists, and SharePoint's partial list views.

Hostile XML is harmless: entities are not resolved, nothing is fetched, depth and size keep the parser's limits. From
malformed XML everything is read up to where it stops making sense.
"""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterator

from lxml import etree

from archive.models import Capture, Link, LinkKind, ListingFound, ListItem, Outcome, Rejected
from crawler.extract.datalists import data_list_of, first_page, read_data, read_view
from crawler.extract.decode import decode
from crawler.extract.dom import parse, squash, text_of
from crawler.extract.links import page_links
from crawler.extract.moments import moment
from crawler.profile import SiteProfile
from crawler.sharepoint import address_kind, canonical_url, joined

__all__ = ["first_page", "read_feed"]

_ROOT = re.compile(
    r"\s*(?:<\?xml.*?\?>|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>|\s)*"
    r"<(?:[\w.-]+:)?(rss|feed|urlset|sitemapindex|rdf)\b",
    re.IGNORECASE | re.DOTALL,
)
_HTML = re.compile(rb"\s*(?:<!DOCTYPE[^\[>]*>)?\s*<html(?=[\s>])", re.IGNORECASE)
_DECLARATION = re.compile(r"\s*<\?xml.*?\?>", re.DOTALL)
_PARTIAL_VIEW = re.compile(r"/_layouts/(?:\d+/)?inplview\.aspx$", re.IGNORECASE)
_HEAD = 4096
#: Bytes a packed site map may unfold to; the protocol allows 50 MiB.
_UNPACKED = 64 * 1024 * 1024


def read_feed(capture: Capture, profile: SiteProfile) -> Outcome | None:
    """The list that a feed, site map or data answer holds; None for an answer that is none of them.

    ``items`` hold what feeds and data lists tell of their entries; a site map tells addresses alone, as ``links``. The
    next page of a data list stands in ``postbacks``.
    """
    data = data_list_of(capture, profile)
    if data is not None:
        return read_data(data, capture, profile)
    if _PARTIAL_VIEW.search(capture.url.partition("?")[0]):
        return _partial(capture, profile)
    if capture.body[:2] == b"\x1f\x8b":
        return _packed(capture, profile)
    if b"<" not in capture.body[:_HEAD] and capture.body[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return None
    return _xml(capture, capture.body, profile)


def _packed(capture: Capture, profile: SiteProfile) -> Outcome | None:
    unpack = zlib.decompressobj(wbits=31)
    try:
        body = unpack.decompress(capture.body, _UNPACKED)
    except zlib.error:
        return None  # not what its first bytes say: a file like any other
    return _xml(capture, body, profile)


def _xml(capture: Capture, body: bytes, profile: SiteProfile) -> Outcome | None:
    head = body[:_HEAD]
    if _HTML.match(head):
        return None  # most pages: not worth decoding
    found = _ROOT.match(decode(head, None).text)
    if found is None:
        return None
    root = _parsed(decode(body, capture.header("Content-Type")).text)
    if root is None:
        return Rejected(reason="undecodable", detail="XML that cannot be read")
    kind = found[1].lower()
    if kind in ("urlset", "sitemapindex"):
        return _sitemap(root, capture, profile)
    return _feed(root, capture, profile)


def _parsed(text: str) -> etree._Element | None:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    text = _DECLARATION.sub("", text.replace("\x00", ""), count=1)
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _sitemap(root: etree._Element, capture: Capture, profile: SiteProfile) -> ListingFound:
    links: dict[str, Link] = {}
    for entry in _elements(root, "url", "sitemap"):
        location = _value(entry, "loc")
        url = canonical_url(joined(capture.url, location), profile)
        kind = address_kind(url) if location else None
        if kind is not None:
            links[url] = Link(url=url, kind="sitemap" if _name(entry) == "sitemap" else kind, in_content=True)
    return ListingFound(links=tuple(links.values()), canonical_url=canonical_url(capture.url, profile))


def _feed(root: etree._Element, capture: Capture, profile: SiteProfile) -> ListingFound:
    links: dict[str, Link] = {}
    items: dict[str, ListItem] = {}
    for entry in _elements(root, "item", "entry"):
        url = canonical_url(joined(capture.url, _link(entry)), profile)
        kind = address_kind(url) if _link(entry) else None
        if kind is None:
            continue
        item = ListItem(
            url=url,
            title=_plain(_value(entry, "title")),
            lead=_plain(_value(entry, "description", "summary", "encoded", "content")),
            date=moment(_value(entry, "pubDate", "published", "date", "updated"), profile.timezone),
        )
        items.setdefault(url, item)
        links.setdefault(url, Link(url=url, text=item.title, kind=kind, in_content=True))
    for reference, kind in _further(root):
        url = canonical_url(joined(capture.url, reference), profile)
        if address_kind(url) is not None:
            links.setdefault(url, Link(url=url, kind=kind or address_kind(url) or "page", in_content=True))
    title = next((_plain(_value(channel, "title")) for channel in [*_elements(root, "channel"), root]), None)
    return ListingFound(
        links=tuple(links.values()),
        items=tuple(items.values()),
        title=title,
        canonical_url=canonical_url(capture.url, profile),
    )


def _further(root: etree._Element) -> Iterator[tuple[str, LinkKind | None]]:
    """Enclosed files and further pages of a feed."""
    for element in _elements(root, "enclosure"):
        yield element.get("url") or "", None
    for element in _elements(root, "link"):
        relation = element.get("rel") or ""
        if relation in ("next", "enclosure"):
            yield element.get("href") or "", "pager" if relation == "next" else None


def _partial(capture: Capture, profile: SiteProfile) -> Outcome | None:
    """A part of a list view that a script asks for: JSON where the browser draws it, else HTML."""
    text = decode(capture.body, capture.header("Content-Type")).text
    if text.lstrip("\ufeff \r\n\t")[:1] in ("{", "["):
        return read_view(text, capture, profile)
    tree = parse(text)
    if tree is None:
        return None
    links = page_links(tree, capture.url, profile, tree)
    return ListingFound(links=links, canonical_url=canonical_url(capture.url, profile)) if links else None


# --- elements, whatever their namespace -------------------------------------------------------------------------------


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _elements(root: etree._Element, *names: str) -> Iterator[etree._Element]:
    return root.iter(*(f"{{*}}{name}" for name in names))


def _value(entry: etree._Element, *names: str) -> str:
    """Text of the first child of one of these names, in the order of the names."""
    for name in names:
        for child in entry.iterchildren(f"{{*}}{name}"):
            text = "".join(map(str, child.itertext())).strip()
            if text:
                return text
    return ""


def _link(entry: etree._Element) -> str:
    """Address of an entry: the text of RSS's link, the reference of Atom's, or a guid that is an address."""
    for child in entry.iterchildren("{*}link"):
        href = child.get("href")
        if href is None and child.text and child.text.strip():
            return child.text.strip()
        if href and (child.get("rel") or "alternate") == "alternate":
            return href.strip()
    identity = _value(entry, "guid", "id")
    return identity if identity.startswith(("http://", "https://")) else ""


def _plain(text: str) -> str | None:
    """Text of what may be HTML, on one line; entities that HTML knows are resolved where XML did not."""
    if "<" in text:
        tree = parse(text)
        return (text_of(tree) or None) if tree is not None else None
    return squash(html.unescape(text)) or None
