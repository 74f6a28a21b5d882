"""What happens to articles between two visits: a pure function of section, number and epoch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.portal.blocks import Anchor, Block, Content, Paragraph, Picture
from tests.portal.plan import Section

STATIC = frozenset({"C", "N"})
"""Families of the foreign host, which does not evolve, so that its two generations stay comparable."""
MOVING = ("A1", "A2", "B")
"""Families whose addresses are made from titles and hashes, and can change."""
EDITS = ("body", "title", "author", "caption", "file", "date")


LAST = 4
"""The last epoch at which anything happens."""
OUTAGES = {3: "soft_404"}
"""Epoch -> how every article of ``OUT`` answers through all of it. Nothing else happens then."""
OUT = frozenset({"main", "dulich"})
"""Hosts that are out."""


CORRECTED = {
    "vi": "Thông tin này đã được đính chính theo đề nghị của đơn vị cung cấp số liệu.",
    "en": "This page was corrected at the request of the office that gave the figures.",
}
"""Language -> the line that a page which was edited says so with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """The state of one article at one epoch."""

    live: bool = True
    edits: tuple[str, ...] = ()
    """The edits it has undergone, in order."""
    moves: int = 0
    """How often it has got another address."""
    trace: str = ""
    """What its old addresses answer: ``301`` or ``soft`` when moved; ``404`` or ``302`` when removed."""
    added: bool = False
    back_dated: bool = False


def _cycle(section: Section) -> int:
    return 11 if section.count < 40 else 37


def born_later(section: Section) -> int:
    """How many articles the section gains at epoch 1, and again at epoch 4."""
    return 0 if section.family in STATIC or section.host == "hoinongdan" else max(1, section.count // 40)


def fate(section: Section, n: int, epoch: int) -> Fate:
    """What has become of article ``n`` of the section by that epoch.

    At epoch 1 articles are edited, moved, removed and added; at 2 half of the removed come back under a new template;
    at 3 hosts are out; at 4 others are edited, moved, removed and added, and some a second time.
    """
    if n >= section.count:
        late = n - section.count
        born = 1 if late < born_later(section) else LAST
        return Fate(live=epoch >= born, added=True, back_dated=(section.index + late) % 3 == 0)
    if epoch < 1 or section.family in STATIC or section.host == "hoinongdan":
        return Fate()
    cycle = _cycle(section)
    place = (n * 7 + section.index * 3) % cycle
    turn, late = n // cycle + section.index, epoch >= LAST
    match place:
        case 5:
            again = ("title",) if late and turn % 2 else ()
            return Fate(edits=(EDITS[turn % len(EDITS)], *again))
        case 4 if late:
            return Fate(edits=(EDITS[turn % len(EDITS)],))
        case 9:
            back = epoch >= 2 and turn % 2 == 0
            back = back if not late else not back if turn % 4 < 2 else back
            return Fate(live=back, trace=("404", "302")[turn // 2 % 2])
        case 7 if late:
            return Fate(live=False, trace=("404", "302")[turn % 2])
        case 2 if section.family in MOVING:
            return Fate(moves=2 if late and turn % 3 else 1, trace=("301", "soft")[turn % 2])
        case 3 if late and section.family in MOVING:
            return Fate(moves=1, trace=("soft", "301")[turn % 2])
    return Fate()


def edited(
    title: str, content: Content, shown: datetime, edit: str, *, updated_line: bool
) -> tuple[str, Content, datetime]:
    """The article after the edit. A page that prints an update time prints a new one after every edit."""
    if edit == "date" or updated_line:
        shown = shown + timedelta(days=3, minutes=17)
    if edit != "title" and content.papers and content.papers.status:
        papers = replace(content.papers, status="Đã được thay thế")
        return title, replace(content, papers=papers), shown
    if edit == "title":
        return f"{title} (đã bổ sung)", content, shown
    if edit == "author" and content.author:
        line = (content.author_line or "").replace(content.author, "Thu Hậu")
        return title, replace(content, author="Thu Hậu", author_line=line), shown
    if edit == "caption" and any(isinstance(block, Picture) for block in content.blocks):
        return title, replace(content, blocks=tuple(map(_recaptioned, content.blocks))), shown
    if edit == "file":
        name = "/Documents/bo sung " + hashlib.sha256(title.encode()).hexdigest()[:6] + ".pdf"
        link = Paragraph(runs=("Tài liệu bổ sung xem ", Anchor(href=name, text="TẠI ĐÂY", file=True), "."))
        return title, replace(content, blocks=(*content.blocks[:1], link, *content.blocks[1:])), shown
    if edit == "date":
        return title, content, shown
    added = Paragraph(runs=(CORRECTED.get(content.language, CORRECTED["vi"]),))
    return title, replace(content, blocks=(*content.blocks[:1], added, *content.blocks[1:])), shown


def _recaptioned(block: Block) -> Block:
    return replace(block, caption=f"{block.caption}, nhìn từ phía đông") if isinstance(block, Picture) else block
