"""The line of a page that is being gathered: its text and, where tags stand in it, its markup."""

from __future__ import annotations

import html

from archive.models import Image
from crawler.extract.dom import squash


class Line:
    """What was read since the last line ended.

    No dataclass: several are begun for one that is filled, and this is made in half the time.
    """

    __slots__ = ("bare", "bold", "images", "italic", "linked", "links", "markup", "size", "text")

    def __init__(self, opened: list[str] | None = None) -> None:
        """``opened``: the tags in force where the line begins."""
        self.text: list[str] = []
        self.markup: list[str] = opened or []
        """Tags and escaped text; empty while no tag stands in the line, for then its text says it all."""
        self.images: list[Image] = []
        self.links: list[tuple[str, str]] = []
        self.bare: list[str] = []
        """Addresses of links without words."""
        self.bold = self.italic = self.linked = self.size = 0

    def write(self, text: str, bold: int, italic: int, linked: bool) -> None:
        """Take a piece of text as it stands in the page; a blank before everything else is none."""
        blank = text.isspace()
        if blank and not self.text and not self.markup:
            return
        self.text.append(text)
        if self.markup:
            self.markup.append(html.escape(text, quote=False))
        if blank:
            return
        size = len(text)
        self.size += size
        if bold:
            self.bold += size
        if italic:
            self.italic += size
        if linked:
            self.linked += size

    def write_tag(self, tag: str) -> None:
        """Take an opening or closing tag."""
        if not self.markup:
            self.markup = [html.escape(text, quote=False) for text in self.text]
        self.markup.append(tag)

    def html(self, text: str, closing: str) -> str:
        """Safe inline HTML of the whole line, whose clean text is ``text``; ``closing``: the tags still open."""
        return squash("".join(self.markup) + closing) if self.markup else html.escape(text, quote=False)
