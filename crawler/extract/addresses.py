"""Addresses of links and pictures as they may be kept: absolute, http or https, no dress."""

from __future__ import annotations

import re
from functools import lru_cache
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
        if _WHOLE.fullmatch(href):
            _origin(base)  # a base that cannot be taken apart leads nowhere, whatever is joined to it
            url = href
        elif href.startswith("/") and not href.startswith("//") and "/." not in href:
            url = _origin(base) + href  # what joining gives, at a tenth of its time
        else:
            url = urljoin(base, href)
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or _NO_HOST.search(parts.netloc):
        return None
    return url


# An address that joining gives back as it is: nothing in it is empty, no line ends, no parameters.
_WHOLE = re.compile(r"https?://[^\s/?#;\\]+(?:/[^\s?#;]*)?(?:\?[^\s#;]+)?(?:#\S+)?")
# What no host's name holds: an attribute that was never closed has swallowed markup.
_NO_HOST = re.compile(r"[\s<>\"'`{}|\\^]")


@lru_cache(256)
def _origin(base: str) -> str:
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"


# Pictures that belong to the page's dress: spacers, icons of file types, counters, buttons.
_DRESS = ("/_layouts/", "/_catalogs/", "spacer", "blank.gif", "/icons/", "/images/bullet")


def image_of(element: Element, base: str) -> Image | None:
    """A picture of the content, or None for dress: spacers, icons, tracking dots."""
    source = element.get("src") or element.get("data-src") or element.get("data-original")
    url = safe_url(base, source)
    if url is None:
        return None
    path = urlsplit(url).path.lower()
    if any(word in path for word in _DRESS):
        return None
    for name in ("width", "height"):
        size = element.get(name, "").removesuffix("px")
        if size.isascii() and size.isdecimal() and int(size) < 24:
            return None
    return Image(url=url, alt=squash(element.get("alt")) or None)
