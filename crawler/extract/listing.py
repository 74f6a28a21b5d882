"""Section lists, home pages and site maps: their entries, and how a page of theirs is told from an article."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from archive.models import ListItem
from crawler.extract.addresses import safe_url
from crawler.extract.article import Draft
from crawler.extract.blocks import Block
from crawler.extract.boilerplate import is_aside, is_chrome
from crawler.extract.dates import date_line, read_date
from crawler.extract.page import Page
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url

PageKind = Literal["article", "listing", "empty", "form", "none"]

_LIST_PATH = re.compile(
    r"(?:^|/)(?:default|home|index|trang-?chu|allitems|site-?map|sodo\w*|so-do\w*|danh-?sach\w*|chuyen-?muc|list\w*)\.aspx$"
    r"|/$|/forms/[^/]+\.aspx$|^$|/(?:index|home)\.(?:html?|php)$|/sitemap",
    re.I,
)
_LIST_QUERY = re.compile(r"(?:^|&)(?:page|paged|p_id|cateid|chuyenmucid|trang|pageindex)=", re.I)
_DETAIL_PATH = re.compile(
    r"-[0-9a-f]{4}\.aspx$|-[0-9a-f]{16}\.aspx$|/\d{4}-\d{1,2}-\d{1,2}/|(?:dispform|view_?detail|detail|chi-?tiet[\w-]*|print)\.aspx$",
    re.I,
)
_DETAIL_QUERY = re.compile(r"(?:^|&)(?:itemid|nid|newsid|id_news|articleid)=[\w-]", re.I)
_ID_QUERY = re.compile(r"(?:^|&)id=[\w-]", re.I)
_PAGE_PATH = re.compile(r"\.(?:aspx|php|html?)$|/[\w-]+/?$", re.I)
_FEW_FILES = 5
_INPUTS = frozenset(("text", "email", "tel", "password", "number", "search", ""))


def is_detail_url(url: str) -> bool:
    """Whether the address looks like one article's."""
    parts = urlsplit(url)
    if _DETAIL_PATH.search(parts.path) or _DETAIL_QUERY.search(parts.query):
        return True
    return _ID_QUERY.search(parts.query) is not None and _LIST_QUERY.search(parts.query) is None


def is_list_url(url: str) -> bool:
    """Whether the address looks like a list's or a home page's."""
    parts = urlsplit(url)
    listed = _LIST_PATH.search(parts.path) is not None or _LIST_QUERY.search(parts.query) is not None
    return listed and not is_detail_url(url)


def without_asides(blocks: list[Block]) -> list[Block]:
    """Blocks without those under a heading such as "Quick links", up to the next heading."""
    kept: list[Block] = []
    inside = False
    for block in blocks:
        if block.kind == "h" or block.bold:
            inside = is_aside(block.text)
        if not inside:
            kept.append(block)
    return kept


def list_items(blocks: list[Block], url: str, profile: SiteProfile) -> list[ListItem]:
    """Entries among the blocks: a linked title with its canonical address, the lead and the date that stand by it."""
    timezone = profile.timezone
    items: list[ListItem] = []
    seen: dict[str, int] = {}
    open_item: int | None = None
    for block in blocks:
        found = _entry(block, url, profile)
        if found is None:
            if open_item is not None:
                items[open_item] = _completed(items[open_item], block, timezone)
            continue
        if found.url in seen:
            open_item = seen[found.url]
            items[open_item] = _longer(items[open_item], found)
            continue
        day = read_date(block.text.replace(found.title or "", " "), timezone)
        seen[found.url] = open_item = len(items)
        items.append(replace(found, date=day.at if day else None))
    return items


def _entry(block: Block, url: str, profile: SiteProfile) -> ListItem | None:
    """The linked title a block is led by; a row of a table may link a short number beside the title."""
    if not block.links:
        return _picture_entry(block, url, profile)
    href, text = max(block.links, key=lambda link: len(link[1]))
    if block.kind == "row":
        title = text if len(text) >= 12 else max(block.cells, key=len, default="")
    elif len(text) >= (3 if block.kind in ("li", "h") else 12) and len(text) >= 0.5 * len(block.text):
        title = text
    else:
        return None
    target = safe_url(url, href) if title and text and not is_chrome(text) else None
    return ListItem(url=canonical_url(target, profile), title=title) if target else None


