"""A page's main zone read once: headline, blocks and where the headline stands among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from lxml.etree import _Element as Element

from crawler.extract.blocks import Block, blocks_of
from crawler.extract.boilerplate import ends_content, is_aside, is_chrome
from crawler.extract.dates import date_line, split_title
from crawler.extract.dom import BLOCKS, Named, key, line_key, names_of, text_of
from crawler.extract.headline import (
    Headline,
    find_headline,
    page_title,
    shared_title,
    site_names,
    title_parts,
    without_site,
)
from crawler.extract.prose import Prose, find_prose
from crawler.extract.selectors import select, select_all
from crawler.extract.zone import Zone, main_zone, narrow_columns, protect
from crawler.profile import Layout
from crawler.sharepoint.controls import inner_text

_STYLED = re.compile(r"font-size|font-weight|(?<![-\w])color", re.I)
_STYLED_NAMES = re.compile(r"\b(?:heading|title|headline|tieu ?de|font ?size [4-9]|element h1\w?|h1)\b")
# Title elements that name the site and not the page.
_SITE_NAME = re.compile(
    r"(?:cổng|trang (?:chủ|tin|thông tin)|website|portal|home|sở|ủy ban|uỷ ban|ubnd|hội|huyện|tỉnh|thành phố|ban"
    r"|văn bản|tin tức|chi tiết)\b",
    re.I,
)
_LONGEST_TITLE = 250
_MOST_ABOVE = 300
_TOP_LINES = 8
_STYLED_WITHIN = 60
_LEAST_LEAD = 60
#: Characters of running text that make a page without SharePoint's marks one with an article.
_LEAST_PROSE = 250
#: Lines beside headline and running text that are looked at for dates and credits.
_MOST_AROUND = 8


@dataclass(slots=True)
class Page:
    """What the main zone of a page shows."""

    tree: Element
    zone: Zone
    title_element: str
    blocks: list[Block]
    """Blocks of the zone without chrome and without lists of links."""
    headline: Headline | None = None
    head: int | None = None
    """Index of the headline's last block; None when it stands outside the zone or there is none."""
    titles: set[str] = field(default_factory=set)
    """Keys of lines that only repeat the headline."""

    url: str = ""
    prose: Prose = field(default_factory=Prose)
    """The running text, where no mark of SharePoint's leads to it."""
    above: list[Block] = field(default_factory=list)
    """Of a page read by its running text: the lines above the headline."""
    around: list[Block] = field(default_factory=list)
    """Where a layout names the body: the zone's other blocks, which may tell dates, credits and files."""

    sites: frozenset[str] = frozenset()
    """What the page calls its site, as keys: no headline."""
    whole: tuple[Block, ...] | None = None
    """Every block of the zone, lists of links too, where the first walk left none of them out; None where it did."""

    @property
    def title(self) -> str:
        """The headline; where the page shows none, the title element without the site's own name."""
        if self.headline is not None:
            return self.headline.text
        return without_site(self.title_element, self.url, shared_title(self.tree), self.sites)


def read_page(
    tree: Element, url: str, own_chrome: frozenset[str], layout: Layout | None = None, named: Named | None = None
) -> Page:
    """The main zone of a page, its headline found; a layout's selectors come before the general rules. ``named``: the
    page's elements with an id, if known."""
    zone = main_zone(tree, named)
    if layout is not None:
        zone.dropped.update(select_all(tree, layout.drop))
    title = page_title(tree)
    parts = title_parts(title, url)
    sites = site_names(tree)
    parts = parts - sites or parts
    headline = _selected_headline(tree, layout) or find_headline(tree, zone, parts, sites)
    inside = headline is not None and headline.element is not None and headline.element in zone.weights
    if headline is not None and headline.element is not None and inside:
        protect(zone, headline.element)
    anchor = headline.element if headline and inside else None
    narrow_columns(zone, anchor)
    selected = _filled(select(tree, layout.body)) if layout is not None else []
    prose = _prose(zone) if not selected else Prose()
    if prose.roots:
        page = Page(tree=tree, zone=zone, title_element=title, blocks=[], headline=headline, url=url, sites=sites)
        return _in_prose(page, prose)
    zone.passed = False
    blocks = [block for root in selected or [zone.root] for block in blocks_of(root, url, zone.skip, anchor)]
    complete = not selected and not zone.passed and (anchor is None or anchor.tag in BLOCKS)
    inside = anchor is not None and (not selected or any(root in selected for root in _upwards(anchor)))
    around = _outside(blocks_of(zone.root, url, zone.skip, anchor), selected) if selected else []
    page = Page(tree=tree, zone=zone, title_element=title, blocks=blocks, headline=headline, url=url, around=around)
    page.sites = sites
    page.whole = tuple(blocks) if complete else None
    if headline is not None:
        page.head = _place(blocks, headline) if inside else None
    _distrust_late(page)
    _styled_title(page, own_chrome)
    if page.headline is None and (len(title) < 15 or _SITE_NAME.match(title)):
        _title_by_order(page, own_chrome)
    if page.headline is not None:
        page.headline = _without_date(page.headline, parts)
        page.titles = {key(page.headline.text)} | (parts if page.headline.agrees else set())
    return page


