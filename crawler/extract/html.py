"""The outcome of an HTML page."""

from __future__ import annotations

from typing import TypedDict

from lxml.etree import _Element as Element

from archive.models import ArticleFound, Capture, Link, ListingFound, Outcome, Postback, Rejected
from crawler.extract.classify import Look, by_look, stub
from crawler.extract.context import declared_language, language_of, may_show_path, page_identity, section_of
from crawler.extract.decode import Decoded, decode
from crawler.extract.dom import line_key, parse
from crawler.extract.evidence import evidence_of
from crawler.extract.fields import make_article
from crawler.extract.links import declared_canonical, page_links
from crawler.extract.listing import list_items
from crawler.extract.reading import Reading, read_tree
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url, page_postbacks
from crawler.sharepoint.controls import clicked


class Carried(TypedDict):
    """What every outcome of a page tells, whatever the page is."""

    links: tuple[Link, ...]
    postbacks: tuple[Postback, ...]
    layout: str | None
    page_list_id: str | None
    page_item_id: int | None
    canonical_url: str | None


def read_html(capture: Capture, decoded: Decoded, profile: SiteProfile) -> Outcome:
    """What an HTML page is and holds."""
    text = decoded.text
    tree = parse(text, decoded.source)
    if tree is None:
        return Rejected(reason="no_article", detail="an empty page", canonical_url=canonical_url(capture.url, profile))
    reading = read_tree(capture, tree, decoded.source, profile)
    carried = _carried(capture, tree, decoded.source, reading, profile)
    look = Look(title=reading.page.title_element, text=reading.shown)
    rejected = stub(text, len(reading.shown)) or by_look(capture, tree, look, profile)
    if rejected is not None:
        carried["links"], carried["postbacks"] = (), ()
        return Rejected(**carried, reason=rejected.reason, detail=rejected.detail)
    return _outcome(capture, tree, reading, carried, profile, decoded.source)


def _carried(capture: Capture, tree: Element, source: bytes, reading: Reading, profile: SiteProfile) -> Carried:
    list_id, item_id = page_identity(source)
    scripted = clicked(tree)
    return Carried(
        links=page_links(tree, capture.url, profile, reading.page.zone.root, source, scripted),
        postbacks=page_postbacks(tree, capture.url, profile, scripted),
        layout=reading.layout.name if reading.layout else None,
        page_list_id=list_id,
        page_item_id=item_id,
        canonical_url=declared_canonical(tree, capture.url, profile) or canonical_url(capture.url, profile),
    )


def _outcome(
    capture: Capture,
    tree: Element,
    reading: Reading,
    carried: Carried,
    profile: SiteProfile,
    source: bytes,
) -> Outcome:
    page, draft = reading.page, reading.draft
    if reading.kind == "listing":
        return ListingFound(**carried, items=tuple(reading.items), title=page.title or None)
    if reading.kind == "empty":
        return Rejected(**carried, reason="soft_404", detail="a detail page without content")
    if reading.kind != "article":
        what = "a form" if reading.kind == "form" else "no text besides chrome"
        return Rejected(**carried, reason="no_article", detail=what)
    section, crumbs = section_of(tree, capture.url, page.title) if may_show_path(source) else (None, None)
    if section and "section" not in draft.evidence:
        draft.note("section", "breadcrumb", crumbs)
    language = language_of(
        f"{draft.title} {reading.shown}", declared_language(tree), profile.language, vietnamese=reading.vietnamese
    )
    article = make_article(draft, profile=profile, section=section, language=language)
    evidence = evidence_of(draft.evidence, draft.spots)
    return ArticleFound(**carried, article=article, document=reading.document, evidence=evidence)


def read_list_page(capture: Capture, text: str, profile: SiteProfile) -> ListingFound | None:
    """A page that is known to be a list (what a postback answers); None when it cannot be read."""
    source = text.encode("utf-8", "replace")
    tree = parse(text, source)
    if tree is None:
        return None
    reading = read_tree(capture, tree, source, profile)
    carried = _carried(capture, tree, source, reading, profile)
    items = reading.items or list_items(reading.blocks, capture.url, profile)
    return ListingFound(**carried, items=tuple(items), title=reading.page.title or None)


def main_zone_text(capture: Capture, profile: SiteProfile) -> tuple[str, list[str]]:
    """Headline and lines an HTML page shows in its main zone, whatever the page is; empty when nothing can be read."""
    decoded = decode(capture.body, capture.header("Content-Type"))
    tree = parse(decoded.text, decoded.source)
    if tree is None:
        return "", []
    reading = read_tree(capture, tree, decoded.source, profile)
    blocks = reading.blocks if reading.kind == "listing" else reading.draft.blocks
    lines = [block.text for block in blocks if block.text and line_key(block.text) not in reading.page.titles]
    return reading.page.title, lines