def _picture_entry(block: Block, url: str, profile: SiteProfile) -> ListItem | None:
    """An entry whose link holds a picture and no words; what stands beside it is its lead."""
    target = safe_url(url, block.bare[-1]) if block.bare else None
    if target is None or not _PAGE_PATH.search(urlsplit(target).path):
        return None
    title = next((image.alt for image in block.images if image.alt), None)
    lead = block.text if len(block.text) >= 30 else None
    return ListItem(url=canonical_url(target, profile), title=title, lead=lead)


def _longer(known: ListItem, found: ListItem) -> ListItem:
    title = found.title if len(found.title or "") > len(known.title or "") else known.title
    return replace(known, title=title, lead=known.lead or found.lead)


def _completed(item: ListItem, block: Block, timezone: str) -> ListItem:
    line = date_line(block.text, timezone)
    if line is not None and item.date is None:
        return replace(item, date=line.date.at)
    if item.lead is None and len(block.text) >= 30 and block.linked * 2 < len(block.text):
        return replace(item, lead=block.text)
    return item


@dataclass(frozen=True, kw_only=True, slots=True)
class Shares:
    """How a page's text is divided."""

    text: int
    """Characters of the article as it would be read, link-led lines apart."""
    listed: int
    """Characters in entries: titles and leads."""
    whole: int
    """Characters of all blocks, link lists included."""


def shares(draft: Draft, items: list[ListItem], blocks: list[Block]) -> Shares:
    """Measures for ``page_kind``."""
    leads = {item.lead for item in items if item.lead}
    return Shares(
        text=sum(len(b.text) for b in draft.blocks if b.linked * 2 < len(b.text) and b.text not in leads),
        listed=sum(len(item.title or "") + len(item.lead or "") for item in items),
        whole=sum(len(b.text) for b in blocks),
    )


def page_kind(page: Page, draft: Draft, items: list[ListItem], blocks: list[Block], url: str) -> PageKind:
    """What an HTML page is. ``blocks`` are those of the zone with its link lists."""
    part = shares(draft, items, blocks)
    holds = part.text > 0 or bool(draft.images) or bool(draft.attachments)
    detail = is_detail_url(url)
    if detail and holds and not _all_listed(part, items):
        return "article"
    if page.headline is not None and not is_list_url(url) and _offers_files(draft, items):
        return "article"
    if len(items) >= 3 and part.listed > 0.6 * part.whole:
        return "listing"
    if is_list_url(url) and items and page.headline is None:
        return "listing"
    if is_list_url(url) and (items or not holds) and (part.listed > 0.4 * part.whole or len(items) >= 4):
        return "listing"
    if (len(items) >= 3 or (is_list_url(url) and items)) and part.text < 150:
        return "listing"
    inputs = _inputs(page)
    if (inputs >= 3 and part.text < 400) or (inputs >= 2 and part.text < 150) or (inputs and part.text < 60):
        return "form"
    if holds and (page.headline is not None or part.text >= 200) and part.text + 40 * len(draft.images) >= 40:
        return "article"
    if items and not detail:
        return "listing"
    if is_list_url(url):
        return "listing"
    return "empty" if detail else "none"


def _offers_files(draft: Draft, items: list[ListItem]) -> bool:
    """Whether all that a page links to are a few files: a notice whose text is in them."""
    files = {file.url for file in draft.attachments}
    return 0 < len(files) <= _FEW_FILES and all(item.url in files for item in items)


def _all_listed(part: Shares, items: list[ListItem]) -> bool:
    return len(items) >= 4 and part.listed > 0.8 * part.whole


def _inputs(page: Page) -> int:
    """Fields a person would fill in inside the main zone."""
    count = 0
    for element in page.zone.root.iter("input", "textarea", "select"):
        if element.tag != "input" or element.get("type", "").lower() in _INPUTS:
            count += 1
    return count