def _prose(zone: Zone) -> Prose:
    """The running text of a page that SharePoint's marks do not lead to; empty where they do, or where little runs."""
    if zone.marked or zone.rich:
        return Prose()
    zone.loose = True
    prose = find_prose(zone)
    zone.loose = prose.chars >= _LEAST_PROSE
    return prose if prose.chars >= _LEAST_PROSE else Prose()


def _in_prose(page: Page, prose: Prose) -> Page:
    """A page read by its running text alone; the lines between headline and text may tell dates and credits."""
    zone, headline = page.zone, page.headline
    element = headline.element if headline is not None else None
    for root in prose.roots:
        protect(zone, root)
    page.prose = prose
    page.blocks = [block for root in prose.roots for block in blocks_of(root, page.url, zone.skip, element)]
    everything = blocks_of(zone.root, page.url, zone.skip, element)
    within = {part for root in prose.roots for part in root.iter()}
    inside = [index for index, block in enumerate(everything) if block.element in within] or [0]
    first, last = inside[0], inside[-1]
    head = first
    if headline is not None and element is not None:
        page.head = _place(page.blocks, headline) if element in within else None
        placed = _place(everything[:first], headline) if element not in within else None
        head = first if placed is None else placed
    between = everything[max(head, first - _MOST_AROUND) : first]
    leads = [block for block in between if headline is not None and _is_sentence(block)] if head < first else []
    if leads and page.head is None:
        page.blocks[:0] = leads
    page.above = everything[max(0, head - _MOST_AROUND) : head]
    page.around = [block for block in between if not any(block is lead for lead in leads)]
    page.around += everything[last + 1 : last + 1 + _MOST_AROUND]
    if headline is not None:
        page.headline = _without_date(headline, title_parts(page.title_element, page.url))
        page.titles = {key(page.headline.text)} | (
            title_parts(page.title_element, page.url) if page.headline.agrees else set()
        )
    return page


def _is_sentence(block: Block) -> bool:
    """A paragraph between headline and text that says something: the lead, set apart from the text."""
    return block.kind == "p" and len(block.text) >= _LEAST_LEAD and not block.links and block.text.endswith((".", "…"))


def _upwards(element: Element) -> Iterator[Element]:
    yield element
    yield from element.iterancestors()


def _filled(roots: list[Element]) -> list[Element]:
    """The named containers, unless all are empty: templates keep fields that they no longer use."""
    return roots if any(not text.isspace() for root in roots for text in root.itertext()) else []


def _outside(blocks: list[Block], roots: list[Element]) -> list[Block]:
    """The blocks that stand in none of the roots."""
    within = {element for root in roots for element in root.iter()}
    return [block for block in blocks if block.element not in within]


def _selected_headline(tree: Element, layout: Layout | None) -> Headline | None:
    for element in select(tree, layout.title) if layout is not None else ():
        text = text_of(element)
        if text:
            return Headline(text=text, element=element, rule=f"layout {layout.name if layout else ''}", exact=True)
    return None


def _without_date(headline: Headline, parts: set[str]) -> Headline:
    """A date in brackets behind the headline taken off, unless the title element has it too."""
    text, date = split_title(headline.text)
    if date is None or key(headline.text) in parts:
        return headline
    return replace(headline, text=text, date=date)


