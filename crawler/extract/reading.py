"""One reading of an HTML page: as an article, as a list item's form, as a list, and which of them it is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, pairwise
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from archive.models import Capture, Document, ListItem
from crawler.extract.article import (
    Context,
    Draft,
    dates_above,
    is_event_url,
    read_article,
    take_around,
    take_bar_date,
    take_labelled,
)
from crawler.extract.blocks import Block, blocks_of
from crawler.extract.boilerplate import is_chrome, line_keys
from crawler.extract.context import SAMPLE, declared_language, is_vietnamese
from crawler.extract.documents import read_document, read_pasted
from crawler.extract.dom import is_hidden, named_elements, text_of
from crawler.extract.evidence import TOLD, Trace
from crawler.extract.extent import is_menu
from crawler.extract.fields import attachments_of
from crawler.extract.forms import ItemForm, read_form
from crawler.extract.layouts import apply, layout_for
from crawler.extract.listing import PageKind, is_list_url, list_items, page_kind, without_asides
from crawler.extract.order import month_first
from crawler.extract.page import Page, read_page
from crawler.extract.selectors import select
from crawler.extract.stated import settled, stated_date
from crawler.profile import Layout, SiteProfile

#: Evidence of a text that is a field of SharePoint's own display form.
FORM_RULE = "field of a list item's form"

_CLEARLY = 300
_RUNNING = 200
_MOST_OF_IT = 0.25
_PARAGRAPH = 60
_LONGEST_TITLE = 120
_LONGEST_BAR = 160
_LEVELS = 3
_MONTHS = 12


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
    kind: PageKind
    layout: Layout | None = None


def read_tree(
    capture: Capture,
    tree: Element,
    source: bytes,
    profile: SiteProfile,
    trace: Trace | None = None,
) -> Reading:
    """The page's main zone read, and what the page is. ``trace`` is told what was left out of the article, and why;
    ``source`` is the page's text as UTF-8."""
    named = named_elements(tree)
    layout = layout_for(capture, source, tree, profile, named)
    own = line_keys(profile.boilerplate)
    page = read_page(tree, capture.url, own, layout, named)
    shown = " ".join(block.text for block in page.blocks)
    vietnamese = is_vietnamese(f"{page.title} {shown[:SAMPLE]}")
    context = Context(
        url=capture.url,
        timezone=profile.timezone,
        month_first=month_first(shown, source, declared_language(tree), capture.url, vietnamese=vietnamese),
        vietnamese=vietnamese,
        own_chrome=own,
        titles=frozenset(page.titles),
        trace=trace,
    )
    form = read_form(page.zone, capture.url)
    draft, document = _from_form(page, form, context) if form else _from_blocks(page, context)
    if layout is not None:
        apply(draft, tree, layout, profile.timezone)
    draft.attachments = attachments_of([*draft.linked, *draft.offered], capture.url, profile)
    _from_headline(draft, page)
    _dated_by_bar(draft, page, context)
    _dated_by_statement(draft, tree, source, capture.url, profile.timezone)
    _titled(draft, page)
    _placed(draft, page, layout)
    if document is None and (document := read_pasted(draft.blocks)) is not None:
        draft.note("document", "head and foot of a pasted document")
    blocks, items, kind = _told(page, draft, capture.url, profile)
    entries = select(tree, layout.items) if layout is not None and (page.prose.roots or not page.around) else []
    if entries:
        blocks = [block for entry in entries for block in blocks_of(entry, capture.url, page.zone.skip)]
        items, kind = list_items(blocks, capture.url, profile), "listing"
    return Reading(
        page=page,
        draft=draft,
        document=document,
        vietnamese=context.vietnamese,
        shown=shown,
        blocks=blocks,
        items=items,
        kind="article" if document is not None or (form and draft.blocks) else kind,
        layout=layout,
    )


def _from_blocks(page: Page, context: Context) -> tuple[Draft, Document | None]:
    """The article among the zone's blocks, without the lines that state a legal document's data, and those data."""
    start = 0 if page.head is None else page.head + 1
    document, used = read_document(page.blocks[start:])
    stated = [page.blocks[start + index] for index in sorted(used)]
    blocks = [block for block in page.blocks if not any(block is other for other in stated)]
    draft = read_article(blocks, page.head, page.title, context)
    draft.offered += [link for block in stated for link in block.links]
    if document is not None:
        draft.note("document", "labelled lines or cells", stated[0])
    for block in stated:
        context.drop(block, TOLD)
    if page.above:
        dates_above(draft, page.above, context)
    if page.around:
        take_around(draft, page.around, context)
    return draft, document


def _from_form(page: Page, form: ItemForm, context: Context) -> tuple[Draft, Document | None]:
    """The article of a list item's form: one field is its body, the others are its data."""
    shown = page.headline is not None and (page.headline.agrees or page.headline.rule == "first h1")
    title = page.title if shown or not form.title else form.title
    document, used = read_document(form.rows)
    draft = read_article(form.body, None, title, context)
    rest = [row for index, row in enumerate(form.rows) if index not in used]
    draft.blocks[:0] = [row for row in rest if not take_labelled(draft, row, context)]
    draft.offered += form.files
    if form.body:
        draft.note("body_text", FORM_RULE, form.body[0])
    if document is not None:
        draft.note("document", "labelled lines or cells", form.rows[min(used)])
    return draft, document


