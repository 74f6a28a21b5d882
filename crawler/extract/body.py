"""What is left of the blocks: body text by the rules of a line, and the same as safe, simplified HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import groupby, takewhile
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

from archive.models import Image
from crawler.extract.addresses import safe_url
from crawler.extract.blocks import Block

#: Elements that stored HTML may hold, and the attributes each may carry.
SAFE: dict[str, frozenset[str]] = {
    name: frozenset(attributes)
    for name, attributes in {
        "p": (), "h2": (), "h3": (), "h4": (), "ul": (), "ol": (), "li": (), "table": (), "thead": (), "tbody": (),
        "tr": (), "td": ("colspan", "rowspan"), "th": ("colspan", "rowspan"), "a": ("href",), "img": ("src", "alt"),
        "figure": (), "figcaption": (), "blockquote": (), "strong": (), "em": (), "br": (),
    }.items()
}  # fmt: skip


def body_text(blocks: list[Block]) -> str:
    """Lines joined with one newline."""
    return "\n".join(block.text for block in blocks if block.text)


def body_html(blocks: list[Block], captions: dict[int, str]) -> str:
    """The blocks as safe HTML. ``captions``: index of a block -> caption of its last picture."""
    return sanitize(_rendered([_Piece(block, captions.get(index)) for index, block in enumerate(blocks)], 0))


class _Piece(NamedTuple):
    """A block and the caption of its last picture."""

    block: Block
    caption: str | None


def _rendered(pieces: list[_Piece], depth: int) -> str:
    """Pieces that stand in the same ``depth`` list items, their further lists and tables put together again."""
    markup: list[str] = []
    for (tag, number), members in groupby(pieces, key=lambda piece: _group(piece.block, depth)):
        group = list(members)
        if tag == "table" and number:
            markup.append(_table([piece.block for piece in group]))
            continue
        inside = _items(group, depth) if tag in ("ul", "ol") else "".join(map(_paragraph, group))
        markup.append(f"<{tag}>{inside}</{tag}>" if tag else inside)
    return "".join(markup)


def _group(block: Block, depth: int) -> tuple[str, int]:
    """What a block is a part of, besides the list items it stands in anyway."""
    if len(block.lists) > depth:
        level = block.lists[depth]
        return "ol" if level.ordered else "ul", level.number
    if block.kind == "row":
        return "table", block.table
    return "blockquote" if block.quote and not depth else "", 0


def _items(pieces: list[_Piece], depth: int) -> str:
    return "".join(
        f"<li>{_item(list(members), depth + 1)}</li>"
        for _, members in groupby(pieces, key=lambda piece: piece.block.lists[depth].item)
    )


def _item(pieces: list[_Piece], depth: int) -> str:
    """The inside of a list item: its line bare, unless there are several."""
    lines = [piece for piece in pieces if piece.block.kind == "li" and piece.block.text and _is_own(piece, depth)]
    if len(lines) != 1 or lines[0] is not pieces[0]:
        return _rendered(pieces, depth)
    block, caption = lines[0]
    return block.html + "".join(_figures(block.images, caption)) + _rendered(pieces[1:], depth)


def _is_own(piece: _Piece, depth: int) -> bool:
    return len(piece.block.lists) == depth


def _table(rows: list[Block]) -> str:
    marked = list(takewhile(lambda row: row.header, rows))
    head = marked if len(marked) < len(rows) else marked[:1]
    top = "".join(f"<tr>{row.html}</tr>" for row in head)
    rest = "".join(f"<tr>{row.html}</tr>" for row in rows[len(head) :])
    return f"<table>{f'<thead>{top}</thead>' if top else ''}{f'<tbody>{rest}</tbody>' if rest else ''}</table>"


def _paragraph(piece: _Piece) -> str:
    block = piece.block
    figures = "".join(_figures(block.images, piece.caption))
    if not block.text:
        return figures
    tag = f"h{min(max(block.level, 2), 4)}" if block.kind == "h" else "p"
    return f"{figures}<{tag}>{block.html}</{tag}>"


def _figures(images: tuple[Image, ...], caption: str | None) -> Iterator[str]:
    for index, image in enumerate(images):
        alt = f' alt="{html.escape(image.alt)}"' if image.alt else ""
        last = index == len(images) - 1
        note = f"<figcaption>{html.escape(caption, quote=False)}</figcaption>" if caption and last else ""
        yield f'<figure><img src="{html.escape(image.url)}"{alt}>{note}</figure>'


# Every tag of markup that needs no cleaning: a safe element, its attributes in the order they are written above.
_SAFE_TAGS = re.compile(
    r"</?(?:p|h[234]|[uo]l|li|table|thead|tbody|tr|t[dh]|figure|figcaption|blockquote|strong|em)>|<br/?>|</a>"
    r'|<t[dh](?: colspan="\d+")?(?: rowspan="\d+")?>|<a href="https?://[^"<>]*">'
    r'|<img src="https?://[^"<>]*"(?: alt="[^"<>]*")?/?>'
)
_EMPTY = re.compile(r"<(strong|em)>\s*</\1>")


def sanitize(markup: str) -> str:
    """The same HTML with nothing but ``SAFE`` elements and attributes and http(s) addresses in it.

    What is written here is safe already, and a look at every tag proves it; anything else is parsed, cleaned and looked
    at again. Markup that cannot be proved even then is given as plain text.
    """
    if "<strong>" in markup or "<em>" in markup:
        markup = _EMPTY.sub("", markup)
    if is_safe(markup):
        return markup
    cleaned = _cleaned(markup)
    return cleaned if is_safe(cleaned) else html.escape(cleaned, quote=False)


def is_safe(markup: str) -> bool:
    """Whether every tag is one of ``SAFE`` in the one spelling that is written here.

    A browser opens a tag, a comment or a declaration at ``<`` alone, so what is between such tags can only be text.
    """
    return len(_SAFE_TAGS.findall(markup)) == markup.count("<")  # each of them holds one


def _cleaned(markup: str) -> str:
    soup = BeautifulSoup(markup, "lxml")
    for remark in soup.find_all(string=lambda text: isinstance(text, PreformattedString)):
        remark.extract()
    for element in soup.find_all(True):
        if element.name in ("script", "style"):
            element.decompose()
        elif element.name not in SAFE:
            element.unwrap()
        elif element.attrs or element.name in ("a", "img"):
            _keep_attributes(element)
    return soup.decode(formatter="minimal")


def _keep_attributes(element: Tag) -> None:
    for attribute in list(element.attrs):
        address = attribute in ("href", "src")
        if attribute not in SAFE[element.name] or (address and safe_url("", str(element.attrs[attribute])) is None):
            del element.attrs[attribute]
    if element.name == "a" and "href" not in element.attrs:
        element.unwrap()
    elif element.name == "img" and "src" not in element.attrs:
        element.decompose()