def _distrust_late(page: Page) -> None:
    """A heading that only stands there, below a good part of the text or over related matter, is no headline."""
    headline = page.headline
    if headline is None or headline.agrees or page.head is None or headline.rule.startswith("layout"):
        return
    before = page.blocks[: page.head]
    above = sum(len(block.text) - block.linked for block in before)
    small = headline.rule in ("first h2", "first h3") and any(map(_is_sentence, before))
    if small or above > _MOST_ABOVE or ends_content(headline.text) or is_aside(headline.text):
        page.headline, page.head = None, None


def _place(blocks: list[Block], headline: Headline) -> int | None:
    """Index of the last block of the headline's element."""
    found = None
    for index, block in enumerate(blocks):
        element, steps = block.element, 0
        while element is not None and steps < 12:
            if element is headline.element:
                found = index
                break
            element, steps = element.getparent(), steps + 1
        else:
            if found is not None:
                break
    if found is not None:
        return found
    wanted = key(headline.text)
    return next((index for index, block in enumerate(blocks) if key(block.text) == wanted), None)


def _styled_title(page: Page, own_chrome: frozenset[str]) -> None:
    """Where no heading agrees with the title element, a styled line on top of the text is the headline."""
    headline = page.headline
    if headline is not None and (headline.exact or page.head is None or headline.rule == "first h1"):
        return
    limit = page.head if page.head is not None else len(page.blocks)
    for index, block in enumerate(page.blocks[:limit]):
        if not block.text or is_chrome(block.text, own_chrome) or date_line(block.text):
            continue
        if line_key(block.text) in page.sites:
            continue
        if headline is not None and not _same_part(block, page.blocks[limit]):
            continue
        if _looks_like_title(block) and len(page.blocks) > index + 1:
            page.headline = Headline(text=block.text, element=None, rule="styled line on top")
            page.head = index
        return


def _title_by_order(page: Page, own_chrome: frozenset[str]) -> None:
    """Without any mark, and with a title element that names the site alone: the line beside the date line near the top,
    above it, or below where none is above.

    The templates of the portal put the date line next to the headline, as its texts show.
    """
    shown = [(i, b) for i, b in enumerate(page.blocks) if b.text and not is_chrome(b.text, own_chrome)][:_TOP_LINES]
    dated = next((place for place, (_, block) in enumerate(shown) if date_line(block.text)), None)
    if dated is None:
        return
    for place in (dated - 1, dated + 1):
        if 0 <= place < len(shown) and _could_be_title(shown[place][1]):
            index, block = shown[place]
            page.headline = Headline(text=block.text, element=None, rule="line beside the date line")
            page.head = index
            return


def _could_be_title(block: Block) -> bool:
    return (
        block.kind in ("p", "h")
        and 15 <= len(block.text) <= _LONGEST_TITLE
        and block.linked * 2 < len(block.text)
        and not re.search(r"[.;:,]$", block.text)
    )


def _same_part(first: Block, second: Block) -> bool:
    """Whether two blocks stand in the same web part or rich field."""
    return _part(first) is _part(second) is not None


def _part(block: Block) -> Element | None:
    element = block.element
    while element is not None:
        names = element.get("class") or ""
        if "ms-rtestate-field" in names or "ms-WPBody" in names or (element.get("id") or "").endswith("RichHtmlField"):
            return element
        element = element.getparent()
    return None


def _looks_like_title(block: Block) -> bool:
    if block.kind not in ("p", "h") or len(block.text) > _LONGEST_TITLE or block.linked * 2 > len(block.text):
        return False
    if re.search(r"[.;:,…]$", block.text) or block.element is None:
        return False
    return block.bold or block.kind == "h" or _is_styled(block)


def _is_styled(block: Block) -> bool:
    """Whether the whole line stands in elements with a size, colour or name of their own."""
    wanted = key(block.text)
    inside = block.element.iter() if block.element is not None else ()
    for element in islice(inside, _STYLED_WITHIN):  # broken pages nest spans by the thousand
        own = " ".join(inner_text(element).split()) if element.tag in ("span", "font", "p", "div", "strong") else ""
        if own and key(own) == wanted:
            names = names_of(element)
            if _STYLED_NAMES.search(names) or _STYLED.search(element.get("style") or ""):
                return True
        if element.tag == "p" and element is not block.element:
            break
    return False
