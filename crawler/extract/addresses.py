"""Addresses of links and pictures as they may be kept: absolute, http or https, no dress."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element as Element

from archive.models import Image
from crawler.extract.dom import squash


def safe_url(base: str, href: str | None) -> str | None:
    """Absolute http(s) address of a link, or None when it leads elsewhere."""
    if not href:
        return None
    href = href.strip()
    if href.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
        return None
    try:
        origin = _origin(base)  # a base that cannot be taken apart leads nowhere, whatever is joined to it
        whole = _WHOLE.fullmatch(href)
        if whole is not None:
            return href if _is_host(whole[1]) else None
        if href.startswith("/") and not href.startswith("//") and "/." not in href:
            url, scheme, host = (
                origin.whole + href,
                origin.scheme,
                origin.host,
            )  # as joining would, in a tenth of its time
        else:
            url = urljoin(base, href)
            scheme, host, *_ = urlsplit(url)
        return url if scheme in ("http", "https") and _is_host(host) else None
    except ValueError:
        return None


# An address that joining gives back as it is: nothing in it is empty, no line ends, no parameters.
_WHOLE = re.compile(r"https?://([^\s/?#;\\]+)(?:/[^\s?#;]*)?(?:\?[^\s#;]+)?(?:#\S+)?")
# What no host's name holds: an attribute that was never closed has swallowed markup.
_NO_HOST = re.compile(r"[\s<>\"'`{}|\\^]")


def _is_host(host: str) -> bool:
    """Whether a host, with its port, can be one. Raises ValueError for one in brackets that is no address."""
    if "[" in host or "]" in host or not host.isascii():
        urlsplit(f"http://{host}/")
    return bool(host) and _NO_HOST.search(host) is None


class _Origin(NamedTuple):
    whole: str
    scheme: str
    host: str


@lru_cache(256)
def _origin(base: str) -> _Origin:
    parts = urlsplit(base)
    return _Origin(f"{parts.scheme}://{parts.netloc}", parts.scheme, parts.netloc)


# Pictures that belong to the page's dress: spacers, icons of file types, counters, buttons.
_DRESS = ("/_layouts/", "/_catalogs/", "spacer", "blank.gif", "/icons/", "/images/bullet")


def image_of(element: Element, base: str) -> Image | None:
    """A picture of the content, or None for dress: spacers, icons, tracking dots."""
    source = element.get("src") or element.get("data-src") or element.get("data-original")
    url = safe_url(base, source)
    if url is None:
        return None
    path = _path_of(url).lower()
    if any(word in path for word in _DRESS):
        return None
    for name in ("width", "height"):
        size = element.get(name, "").removesuffix("px")
        if size.isascii() and size.isdecimal() and int(size) < 24:
            return None
    return Image(url=url, alt=squash(element.get("alt")) or None)


def _path_of(url: str) -> str:
    """The path of an address that ``safe_url`` gave."""
    start = url.find("/", url.find("//") + 2)
    return url[start:].partition("#")[0].partition("?")[0] if start >= 0 else ""
