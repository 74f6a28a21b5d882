"""A tree read as a row of blocks: what a person sees as paragraphs, headings, list items, table rows and pictures.

One walk gives text and safe HTML together, so that both always say the same. Rules of a line: a paragraph, heading,
list item or piece between line breaks is one block; a row of a data table is one block, its non-empty cells joined
with `` | ``; layout tables are read as the blocks inside them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from lxml.html import HtmlElement

from archive.models import Image
from crawler.extract.addresses import image_of, safe_url
from crawler.extract.dom import BLOCKS, HEADINGS, SILENT, squash

Kind = Literal["p", "h", "li", "row", "image"]

_INLINE = {"b": "strong", "strong": "strong", "i": "em", "em": "em"}
_DEEPEST = 180
_PLAIN_CELL = 400


@dataclass(slots=True)
class Block:
    """One line of a page, with what is needed to judge it."""

    kind: Kind
    text: str
    html: str = ""
    """Safe inline HTML of the line; for a row its cells."""
    level: int = 0
    """Heading level 1-6, 0 otherwise."""
    element: HtmlElement | None = None
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
    ordered: bool = False
    quote: bool = False
    header: bool = False
    """A row made of th cells."""
    cells: tuple[str, ...] = ()


@dataclass(slots=True)
class _Line:
    """The line being gathered."""

    text: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    bold: int = 0
    italic: int = 0
    linked: int = 0
    size: int = 0
    plain: bool = True
    """No tag and nothing escaped in ``html``: it is the text."""


@dataclass(slots=True)
class _Place:
    """Where the walk is; never changed once made."""

    element: HtmlElement
    kind: Kind = "p"
    level: int = 0
    cell: int = 0
    table: int = 0
    ordered: bool = False
    quote: bool = False
    figure: bool = False
    right: bool = False


def blocks_of(
    root: HtmlElement, base_url: str, skip: Callable[[HtmlElement], bool], apart: HtmlElement | None = None
) -> list[Block]:
    """The blocks inside ``root`` in page order. ``skip`` says of an element whether it is left out; ``apart`` is read
    as a block whatever it is: a headline may be a span on the line of the lead."""
    walker = _Walker(base_url, skip, apart)
    walker.enter(root, _Place(element=root))
    walker.flush(_Place(element=root))
    return walker.blocks


class _Walker:
    def __init__(self, base_url: str, skip: Callable[[HtmlElement], bool], apart: HtmlElement | None) -> None:
        self.blocks: list[Block] = []
        self._base = base_url
        self._skip = skip
        self._apart = apart
        self._line = _Line()
        self._open: list[tuple[str, str]] = []  # inline tags in force: opening and closing
        self._bold = self._italic = 0
        self._hrefs: list[str] = []  # links in force
        self._tables = self._cells = self._depth = 0

    def enter(self, element: HtmlElement, place: _Place) -> None:
        """Everything inside ``element``, its own text first."""
        if element.text:
            self._write(element.text)
        if self._depth > _DEEPEST:
            self._write(" ".join(str(text) for text in element.itertext()))
            return
        self._depth += 1
        for child in element:
            tag = child.tag
            if isinstance(tag, str) and tag not in SILENT:
                if tag == "img":
                    self._image(child)
                elif tag == "br":
                    self.flush(place)
                elif not self._skip(child):
                    self._child(child, tag, place)
            if child.tail:
                self._write(child.tail)
        self._depth -= 1

    def _child(self, child: HtmlElement, tag: str, place: _Place) -> None:
        if tag not in BLOCKS and child is not self._apart:
            self._inline(child, tag, place)
            return
        self.flush(place)
        if tag == "table" and is_data_table(child, self._skip):
            self._data_table(child, place)
            return
        inside = self._place(child, tag, place)
        self.enter(child, inside)
        self.flush(inside)

    def _place(self, child: HtmlElement, tag: str, place: _Place) -> _Place:
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
            element=child,
            kind=kind,
            level=level,
            cell=cell,
            table=table,
            ordered=place.ordered if tag not in ("ol", "ul") else tag == "ol",
            quote=place.quote or tag == "blockquote",
            figure=place.figure or tag == "figcaption",
            right=_is_right(child) if child.attrib else place.right,
        )

    def _inline(self, child: HtmlElement, tag: str, place: _Place) -> None:
        if child.get("class") and _stands_apart(child):
            self._write(" ")
        style = child.get("style") or ""
        bold = tag in ("b", "strong") or "bold" in style
        italic = tag in ("i", "em") or "italic" in style
        href = self._href(child) if tag == "a" else None
        opened = self._opening(tag, href)
        if opened:
            self._line.html.append(opened[0])
            self._line.plain = False
            self._open.append(opened)
        self._bold, self._italic = self._bold + bold, self._italic + italic
        before = len(self._line.text), self._line
        if tag == "a":
            self._hrefs.append(child.get("href") or "")
        self.enter(child, place)
        if tag == "a":
            self._hrefs.pop()
        self._bold, self._italic = self._bold - bold, self._italic - italic
        if opened:
            self._open.pop()
            self._line.html.append(opened[1])
        if tag == "a" and child.get("href"):
            start = before[0] if before[1] is self._line else 0
            text = squash("".join(self._line.text[start:]))
            if text:
                self._line.links.append((child.get("href", ""), text))
            elif before[1] is self._line:
                self._line.bare.append(child.get("href", ""))

    def _opening(self, tag: str, href: str | None) -> tuple[str, str] | None:
        if href:
            return f'<a href="{html.escape(href)}">', "</a>"
        name = _INLINE.get(tag)
        return (f"<{name}>", f"</{name}>") if name else None

    def _href(self, element: HtmlElement) -> str | None:
        return safe_url(self._base, element.get("href"))

    def _write(self, text: str) -> None:
        line = self._line
        line.text.append(text)
        if "&" in text or "<" in text or ">" in text:
            text = html.escape(text, quote=False)
            line.plain = False
        line.html.append(text)
        if not text.isspace():
            size = len(text)
            line.size += size
            line.bold += size if self._bold else 0
            line.italic += size if self._italic else 0
            line.linked += size if self._hrefs else 0

    def _image(self, element: HtmlElement) -> None:
        image = image_of(element, self._base)
        if image is not None:
            self._line.images.append(image)

    def flush(self, place: _Place) -> None:
        """Ends the line; an empty one leaves nothing."""
        line = self._line
        if not line.size and not line.images:
            line.text = []
            line.html = [opening for opening, _ in self._open]
            line.plain = not self._open
            return
        text = squash("".join(line.text))
        self._line = _Line(html=[opening for opening, _ in self._open], plain=not self._open)
        if not text and not line.images:
            self._line.bare = line.bare
            return
        if self._hrefs and self._hrefs[-1] and line.linked:
            line.links.append((self._hrefs[-1], text))  # a link around blocks: each of them is linked
        markup = text
        if not line.plain:
            markup = squash("".join(line.html) + "".join(closing for _, closing in reversed(self._open)))
        self.blocks.append(
            Block(
                kind=place.kind if text else "image",
                text=text,
                html=markup,
                level=place.level,
                element=place.element,
                images=tuple(line.images),
                links=tuple(line.links),
                bare=tuple(line.bare),
                linked=line.linked,
                bold=line.bold >= 0.9 * line.size,
                italic=line.italic >= 0.9 * line.size,
                right=place.right,
                figure=place.figure,
                cell=place.cell,
                table=place.table,
                ordered=place.ordered,
                quote=place.quote,
            )
        )

    def _data_table(self, table: HtmlElement, place: _Place) -> None:
        self._tables += 1
        number = self._tables
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
                    quote=place.quote,
                    header=all(cell.tag == "th" for cell in cells) or all(part.bold for part in parts if part.text),
                    cells=tuple(part.text for part in parts),
                )
            )

    def _cell(self, cell: HtmlElement) -> Block:
        inner = blocks_of(cell, self._base, self._skip)
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


# Classes that editors and word processors put on parts of one word.
_EDITOR = re.compile(r"ms-rte|mso|spelle|grame|apple-|^s\d|^[a-z]{1,2}\d*$", re.I)


def _stands_apart(element: HtmlElement) -> bool:
    """Whether an inline element is a piece of its own beside the one before, though no blank parts them: the template
    gave both a class, and not the same."""
    before = element.getprevious()
    if before is None or before.tail or before.tag != element.tag or element.tag not in ("span", "a"):
        return False
    classes, others = element.get("class", ""), before.get("class", "")
    return bool(others) and classes != others and not _EDITOR.search(classes) and not _EDITOR.search(others)


def rows_of(table: HtmlElement) -> Iterator[HtmlElement]:
    """The table's own rows, not those of tables inside it."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("tbody", "thead", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def is_data_table(table: HtmlElement, skip: Callable[[HtmlElement], bool]) -> bool:
    """Whether the table's cells belong together by rows: two columns or more, short cells, nothing nested."""
    if table.get("role") == "presentation" or next(table.iterdescendants("table"), None) is not None:
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th") and not skip(cell)] for row in rows_of(table)]
    filled = [[cell for cell in row if _size(cell)] for row in rows]
    wide = sum(len(row) >= 2 for row in filled)
    if not wide:
        return False
    marked = any(cell.tag == "th" for row in filled for cell in row) or table.find("caption") is not None
    if len(filled) < 2 or (wide < 2 and not marked):
        return marked and len(filled) >= 2
    cells = [cell for row in filled for cell in row]
    long = sum(_size(cell) > _PLAIN_CELL for cell in cells)
    if any(next(cell.iterdescendants("h1", "h2", "h3", "img"), None) is not None for cell in cells) and not marked:
        return False
    return long * 4 <= len(cells) or marked


def _size(element: HtmlElement) -> int:
    return len(squash("".join(element.itertext())))


def _is_right(element: HtmlElement) -> bool:
    return element.get("align", "").lower() == "right" or "text-align:right" in (element.get("style") or "").replace(
        " ", ""
    )
