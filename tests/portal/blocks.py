"""What an article says, free of any markup, and the one rule that turns it into archived text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchor:
    """A link inside running text. ``file`` marks a link to a document, which is an attachment of the article."""

    href: str
    text: str
    file: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """Running text; a quote is shown indented."""

    runs: tuple[str | Anchor, ...]
    quote: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Items:
    """A bulleted list."""

    items: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table of data; the first row is its head."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """A table used for layout: each cell holds lines of its own."""

    cells: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """An image with the caption printed beside it; ``alt`` is what the alt attribute holds."""

    href: str
    caption: str | None = None
    alt: str | None = None


Block = Paragraph | Heading | Items | Table | Columns | Picture


@dataclass(frozen=True, kw_only=True, slots=True)
class Papers:
    """A legal document's own data as its page prints it."""

    number: str | None = None
    number_raw: str | None = None
    type: str | None = None
    issuer: str | None = None
    signer: str | None = None
    issued_on: str | None = None
    issued_raw: str | None = None
    effective_on: str | None = None
    effective_raw: str | None = None
    abstract: str | None = None
    status: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """Everything one article page tells besides its title and its date."""

    lead: str | None
    blocks: tuple[Block, ...]
    author: str | None = None
    author_line: str | None = None
    """The signature as printed, label included."""
    source: str | None = None
    source_line: str | None = None
    files: tuple[Anchor, ...] = ()
    """Files offered below the body, outside the running text."""
    language: str = "vi"
    papers: Papers | None = None
    dirt: str = "plain"
    """How the editor's markup was made: plain, mso, external, br, div."""
    letters: str = "nfc"
    """What is odd about the letters: nfc, nfd, eth (U+00D0), african (U+0189), entities, wide (U+3000)."""
    extras: frozenset[str] = field(default_factory=frozenset)
    """Further dirt: ``webpart`` (a web part inside the rich text), ``caption_table``."""


ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff\u00ad"))


def clean(text: str) -> str:
    """NFC, one blank between words, no zero-width letters, and Đ as the Vietnamese letter."""
    text = unicodedata.normalize("NFC", text).translate(ZERO_WIDTH)
    return re.sub(r"\s+", " ", text).strip()


def plain(paragraph: Paragraph) -> str:
    """The paragraph's text with its links' texts in place."""
    return "".join(run if isinstance(run, str) else run.text for run in paragraph.runs)


def lines(blocks: Iterable[Block]) -> Iterator[str]:
    """One line a paragraph, heading, list item, table row or piece of a layout cell; captions are no lines."""
    for block in blocks:
        match block:
            case Paragraph():
                yield clean(plain(block))
            case Heading(text=text):
                yield clean(text)
            case Items(items=items):
                yield from map(clean, items)
            case Table(rows=rows):
                for row in rows:
                    yield " | ".join(cell for cell in map(clean, row) if cell)
            case Columns(cells=cells):
                for cell in cells:
                    yield from map(clean, cell)
            case Picture():
                pass


def body_text(content: Content) -> str:
    """The archived text: the lead as first line where there is one, then the body's lines."""
    first = [clean(content.lead)] if content.lead else []
    return "\n".join(line for line in [*first, *lines(content.blocks)] if line)


def pictures(content: Content) -> list[Picture]:
    """The article's images in page order."""
    return [block for block in content.blocks if isinstance(block, Picture)]


def attachments(content: Content) -> list[Anchor]:
    """The files the article links to: those in its text in order, then those offered below it."""
    inside = [
        run
        for block in content.blocks
        if isinstance(block, Paragraph)
        for run in block.runs
        if isinstance(run, Anchor) and run.file
    ]
    return [*inside, *content.files]
