"""Which of a profile's layouts reads a page, and what its selectors point at."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from archive.models import Capture
from crawler.profile import Layout, SiteProfile


@lru_cache(512)
def compiled(selector: str) -> CSSSelector | None:
    """The selector ready for use; None for one that is no CSS (the profile's check names it)."""
    try:
        return CSSSelector(selector, translator="html")
    except SelectorError:
        return None


def select(tree: HtmlElement, selectors: tuple[str, ...]) -> list[HtmlElement]:
    """Elements of the first selector that finds any, in page order."""
    for selector in selectors:
        ready = compiled(selector)
        found = [element for element in ready(tree) if isinstance(element, HtmlElement)] if ready else []
        if found:
            return found
    return []


def layout_for(capture: Capture, text: str, tree: HtmlElement | None, profile: SiteProfile) -> Layout | None:
    """The first layout of the profile whose conditions all hold for this page."""
    parts = urlsplit(capture.url)
    host = parts.netloc.lower()
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    day = capture.fetched_at.date()
    for layout in profile.layout:
        if layout.since is not None and day < layout.since or layout.until is not None and day > layout.until:
            continue
        if layout.hosts and not any(_is_host(host, wanted.lower()) for wanted in layout.hosts):
            continue
        if layout.path and not re.search(layout.path, path, re.I):
            continue
        if layout.marks and not any(mark in text for mark in layout.marks):
            continue
        if layout.present and (tree is None or not select(tree, layout.present)):
            continue
        return layout
    return None


def _is_host(host: str, wanted: str) -> bool:
    if wanted.startswith("*."):
        return host.endswith(wanted[1:]) or host.split(":")[0].endswith(wanted[1:])
    return wanted in (host, host.split(":")[0])
