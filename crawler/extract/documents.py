"""Legal documents: what a page states of one in labelled lines or cells, and document numbers put in order.

A page tells of a document when it labels its number and at least two more of its data. Pasted documents without labels
are read from their head (``Số: …``, ``Bắc Kạn, ngày … tháng … năm …``) and foot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from archive.models import Document
from crawler.extract.blocks import Block
from crawler.extract.dates import read_date
from crawler.extract.dom import key, short_key, squash

Field = Literal["number", "type", "issuer", "signer", "issued", "effective", "abstract", "status", "file"]

_LABELS: dict[Field, str] = {
    "number": "số ký hiệu|số hiệu|số / ký hiệu|số/ký hiệu|số, ký hiệu|số kí hiệu|số hiệu văn bản|số văn bản|ký hiệu"
    "|số và ký hiệu|số",
    "type": "loại văn bản|hình thức văn bản|thể loại|hình thức|loại",
    "issuer": "cơ quan ban hành|nơi ban hành|đơn vị bh|đơn vị ban hành|cơ quan bh|cơ quan",
    "signer": "người ký|người kí|người ký duyệt|người ký ban hành",
    "issued": "ngày ban hành|ngày bh|ngày ký|ban hành ngày|ngày văn bản",
    "effective": "ngày hiệu lực|ngày có hiệu lực|hiệu lực từ|hiệu lực từ ngày|có hiệu lực từ",
    "abstract": "trích yếu|tên văn bản|trích yếu nội dung|nội dung trích yếu|về việc|tóm tắt",
    "status": "tình trạng|tình trạng hiệu lực|trạng thái|hiệu lực",
    "file": "file đính kèm|tệp đính kèm|tải về|toàn văn|văn bản đính kèm|tài liệu đính kèm|file văn bản",
}
_BY_KEY: dict[str, Field] = {key(label): name for name, labels in _LABELS.items() for label in labels.split("|")}
_LONGEST_LABEL = max(map(len, _BY_KEY))
_LABEL_LINE = re.compile(r"^([^:]{2,28})\s*:\s*(.*)$", re.S)

_TYPES = {
    "NQ": "Nghị quyết", "QĐ": "Quyết định", "CT": "Chỉ thị", "QC": "Quy chế", "QyĐ": "Quy định", "TC": "Thông cáo",
    "TB": "Thông báo", "HD": "Hướng dẫn", "CTr": "Chương trình", "KH": "Kế hoạch", "PA": "Phương án", "ĐA": "Đề án",
    "DA": "Dự án", "BC": "Báo cáo", "BB": "Biên bản", "TTr": "Tờ trình", "HĐ": "Hợp đồng", "CĐ": "Công điện",
    "NĐ": "Nghị định", "TT": "Thông tư", "GM": "Giấy mời", "TTLT": "Thông tư liên tịch", "L": "Luật",
    "PL": "Pháp lệnh", "CV": "Công văn",
}  # fmt: skip
# Parts of a number that are always spelt in one way, whatever a page makes of them.
_SPELLING = {
    part.upper(): part for part in (*_TYPES, "TTg", "UBND", "HĐND", "SNN", "SGTVT", "VPCP", "VPĐP", "TTr", "TTLT")
}
_NUMBER = re.compile(
    r"(?<![\w/])(\d{1,5}\s*/\s*(?:(?:19|20)\d\d\s*/\s*)?[A-ZĐa-zđ]{1,6}[\wĐđ&]*(?:\s*[-–]\s*[A-ZĐa-zđ&][\wĐđ&]*)+"
    r"|\d{1,5}\s*/\s*(?:(?:19|20)\d\d\s*/\s*)(?:QH\d{1,2}|[A-ZĐ]{2,}[\wĐđ]*)"
    r"|\d{1,5}\s*-\s*[A-ZĐ][A-ZĐa-z]{0,4}\s*/\s*[A-ZĐ][\wĐđ]*)"
)


def number_in(text: str) -> str | None:
    """The first document number in a text, as printed; None when there is none."""
    found = _NUMBER.search(text)
    return squash(found.group(1)) if found else None


def normal_number(raw: str | None) -> str | None:
    """A number in one spelling: no blanks, plain hyphens, known parts in their usual letters.

    None where the number itself is blank (``/TB-UBND``) or nothing is left.

    >>> normal_number("Số: 01/ 2022/ NQ– HĐND")
    '01/2022/NQ-HĐND'
    """
    text = re.sub(r"^\W*(?:văn bản\s+)?số(?:\s*hiệu|\s*ký\s*hiệu)?\s*[:.]?\s*", "", squash(raw), flags=re.I)
    text = re.sub(r"[–—‑]", "-", re.sub(r"\s+", "", text)).strip(".,;:()[]")
    if not text or not text[0].isdecimal():
        return None
    return re.sub(r"[^\W\d_]+", lambda part: _SPELLING.get(part.group().upper(), part.group()), text)


def type_of(number: str | None) -> str | None:
    """The kind of document a number's abbreviation stands for."""
    parts = re.findall(r"[^\W\d_]+", number or "")
    return _TYPES.get(parts[0]) if parts else None


def read_document(blocks: list[Block]) -> tuple[Document | None, set[int]]:
    """The document a page states data of, and the indices of the blocks that state them."""
    pairs: dict[Field, tuple[str, str]] = {}
    used: set[int] = set()
    for index, name, value, raw in _pairs(blocks):
        if name not in pairs or not pairs[name][0]:
            pairs[name] = value, raw
        used.add(index)
    stated = [name for name, (value, _) in pairs.items() if value and name != "file"]
    if "number" not in pairs or len(stated) < 3 or len(pairs) < 3:
        return None, set()
    return _document(pairs), used


