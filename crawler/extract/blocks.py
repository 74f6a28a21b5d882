"""A tree read as a row of blocks: what a person sees as paragraphs, headings, list items, table rows and pictures.

One walk gives text and safe HTML together, so that both always say the same. Rules of a line: a paragraph, heading,
list item or piece between line breaks is one block; a row of a data table is one block, its non-empty cells joined
with `` | ``; layout tables are read as the blocks inside them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lxml.etree import _Element as Element

from archive.models import Image
from crawler.extract.addresses import image_of, safe_url
from crawler.extract.dom import BLOCKS, HEADINGS, SILENT, Names, squash
from crawler.extract.line import Line
from crawler.extract.tables import is_data_table, rows_of

Kind = Literal["p", "h", "li", "row", "image"]

_INLINE = {"b": "strong", "strong": "strong", "i": "em", "em": "em"}
_LISTED = frozenset(("ul", "ol", "li"))
# What changes the kind or the surroundings of the lines inside it.
_PLACING = _LISTED | HEADINGS | frozenset(("table", "td", "th", "blockquote", "figcaption"))
_DEEPEST = 180
_DEEPEST_LIST = 12


class Level(NamedTuple):
    """An item of a list that a block stands in."""

    ordered: bool
    number: int
    """Of the list, within the page."""
    item: int
    """Of the item, within the page; 0 for what stands in the list and in no item of it."""


@dataclass(slots=True)
class Block:
    """One line of a page, with what is needed to judge it."""

    kind: Kind
    text: str
    html: str = ""
    """Safe inline HTML of the line; for a row its cells."""
    level: int = 0
    """Heading level 1-6, 0 otherwise."""
    element: Element | None = None
    """The block element it stands in; None for a line of plain text."""
    images: tuple[Image, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    """Address as written and text of every link inside."""
    bare: tuple[str, ...] = ()
    """Addresses of links without words, around a picture in the line or dropped before it."""
    linked: int = 0
    """Characters of the text inside links."""
    bold: bool = False
    italic: bool = False
    right: bool = False
    """Set to the right margin."""
    figure: bool = False
    """A figcaption."""
    cell: int = 0
    """Number of the layout table cell it stands in; 0 outside."""
    table: int = 0
    """Number of the innermost table it stands in; 0 outside."""
    lists: tuple[Level, ...] = ()
    """The list items it stands in, outermost first."""
    quote: bool = False
    header: bool = False
    """A row made of th cells."""
    cells: tuple[str, ...] = ()
    line: int = 0
    """Number of the line in a text record, from 1; 0 on a page."""


@dataclass(slots=True)
class _Place:
    """What a line inherits from the elements around it; never changed once made, so that most elements share one."""

    kind: Kind = "p"
    level: int = 0
    cell: int = 0
    table: int = 0
    lists: tuple[Level, ...] = ()
    quote: bool = False
    figure: bool = False
    right: bool = False


_PLAIN = _Place()


def blocks_of(
    root: Element, base_url: str, skip: Callable[[Element], bool], apart: Element | None = None
) -> list[Block]:
    """The blocks inside ``root`` in page order. ``skip`` says of an element whether it is left out; ``apart`` is read
    as a block whatever it is: a headline may be a span on the line of the lead."""
    walker = _Walker(base_url, skip, apart)
    walker.enter(root, root, _PLAIN)
    walker.flush(root, _PLAIN)
    return walker.blocks


class _Walker:
    def __init__(self, base_url: str, skip: Callable[[Element], bool], apart: Element | None) -> None:
        self.blocks: list[Block] = []
        self._base = base_url
        self._skip = skip
        self._apart = apart
        self._line = Line()
        self._open: list[tuple[str, str]] = []  # inline tags in force: opening and closing
        self._bold = self._italic = 0
        self._hrefs: list[str] = []  # links in force
        self._tables = self._cells = self._lists = self._items = self._depth = 0

    def enter(self, parent: Element, element: Element, place: _Place) -> None:
        """Everything inside ``parent``, its own text first; ``element`` is the block it is a part of."""
        text = parent.text
        if text:
            self._line.write(text, self._bold, self._italic, bool(self._hrefs))
        if not len(parent):
            return
        if self._depth > _DEEPEST:
            self._line.write(" ".join(map(str, parent.itertext())), self._bold, self._italic, bool(self._hrefs))
            return
        self._depth += 1
        for child in parent:
            tag = child.tag
            if tag in BLOCKS:
                if not self._skip(child):
                    self._block(child, tag, element, place)
            elif tag == "br":
                self.flush(element, place)
            elif tag == "img":
                self._image(child)
            elif tag not in SILENT and isinstance(tag, str) and not self._skip(child):
                if child is self._apart:
                    self._block(child, tag, element, place)
                else:
                    self._inline(child, tag, element, place)
            text = child.tail
            if text:
                self._line.write(text, self._bold, self._italic, bool(self._hrefs))
        self._depth -= 1

    def _block(self, child: Element, tag: str, element: Element, place: _Place) -> None:
        """A block of its own: the line before it ends, and so does its last. ``element``: what it stands in."""
        line = self._line
        if line.text or line.markup or line.images or self._open:
            self.flush(element, place)
        if tag == "table" and is_data_table(child, self._skip):
            self._data_table(child, element, place)
            return
        names = child.keys()
        right = _is_right(child, names) if names else place.right
        if tag in _PLACING or right is not place.right:
            place = self._place(tag, place, right)
        self.enter(child, child, place)
        line = self._line
        if line.text or line.markup or line.images or self._open:
            self.flush(child, place)

    def _place(self, tag: str, place: _Place, right: bool) -> _Place:
        kind, level, cell, table = place.kind, place.level, place.cell, place.table
        if tag in HEADINGS:
            kind, level = "h", int(tag[1])
        elif tag == "li":
            kind = "li"
        elif tag == "table":
            self._tables += 1
            table = self._tables
        elif tag in ("td", "th"):
            self._cells += 1
            cell, kind = self._cells, "p"
        return _Place(
            kind,
            level,
            cell,
            table,
            self._lists_at(tag, place) if tag in _LISTED else place.lists,
            place.quote or tag == "blockquote",
            place.figure or tag == "figcaption",
            right,
        )

    def _lists_at(self, tag: str, place: _Place) -> tuple[Level, ...]:
        """The lists open inside a list or an item; an item without a list opens one."""
        if tag != "li" and len(place.lists) >= _DEEPEST_LIST:
            return place.lists
        if tag != "li":
            self._lists += 1
            return (*place.lists, Level(tag == "ol", self._lists, 0))
        self._items += 1
        above = place.lists[:-1]
        own = place.lists[-1] if place.lists else Level(False, 0, 0)
        return (*above, own._replace(item=self._items))

    def _inline(self, child: Element, tag: str, element: Element, place: _Place) -> None:
        names = child.keys()
        if "class" in names and _stands_apart(child):
            self._line.write(" ", 0, 0, False)
        style = (child.get("style") or "") if "style" in names else ""
        bold = tag in ("b", "strong") or "bold" in style
        italic = tag in ("i", "em") or "italic" in style
        written = (child.get("href") or "") if tag == "a" else ""
        opened = self._opening(tag, safe_url(self._base, written) if written else None)
        if opened:
            self._line.write_tag(opened[0])
            self._open.append(opened)
        self._bold, self._italic = self._bold + bold, self._italic + italic
        before = len(self._line.text), self._line
        if tag == "a":
            self._hrefs.append(written)
        self.enter(child, element, place)
        if tag == "a":
            self._hrefs.pop()
        self._bold, self._italic = self._bold - bold, self._italic - italic
        if opened:
            self._open.pop()
            self._line.write_tag(opened[1])
        if written:
            start = before[0] if before[1] is self._line else 0
            text = squash("".join(self._line.text[start:]))
            if text:
                self._line.links.append((written, text))
            elif before[1] is self._line:
                self._line.bare.append(written)

    def _opening(self, tag: str, href: str | None) -> tuple[str, str] | None:
        if href:
            return f'<a href="{html.escape(href)}">', "</a>"
        name = _INLINE.get(tag)
        return (f"<{name}>", f"</{name}>") if name else None

    def _image(self, element: Element) -> None:
        image = image_of(element, self._base)
        if image is not None:
            self._line.images.append(image)

    def flush(self, element: Element, place: _Place) -> None:
        """Ends the line, which stands in ``element``; an empty one leaves nothing."""
        line = self._line
        if not line.size and not line.images:
            line.text, line.markup = [], [opening for opening, _ in self._open]
            return
        text = squash("".join(line.text))
        self._line = fresh = Line([opening for opening, _ in self._open] if self._open else None)
        if not text and not line.images:
            fresh.bare = line.bare
            return
        if self._hrefs and self._hrefs[-1] and line.linked:
            line.links.append((self._hrefs[-1], text))  # a link around blocks: each of them is linked
        closing = "".join(closing for _, closing in reversed(self._open)) if self._open else ""
        size = 0.9 * line.size
        self.blocks.append(
            Block(
                place.kind if text else "image",
                text,
                line.html(text, closing),
                place.level,
                element,
                tuple(line.images),
                tuple(line.links),
                tuple(line.bare),
                line.linked,
                line.bold >= size,
                line.italic >= size,
                place.right,
                place.figure,
                place.cell,
                place.table,
                place.lists,
                place.quote,
            )
        )

    def _data_table(self, table: Element, element: Element, place: _Place) -> None:
        self._tables += 1
        number = self._tables
        for caption in table.iterchildren("caption"):
            if not self._skip(caption):
                self._block(caption, "caption", element, place)
        for row in rows_of(table):
            if self._skip(row):
                continue
            cells = [cell for cell in row if cell.tag in ("td", "th") and not self._skip(cell)]
            parts = [self._cell(cell) for cell in cells]
            if not any(part.text or part.images for part in parts):
                continue
            self.blocks.append(
                Block(
                    kind="row",
                    text=" | ".join(part.text for part in parts if part.text),
                    html="".join(part.html for part in parts),
                    element=row,
                    images=tuple(image for part in parts for image in part.images),
                    links=tuple(link for part in parts for link in part.links),
                    linked=sum(part.linked for part in parts),
                    table=number,
                    lists=place.lists,
                    quote=place.quote,
                    header=all(cell.tag == "th" for cell in cells) or all(part.bold for part in parts if part.text),
                    cells=tuple(part.text for part in parts),
                )
            )

    def _cell(self, cell: Element) -> Block:
        inner = blocks_of(cell, self._base, self._skip) if len(cell) else list(_plain(cell))
        tag = "th" if cell.tag == "th" else "td"
        spans = "".join(
            f' {name}="{int(value)}"'
            for name in ("colspan", "rowspan")
            if (value := cell.get(name, "")).isdecimal() and value.isascii() and 1 < int(value) < 1000
        )
        markup = "<br>".join(block.html for block in inner if block.text)
        return Block(
            kind="p",
            text=" ".join(block.text for block in inner if block.text),
            html=f"<{tag}{spans}>{markup}</{tag}>",
            images=tuple(image for block in inner for image in block.images),
            links=tuple(link for block in inner for link in block.links),
            linked=sum(block.linked for block in inner),
            bold=all(block.bold for block in inner if block.text),
        )


def _plain(cell: Element) -> Iterator[Block]:
    """The block of a cell that holds text and nothing else; none for an empty one."""
    text = squash(cell.text)
    if text:
        yield Block(kind="p", text=text, html=html.escape(text, quote=False))


# Classes that editors and word processors put on parts of one word.
_EDITOR = re.compile(r"ms-rte|mso|spelle|grame|apple-|^s\d|^[a-z]{1,2}\d*$", re.I)


def _stands_apart(element: Element) -> bool:
    """Whether an inline element is a piece of its own beside the one before, though no blank parts them: the template
    gave both a class, and not the same."""
    before = element.getprevious()
    if before is None or before.tail or before.tag != element.tag or element.tag not in ("span", "a"):
        return False
    classes, others = element.get("class", ""), before.get("class", "")
    return bool(others) and classes != others and not _EDITOR.search(classes) and not _EDITOR.search(others)


def _is_right(element: Element, names: Names) -> bool:
    if "align" in names and element.get("align", "").lower() == "right":
        return True
    style = (element.get("style") or "") if "style" in names else ""
    return "right" in style and "text-align:right" in style.replace(" ", "")
