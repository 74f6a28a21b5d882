"""The outcome of an HTML page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from lxml.html import HtmlElement

from archive.models import ArticleFound, Capture, Document, Link, ListingFound, ListItem, Outcome, Postback, Rejected
from crawler.extract.article import Context, Draft, is_menu, read_article
from crawler.extract.blocks import Block, blocks_of
from crawler.extract.boilerplate import is_chrome, line_keys
from crawler.extract.classify import Look, by_look, stub
from crawler.extract.context import declared_language, is_vietnamese, language_of, page_identity, section_of
from crawler.extract.decode import decode
from crawler.extract.documents import read_document, read_pasted
from crawler.extract.dom import key, parse
from crawler.extract.fields import attachments_of, make_article
from crawler.extract.layouts import apply, layout_for
from crawler.extract.links import declared_canonical, page_links
from crawler.extract.listing import is_list_url, list_items, page_kind, without_asides
from crawler.extract.page import Page, read_page
from crawler.profile import Layout, SiteProfile
from crawler.sharepoint import canonical_url, page_postbacks

_CLEARLY = 300


class Carried(TypedDict):
    """What every outcome of a page tells, whatever the page is."""

    links: tuple[Link, ...]
    postbacks: tuple[Postback, ...]
    layout: str | None
    page_list_id: str | None
    page_item_id: int | None
    canonical_url: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A page read as an article and, unless it clearly is one, as a list."""

    page: Page
    draft: Draft
    document: Document | None
    vietnamese: bool
    shown: str
    """Text of the main zone on one line."""
    blocks: list[Block]
    """Blocks with the zone's lists of links; those of the article where it clearly is one."""
    items: list[ListItem]
    kind: str
    layout: Layout | None = None


def read_html(capture: Capture, text: str, profile: SiteProfile) -> Outcome:
    """What an HTML page is and holds."""
    tree = parse(text)
    if tree is None:
        return Rejected(reason="no_article", detail="an empty page", canonical_url=canonical_url(capture.url, profile))
    reading = read_tree(capture, tree, text, profile)
    carried = _carried(capture, tree, text, reading, profile)
    look = Look(title=reading.page.title_element, text=reading.shown)
    rejected = stub(text, len(reading.shown)) or by_look(capture, tree, look, profile)
    if rejected is not None:
        carried["links"], carried["postbacks"] = (), ()
        return Rejected(**carried, reason=rejected.reason, detail=rejected.detail)
    return _outcome(capture, tree, reading, carried, profile)


def read_tree(capture: Capture, tree: HtmlElement, text: str, profile: SiteProfile) -> Reading:
    """The page's main zone read as an article and told from a list."""
    layout = layout_for(capture, text, tree, profile)
    own = line_keys(profile.boilerplate)
    page = read_page(tree, capture.url, own, layout)
    shown = " ".join(block.text for block in page.blocks)
    vietnamese = is_vietnamese(f"{page.title} {shown}")
    context = Context(
        url=capture.url,
        timezone=profile.timezone,
        vietnamese=vietnamese,
        own_chrome=own,
        titles=frozenset(page.titles),
    )
    blocks, document = _without_papers(page)
    draft = read_article(blocks, page.head, page.title, context)
    if layout is not None:
        apply(draft, tree, layout, profile.timezone)
    draft.attachments = attachments_of(draft.linked, capture.url, profile)
    if page.headline is not None:
        draft.evidence.setdefault("title", page.headline.rule)
    blocks, items, kind = _told(page, draft, capture.url, profile)
    return Reading(
        page=page,
        draft=draft,
        document=document or read_pasted(draft.blocks),
        vietnamese=vietnamese,
        shown=shown,
        blocks=blocks,
        items=items,
        kind="article" if document is not None else kind,
        layout=layout,
    )


def _without_papers(page: Page) -> tuple[list[Block], Document | None]:
    """The blocks without the lines that state a legal document's data, and those data."""
    start = 0 if page.head is None else page.head + 1
    document, used = read_document(page.blocks[start:])
    if document is None:
        return page.blocks, None
    return [block for index, block in enumerate(page.blocks) if index - start not in used], document


def _told(page: Page, draft: Draft, url: str, profile: SiteProfile) -> tuple[list[Block], list[ListItem], str]:
    """What the page is; lists of links are looked at only where that is in doubt."""
    size = sum(len(block.text) for block in draft.blocks if block.linked * 2 < len(block.text))
    led = sum(block.linked * 2 >= len(block.text) for block in draft.blocks if block.text)
    if page.headline is not None and size >= _CLEARLY and led <= 2 and not is_list_url(url):
        return page.blocks, [], "article"
    page.zone.keep_links = True
    blocks = without_asides(
        [
            block
            for block in blocks_of(page.zone.root, url, page.zone.skip)
            if block.text and not is_chrome(block.text) and not is_menu(block)
        ]
    )
    items = list_items(blocks, url, profile)
    return blocks, items, page_kind(page, draft, items, blocks, url)


def _carried(capture: Capture, tree: HtmlElement, text: str, reading: Reading, profile: SiteProfile) -> Carried:
    list_id, item_id = page_identity(text)
    return Carried(
        links=page_links(tree, capture.url, profile, reading.page.zone.root),
        postbacks=page_postbacks(tree, capture.url, profile),
        layout=reading.layout.name if reading.layout else None,
        page_list_id=list_id,
        page_item_id=item_id,
        canonical_url=declared_canonical(tree, capture.url, profile) or canonical_url(capture.url, profile),
    )


def _outcome(capture: Capture, tree: HtmlElement, reading: Reading, carried: Carried, profile: SiteProfile) -> Outcome:
    page, draft = reading.page, reading.draft
    if reading.kind == "listing":
        return ListingFound(**carried, items=tuple(reading.items), title=page.title or None)
    if reading.kind == "empty":
        return Rejected(**carried, reason="soft_404", detail="a detail page without content")
    if reading.kind != "article":
        what = "a form" if reading.kind == "form" else "no text besides chrome"
        return Rejected(**carried, reason="no_article", detail=what)
    section = section_of(tree, capture.url, page.title)
    if section:
        draft.evidence.setdefault("section", "breadcrumb")
    language = language_of(f"{draft.title} {reading.shown}", declared_language(tree), profile.language)
    article = make_article(draft, profile=profile, section=section, language=language)
    return ArticleFound(**carried, article=article, document=reading.document, evidence=draft.evidence)


def read_list_page(capture: Capture, text: str, profile: SiteProfile) -> ListingFound | None:
    """A page that is known to be a list (what a postback answers); None when it cannot be read."""
    tree = parse(text)
    if tree is None:
        return None
    reading = read_tree(capture, tree, text, profile)
    carried = _carried(capture, tree, text, reading, profile)
    items = reading.items or list_items(reading.blocks, capture.url, profile)
    return ListingFound(**carried, items=tuple(items), title=reading.page.title or None)


def main_zone_text(capture: Capture, profile: SiteProfile) -> tuple[str, list[str]]:
    """Headline and lines an HTML page shows in its main zone, whatever the page is; empty when nothing can be read."""
    text = decode(capture.body, capture.header("Content-Type")).text
    tree = parse(text)
    if tree is None:
        return "", []
    reading = read_tree(capture, tree, text, profile)
    blocks = reading.blocks if reading.kind == "listing" else reading.draft.blocks
    lines = [block.text for block in blocks if block.text and key(block.text) not in reading.page.titles]
    return reading.page.title, lines
