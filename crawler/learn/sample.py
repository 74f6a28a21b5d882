"""Which of many captured pages are compared: a sample of bounded size that does not depend on their order.

Pages are drawn host by host and, within a host, by the shape of their addresses, so that a small section is not lost
beside a large one. Of each shape those pages stay whose identity has the lowest SHA-256: a draw like any other, and the
same one whenever the same pages come, in whatever order.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from archive.models import Capture
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url

#: Pages kept of one shape of address, shapes of one host, and hosts; packed, they take some 400 MB at the very most.
PAGES = 64
SHAPES = 16
HOSTS = 24
#: A larger page is no article; its size alone would fill the memory.
LARGEST = 2_000_000

T = TypeVar("T")

_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_NAMES = re.compile(rb"\b(?:class|id)=[\"']?([^\"'>]{1,80})", re.I)
_VARYING = re.compile(rb"[0-9a-f]{8,}|\d+", re.I)


@dataclass(slots=True)
class _Shape:
    """The pages of one shape of address: rank -> capture with its body packed."""

    kept: dict[str, Capture] = field(default_factory=dict)

    def add(self, rank: str, capture: Capture) -> None:
        known = self.kept.get(rank)
        if known is not None:
            if _newer(capture, known):
                self.kept[rank] = _packed(capture)
            return
        if len(self.kept) >= PAGES:
            last = max(self.kept)
            if rank > last:
                return
            del self.kept[last]
        self.kept[rank] = _packed(capture)


@dataclass(slots=True)
class _Host:
    shapes: dict[str, _Shape] = field(default_factory=dict)
    pages: int = 0


class Sample:
    """Captured pages, fed one by one."""

    def __init__(self, profile: SiteProfile, host: str | None = None) -> None:
        self._profile = profile
        self._only = host.lower() if host else None
        self._hosts: dict[str, _Host] = {}
        self.left_out: set[str] = set()
        """Hosts without room; they can be asked for by name."""

    def add(self, capture: Capture) -> bool:
        """Whether the capture is a page that may be compared; whether it stays is the draw's business."""
        if not _is_page(capture):
            return False
        canonical = canonical_url(capture.url, self._profile)
        name = urlsplit(canonical).netloc.lower()
        if not name or (self._only and self._only not in (name, name.partition(":")[0])):
            return False
        host = self._placed(name)
        if host is None:
            return False
        host.pages += 1
        shape = _chosen(host.shapes, shape_of(canonical), SHAPES, _Shape)
        if shape is not None:
            shape.add(_rank(canonical, capture.body), capture)
        return True

    def _placed(self, name: str) -> _Host | None:
        before = set(self._hosts)
        host = _chosen(self._hosts, name, HOSTS, _Host)
        self.left_out |= before - set(self._hosts)
        if host is None:
            self.left_out.add(name)
        return host

    def hosts(self) -> list[str]:
        """Hosts with pages, by name."""
        return sorted(self._hosts)

    def pages_of(self, host: str) -> int:
        """Pages of a host that were seen, whether they stayed or not."""
        return self._hosts[host].pages

    def packed(self, host: str) -> list[Capture]:
        """The drawn pages of a host, for ``unpacked``, in an order that depends on nothing but themselves."""
        ranked = {rank: capture for shape in self._hosts[host].shapes.values() for rank, capture in shape.kept.items()}
        return [ranked[rank] for rank in sorted(ranked)]


def shape_of(url: str) -> str:
    """What addresses of one kind have in common: numbers, hashes and slugs taken out.

    >>> shape_of("https://a.vn/Pages/tin-tuc-12/le-hoi-xuan-o-1a2b.aspx?ItemID=3")
    '/pages/*/*.aspx?itemid'
    """
    parts = urlsplit(url)
    pieces = []
    for piece in parts.path.lower().split("/"):
        stem, dot, ending = piece.rpartition(".")
        stem, ending = (stem, dot + ending) if dot and len(ending) <= 5 else (piece, "")
        varied = stem.count("-") > 1 or any(letter.isdecimal() for letter in stem) or len(stem) > 24
        pieces.append(("*" if varied else stem) + ending)
    names = sorted({name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return "/".join(pieces) + ("?" + "&".join(names) if names else "")


def _is_page(capture: Capture) -> bool:
    if capture.method != "GET" or capture.status != 200 or capture.revisit or capture.truncated:
        return False
    return capture.mimetype in _PAGE_TYPES and 0 < len(capture.body) <= LARGEST


def _rank(canonical: str, body: bytes) -> str:
    """Identity of a page in one dress: the same page after a redesign is another."""
    names = sorted({_VARYING.sub(b"#", found) for found in _NAMES.findall(body)})
    return hashlib.sha256(canonical.encode() + b"\0" + b"\n".join(names)).hexdigest()


def _newer(one: Capture, other: Capture) -> bool:
    mine = hashlib.sha256(one.body).hexdigest()
    theirs = hashlib.sha256(zlib.decompress(other.body)).hexdigest()
    return (one.fetched_at, mine) > (other.fetched_at, theirs)


def _packed(capture: Capture) -> Capture:
    return replace(capture, body=zlib.compress(capture.body, 1), request_body=b"")


def unpacked(capture: Capture) -> Capture:
    """A drawn page with its body as the server sent it."""
    return replace(capture, body=zlib.decompress(capture.body))


def _chosen(table: dict[str, T], name: str, most: int, make: type[T]) -> T | None:
    """The entry of that name, made while it is among the ``most`` names of lowest digest; others give way."""
    if name not in table:
        if len(table) >= most:
            last = max(table, key=_digest)
            if _digest(name) > _digest(last):
                return None
            del table[last]
        table[name] = make()
    return table[name]


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
