"""Turns an article's blocks into the markup editors leave behind: pasted, wrapped, zero-width, escaped."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from tests.portal.blocks import Anchor, Block, Columns, Content, Heading, Items, Paragraph, Picture, Table
from tests.portal.prose import decorate
from tests.portal.slugs import guid, hexes
from tests.portal.templates import fragments

ENTITIES = {"ê": "&ecirc;", "à": "&agrave;", "ô": "&ocirc;", "á": "&aacute;", "â": "&acirc;", "Ô": "&Ocirc;"}
RICH = fragments("rich")


def address(href: str) -> str:
    """A path as it stands in an href: percent-encoded UTF-8."""
    return quote(href, safe="/:?=&%#;,@+$!*'()~")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ink:
    """Writes text the way one page's editor wrote it."""

    letters: str = "nfc"
    colons: bool = False
    """SharePoint's rich text editor writes ``&#58;`` for a colon, in text and in attributes."""

    def text(self, text: str) -> str:
        """The text as HTML."""
        if self.letters == "nfd":
            text = unicodedata.normalize("NFD", text)
        elif self.letters == "wide":
            text = text.replace(", ", ",\u3000", 1)
        html = escape(decorate(text, self.letters), quote=False)
        if self.letters == "entities":
            for letter, entity in ENTITIES.items():
                html = html.replace(letter, entity)
        return html.replace(":", "&#58;") if self.colons else html

    def attribute(self, text: str) -> str:
        """The text inside an attribute."""
        html = escape(text)
        return html.replace(":", "&#58;") if self.colons else html


class Rich:
    """One article's body as HTML. ``origin`` makes some links absolute, as editors paste them."""

    def __init__(self, content: Content, *, origin: str, key: str) -> None:
        self.content, self.origin, self.key = content, origin, key
        self.dirt = content.dirt
        self.ink = Ink(letters=content.letters, colons=content.dirt in ("external", "mso"))

    def html(self, *, signature: str | None = None) -> str:
        """The body; the signature stands last, right-aligned, where the template lets the editor write it."""
        parts = [self._block(block, i) for i, block in enumerate(self.content.blocks)]
        if "webpart" in self.content.extras:
            parts.insert(1, self._web_part())
        if signature:
            parts.append(self._signed(signature))
        if self.dirt == "br":
            return f"<div>\u200b{'<br><br>'.join(parts)}<br></div>"
        joined = "\n".join(parts)
        if self.dirt == "external":
            wrapper = f"ExternalClass{hexes(self.key, length=32).upper()}"
            return f'<div class="{wrapper}">\u200b{joined}<p>\u200b&#160;</p></div>'
        if self.dirt == "plain":
            return f"<p>\u200b&#160;</p>{joined}"
        return f"{joined}<p>&#160;</p>\n<p></p></p>"

    def _paragraph(self, html: str) -> str:
        match self.dirt:
            case "mso" | "div":
                return RICH[self.dirt].fill(html=html)
            case "external":
                return f'<p style="text-align:justify">{html}&#160;</p>'
            case "br":
                return html
        return f'<p style="text-align:justify;">{html}</p>'

    def _block(self, block: Block, index: int) -> str:
        match block:
            case Paragraph(runs=runs, quote=quoted):
                html = "".join(self._run(run) for run in runs)
                if quoted:
                    return RICH["quote"].fill(html=self._paragraph(html))
                return self._paragraph(self._spaced(html, index))
            case Heading(text=text):
                return f'<h3 class="ms-rteElement-H3B">\u200b{self.ink.text(text)}</h3>'
            case Items(items=items):
                return "<ul>" + "".join(f"<li>{self.ink.text(item)}</li>" for item in items) + "</ul>"
            case Table(rows=rows):
                return self._table(rows)
            case Columns(cells=cells):
                return self._columns(cells)
            case Picture():
                return self._picture(block)

    def _spaced(self, html: str, index: int) -> str:
        """Now and then a run of no-break spaces, a soft hyphen, a comment."""
        if index % 5 == 2:
            html = html.replace(" ", "&#160; ", 1)
        if index % 7 == 3:
            html = f"{html}<!-- SPM: kết thúc đoạn -->"
        if index % 6 == 4:
            html = html.replace("ng ", "ng\u00ad ", 1)
        return html

    def _run(self, run: str | Anchor) -> str:
        if isinstance(run, str):
            return self.ink.text(run)
        href = address(run.href)
        if self.dirt in ("external", "mso"):
            href = self.origin + href
        return RICH["link"].fill(href=self.ink.attribute(href), text=self.ink.text(run.text))

    def _table(self, rows: tuple[tuple[str, ...], ...]) -> str:
        def cells(row: tuple[str, ...], tag: str, kind: str) -> str:
            return "".join(
                RICH["cell"].fill(tag=tag, kind=kind, text="\u200b" + (self.ink.text(cell) or "&#160;")) for cell in row
            )

        body = "".join(
            f'<tr class="ms-rteTable{("Even", "Odd")[i % 2]}Row-default">{cells(row, "td", "EvenCol")}</tr>'
            for i, row in enumerate(rows[1:])
        )
        return RICH["table"].fill(head=cells(rows[0], "th", "HeaderEvenCol"), rows=body)

    def _columns(self, cells: tuple[tuple[str, ...], ...]) -> str:
        drawn = (
            RICH["column"].fill(pieces="<br>".join(f"<strong>{self.ink.text(piece)}</strong>" for piece in pieces))
            for pieces in cells
        )
        return RICH["columns"].fill(cells="".join(drawn))

    def _picture(self, picture: Picture) -> str:
        alt = "" if picture.alt is None else self.ink.attribute(picture.alt)
        caption = self.ink.text(picture.caption or "")
        if "figure" in self.content.extras:
            return RICH["figure"].fill(alt=alt, src=picture.href, caption=caption)
        image = RICH["image"].fill(alt=alt, src=picture.href)
        if "caption_table" in self.content.extras:
            return RICH["image_table"].fill(image=image, caption=caption)
        if self.dirt == "br":
            return f"{image}<br>{caption}"
        return f'<p style="text-align:center">{image}</p>\n<p style="text-align:center">{caption}</p>'

    def _signed(self, signature: str) -> str:
        text = self.ink.text(signature)
        if self.dirt == "br":
            return f"<strong>{text}</strong>"
        return f'<p style="text-align:right"><strong>{text}</strong></p>'

    def _web_part(self) -> str:
        return RICH["webpart"].fill(guid=guid(self.key, "webpart"))