def _pairs(blocks: list[Block]) -> Iterator[tuple[int, Field, str, str]]:
    """Labelled values: in the cells of a row, after a colon, or on the line below a label."""
    index = 0
    while index < len(blocks):
        block = blocks[index]
        if block.kind == "row":
            yield from ((index, name, value, value) for name, value in _cells(block.cells))
        elif block.text:
            match = _LABEL_LINE.match(block.text) if ":" in block.text else None
            name = _named(match.group(1)) if match else None
            if match and name and match.group(2):
                yield index, name, squash(match.group(2)), block.text
            elif (alone := _named(block.text)) is not None:
                following = blocks[index + 1] if index + 1 < len(blocks) else None
                if following is not None and following.kind != "row" and _named(following.text) is None:
                    yield index, alone, following.text, following.text
                    yield index + 1, alone, following.text, following.text
                    index += 1
                else:
                    yield index, alone, "", ""
        index += 1


def _named(label: str) -> Field | None:
    """The field a squashed label stands for."""
    return _BY_KEY.get(short_key(label, _LONGEST_LABEL))


def _cells(cells: tuple[str, ...]) -> Iterator[tuple[Field, str]]:
    """Label and value cells side by side; a row of labels only is the head of a list and tells nothing."""
    names = [_named(cell) for cell in cells]
    if sum(name is not None for name in names) * 2 > len(cells):
        return
    for position in range(0, len(cells) - 1, 1):
        name = names[position]
        if name is not None and names[position + 1] is None:
            yield name, cells[position + 1]


def _document(pairs: dict[Field, tuple[str, str]]) -> Document:
    def value(name: Field) -> str | None:
        return pairs.get(name, ("", ""))[0] or None

    number_raw = value("number")
    number = normal_number(number_raw)
    issued, effective = value("issued"), value("effective")
    issued_on, effective_on = read_date(issued or ""), read_date(effective or "")
    return Document(
        number=number,
        number_raw=number_raw,
        type=value("type") or type_of(number),
        issuer=value("issuer"),
        signer=value("signer"),
        issued_on=issued_on.day if issued_on else None,
        issued_raw=issued_on.raw if issued_on else issued,
        effective_on=effective_on.day if effective_on else None,
        effective_raw=effective_on.raw if effective_on else effective,
        abstract=value("abstract"),
        status=value("status"),
    )


_REPUBLIC = re.compile(r"cộng\s+h(?:òa|oà)\s+xã\s+hội\s+chủ\s+nghĩa\s+việt\s+nam", re.I)
_PASTED_NUMBER = re.compile(r"^số\s*:?\s*(.{0,40})$", re.I)
_PLACE_DATE = re.compile(r"^[^,]{2,40},\s*(ngày\s+\d{1,2}\s+tháng\s+\d{1,2}\s+năm\s+\d{4})", re.I)
_ABSTRACT = re.compile(r"^(?:về việc|v/v)\b", re.I)
_HEADS = {name.upper(): name for name in _TYPES.values()}
_RANK = re.compile(r"^(?:TM\.|Q\.|KT\.|TL\.|TUQ\.|\(?đã ký\)?|.*CHỦ TỊCH$|.*GIÁM ĐỐC$|.*TRƯỞNG$)", re.I)
_NAME = re.compile(r"^[A-ZĐÀ-Ỹ]\w*(?: [A-ZĐÀ-Ỹ]\w*){1,5}$")


def read_pasted(blocks: list[Block]) -> Document | None:
    """The data of a document whose full text was pasted into the page, from its head and foot."""
    head = [block.text for block in blocks[:24] if block.text]
    if not any(("ĩ" in line or "Ĩ" in line) and _REPUBLIC.search(line) for line in head):  # few lines hold this letter
        return None
    found = Document()
    issuer: list[str] = []
    for line in head:
        upper = squash(line)
        if (match := _PASTED_NUMBER.match(line)) and "/" in line and found.number_raw is None:
            found = replace(found, number_raw=squash(match.group(1)), number=normal_number(match.group(1)))
        elif (match := _PLACE_DATE.match(line)) and (day := read_date(match.group(1))):
            found = replace(found, issued_on=day.day, issued_raw=day.raw)
        elif upper in _HEADS and found.type is None:
            found = replace(found, type=_HEADS[upper])
        elif _ABSTRACT.match(line) and found.abstract is None:
            found = replace(found, abstract=line)
        elif found.number_raw is None and upper.isupper() and not _REPUBLIC.search(line) and len(issuer) < 2:
            issuer.append(line)
    if found.number_raw is None or found.issued_on is None:
        return None
    kind = found.type or type_of(found.number)
    return replace(found, type=kind, issuer=" ".join(issuer) or None, signer=_signer(blocks))


def _signer(blocks: list[Block]) -> str | None:
    """The name under the rank at the foot."""
    foot = [block.text for block in blocks[-16:] if block.text]
    for index in range(len(foot) - 1, 0, -1):
        if (
            _NAME.match(foot[index])
            and not foot[index].isupper()
            and any(_RANK.match(line) for line in foot[max(0, index - 4) : index])
        ):
            return foot[index]
    return None
