"""What happens to articles between two visits: a pure function of section, number and epoch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.portal.blocks import Anchor, Block, Content, Paragraph, Picture
from tests.portal.plan import Section

STATIC = frozenset({"C", "N"})
"""Families of the foreign host, which does not evolve, so that its two generations stay comparable."""
EDITS = ("body", "title", "author", "caption", "file", "date")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """The state of one article at one epoch."""

    live: bool = True
    edit: str | None = None
    """Which edit it has undergone."""
    moved: bool = False
    trace: str = ""
    """What its old address answers: ``301`` or ``soft`` when moved; ``404`` or ``302`` when removed."""
    added: bool = False
    back_dated: bool = False


def _cycle(section: Section) -> int:
    return 11 if section.count < 40 else 37


def born_later(section: Section) -> int:
    """How many articles the section gains at epoch 1."""
    return 0 if section.family in STATIC or section.host == "hoinongdan" else max(1, section.count // 40)


def fate(section: Section, n: int, epoch: int) -> Fate:
    """What has become of article ``n`` of the section by that epoch."""
    if n >= section.count:
        late = n - section.count
        return Fate(live=epoch >= 1, added=True, back_dated=(section.index + late) % 3 == 0)
    if epoch < 1 or section.family in STATIC or section.host == "hoinongdan":
        return Fate()
    cycle = _cycle(section)
    place = (n * 7 + section.index * 3) % cycle
    turn = n // cycle + section.index
    if place == 5:
        return Fate(edit=EDITS[turn % len(EDITS)])
    if place == 9:
        return Fate(live=epoch >= 2 and turn % 2 == 0, trace=("404", "302")[turn // 2 % 2])
    if place == 2 and section.family in ("A1", "A2", "B"):
        return Fate(moved=True, trace=("301", "soft")[turn % 2])
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
    added = Paragraph(runs=("Thông tin này đã được đính chính theo đề nghị của đơn vị cung cấp số liệu.",))
    return title, replace(content, blocks=(*content.blocks[:1], added, *content.blocks[1:])), shown


def _recaptioned(block: Block) -> Block:
    return replace(block, caption=f"{block.caption}, nhìn từ phía đông") if isinstance(block, Picture) else block