def _from_headline(draft: Draft, page: Page) -> None:
    if page.headline is None:
        return
    headline = page.headline
    spot = headline.element
    if spot is None and page.head is not None:
        spot = page.blocks[page.head].element
    if "title" not in draft.evidence:
        draft.note("title", headline.rule, spot)
    if headline.date is not None and draft.published is None:
        draft.published = headline.date
        draft.note("published_at", "date in brackets behind the headline", spot)


def _dated_by_bar(draft: Draft, page: Page, context: Context) -> None:
    """Where nothing else dates the article: a bar of buttons beside the headline, left out for its name, may."""
    element = page.headline.element if page.headline else None
    if draft.published is not None or draft.updated is not None:
        return
    for _ in range(_LEVELS):
        if element is None or element is page.zone.root:
            return
        beside = (*islice(element.itersiblings(preceding=True), 2), *islice(element.itersiblings(), 2))
        for sibling in beside:
            weight = page.zone.weights.get(sibling)
            if weight is None or weight.chars > _LONGEST_BAR or not page.zone.skip(sibling) or is_hidden(sibling):
                continue
            if take_bar_date(draft, Block(kind="p", text=text_of(sibling), element=sibling), context):
                return
        element = element.getparent()


def _dated_by_statement(draft: Draft, tree: Element, source: bytes, url: str, timezone: str) -> None:
    """What the page states for machines stands in for a printed date, and settles which figure of one is the month."""
    printed = draft.published
    if printed is not None and ("/" not in printed.raw or int(printed.day[8:]) > _MONTHS):
        return
    stated = stated_date(tree, source, timezone)
    if stated is None:
        return
    if printed is not None:
        draft.published = settled(printed, stated)
    elif not is_event_url(url):
        draft.published = stated
        draft.note("published_at", "stated for machines")


def _titled(draft: Draft, page: Page) -> None:
    """A page without a headline goes by its title element; one that names itself nowhere by the text's first words."""
    first = next((block for block in draft.blocks if block.text), None)
    if draft.title and "title" not in draft.evidence:
        draft.note("title", "title element", next(page.tree.iter("title"), None))
    elif not draft.title and first is not None:
        short = len(first.text) <= _LONGEST_TITLE
        draft.title = first.text if short else first.text[:_LONGEST_TITLE].rsplit(" ", 1)[0] + "…"
        draft.note("title", "first words of the text", first)


def _placed(draft: Draft, page: Page, layout: Layout | None) -> None:
    """Where the text stands: the innermost element that holds its first and its last line."""
    elements = [block.element for block in draft.blocks if block.text and block.element is not None]
    if not elements or "body_text" in draft.evidence:
        return
    above = {elements[0], *elements[0].iterancestors()}
    last = elements[-1]
    spot = next((element for element in (last, *last.iterancestors()) if element in above), None)
    rule = "main zone of the page"
    if page.prose.roots:
        rule = "running text"
    elif layout is not None and page.around:
        rule = f"layout {layout.name}"
    elif spot is not None and page.zone.rich and any(e in page.zone.rich for e in (spot, *spot.iterancestors())):
        rule = "rich text field"
    draft.note("body_text", rule, spot)


def _told(page: Page, draft: Draft, url: str, profile: SiteProfile) -> tuple[list[Block], list[ListItem], PageKind]:
    """What the page is; lists of links are looked at only where that is in doubt."""
    size = sum(len(block.text) for block in draft.blocks if block.linked * 2 < len(block.text))
    led = sum(block.linked * 2 >= len(block.text) for block in draft.blocks if block.text)
    if page.headline is not None and size >= _CLEARLY and led <= 2 and not is_list_url(url):
        return page.blocks, [], "article"
    if page.prose.roots and size >= _RUNNING and _runs(page, led, url):
        return page.blocks, [], "article"
    page.zone.keep_links = True
    blocks = without_asides(
        [
            block
            for block in (blocks_of(page.zone.root, url, page.zone.skip) if page.whole is None else page.whole)
            if (block.bare and not block.text) or (block.text and not is_chrome(block.text) and not is_menu(block))
        ]
    )
    items = list_items(blocks, url, profile)
    return blocks, items, page_kind(page, draft, items, blocks, url)


def _runs(page: Page, led: int, url: str) -> bool:
    """Whether the running text of a page without SharePoint's marks is one article and not the leads of many."""
    paragraphs = sum(len(block.text) >= _PARAGRAPH for block in page.blocks)
    if urlsplit(url).path.strip("/") == "" or led > max(3, 2 * paragraphs) or _leads_of_many(page.blocks):
        return False
    return page.prose.share >= _MOST_OF_IT


def _leads_of_many(blocks: list[Block]) -> bool:
    """Whether a text is made of links with a paragraph below each: a list that shows the beginnings of its articles."""
    shown = [block for block in blocks if block.text]
    pairs = sum(
        first.linked * 2 >= len(first.text) and second.linked * 2 < len(second.text) >= _PARAGRAPH
        for first, second in pairwise(shown)
    )
    return pairs >= 3 and pairs * 3 >= len(shown)
