"""Turns an article's blocks into the markup editors leave behind: pasted, wrapped, zero-width, escaped."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from tests.portal.blocks import Anchor, Block, Columns, Content, Heading, Items, Paragraph, Picture, Table
from tests.portal.prose import decorate
from tests.portal.slugs import guid, hexes

ENTITIES = {"ê": "&ecirc;", "à": "&agrave;", "ô": "&ocirc;", "á": "&aacute;", "â": "&acirc;", "Ô": "&Ocirc;"}
MSO_SPAN = "font-size:14pt;font-family:&quot;times new roman&quot;,serif;color:black"
WORDS = "text-align:justify;text-indent:0.5in;margin:6pt 0in"


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
            return f'<div class="ExternalClass{hexes(self.key, length=32).upper()}">\u200b{joined}<p>\u200b&#160;</p></div>'
        if self.dirt == "plain":
            return f"<p>\u200b&#160;</p>{joined}"
        return f"{joined}<p>&#160;</p>\n<p></p></p>"

    def _paragraph(self, html: str) -> str:
        match self.dirt:
            case "mso":
                return f'<p class="MsoNormal" style="{WORDS}"><span lang="VI" style="{MSO_SPAN}">{html}<o:p></o:p></span></p>'
            case "external":
                return f'<p style="text-align:justify">{html}&#160;</p>'
            case "br":
                return html
            case "div":
                return f'<div style="text-align&#58;justify;"><span class="ms-rteFontSize-3 ms-rteThemeForeColor-2-0">{html}</span></div>'
        return f'<p style="text-align:justify;">{html}</p>'

    def _block(self, block: Block, index: int) -> str:
        match block:
            case Paragraph(runs=runs, quote=quoted):
                html = "".join(self._run(run) for run in runs)
                if quoted:
                    return f'<blockquote style="margin-left:40px;border:none;padding:0px;">{self._paragraph(html)}</blockquote>'
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
        return f'<a href="{self.ink.attribute(href)}" target="_blank"><strong>{self.ink.text(run.text)}</strong></a>'

    def _table(self, rows: tuple[tuple[str, ...], ...]) -> str:
        def cells(row: tuple[str, ...], tag: str, kind: str) -> str:
            return "".join(
                f'<{tag} class="ms-rteTable{kind}-default" rowspan="1" colspan="1" style="width:25%">'
                f"\u200b{self.ink.text(cell) or '&#160;'}</{tag}>"
                for cell in row
            )

        head = f'<tr class="ms-rteTableHeaderRow-default">{cells(rows[0], "th", "HeaderEvenCol")}</tr>'
        body = "".join(
            f'<tr class="ms-rteTable{("Even", "Odd")[i % 2]}Row-default">{cells(row, "td", "EvenCol")}</tr>'
            for i, row in enumerate(rows[1:])
        )
        return (
            '<table class="ms-rteTable-default" cellspacing="0" border="1" style="width:100%">'
            f"<tbody>{head}{body}</tbody></table>"
        )

    def _columns(self, cells: tuple[tuple[str, ...], ...]) -> str:
        def cell(pieces: tuple[str, ...]) -> str:
            inner = "<br>".join(f"<strong>{self.ink.text(piece)}</strong>" for piece in pieces)
            return f'<td valign="top" style="width:50%;padding:0in 5.4pt"><p align="center" style="text-align:center">{inner}</p></td>'

        return (
            '<table class="MsoNormalTable" border="0" cellspacing="0" cellpadding="0" style="width:100%;border-collapse:collapse">'
            f"<tbody><tr>{''.join(cell(pieces) for pieces in cells)}</tr></tbody></table>"
        )

    def _picture(self, picture: Picture) -> str:
        alt = "" if picture.alt is None else self.ink.attribute(picture.alt)
        image = f'<img alt="{alt}" src="{picture.href}?RenditionID=5" style="margin:5px;width:600px" />'
        caption = self.ink.text(picture.caption or "")
        if "caption_table" in self.content.extras:
            return (
                '<table class="ms-rteTable-0" align="center" cellpadding="2"><tbody>'
                f'<tr><td style="text-align:center">{image}</td></tr>'
                f'<tr><td style="text-align:center"><em>{caption}</em></td></tr></tbody></table>'
            )
        if self.dirt == "br":
            return f"{image}<br>{caption}"
        return f'<p style="text-align:center">{image}</p>\n<p style="text-align:center">{caption}</p>'

    def _signed(self, signature: str) -> str:
        text = self.ink.text(signature)
        if self.dirt == "br":
            return f"<strong>{text}</strong>"
        return f'<p style="text-align:right"><strong>{text}</strong></p>'

    def _web_part(self) -> str:
        part = guid(self.key, "webpart")
        return (
            '<div class="ms-rtestate-read ms-rte-wpbox" contenteditable="false">'
            f'<div class="ms-rtestate-notify ms-rtestate-read {part}" id="div_{part}">'
            '<table width="100%"><tr><td class="ms-WPHeaderTd" title="PublishingPortal - Block_BanTin_QuangCao - Khối chèn trong bài">'
            "PublishingPortal - Block_BanTin_QuangCao</td></tr></table>"
            f'<div WebPartID="{part}" id="WebPartWPQ7" class="ms-WPBody noindex"></div></div></div>'
        )
