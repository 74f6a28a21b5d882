"""Lines that say who wrote, whom the page credits, what is attached: ``Tác giả: …``, ``Nguồn: …``, ``Đính kèm: …``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from crawler.extract.dom import squash, words

LabelName = Literal["author", "source", "attachment", "section", "photo"]

_LABELS: dict[LabelName, str] = {
    "author": r"tác giả(?: bài viết)?|người (?:viết|đăng|đưa tin)|phóng viên|biên tập(?: viên)?|author|written by"
    r"|by(?=\s*:)",
    "source": r"nguồn(?: tin| bài| bài viết| trích dẫn)?|theo nguồn|trích nguồn|source",
    "attachment": r"(?:các )?(?:file|tệp|tập|tài liệu|văn bản)(?: tin| văn bản)?(?: đính)? kèm(?: theo)?"
    r"|đính kèm(?: file| tệp)?|file đính kèm|attachments?|attached files?",
    "section": r"chuyên mục|danh mục|thư mục|section|category",
}
_ANY = re.compile("|".join(rf"(?P<{name}>(?:{pattern}))" for name, pattern in _LABELS.items()), re.I)
_START = re.compile(rf"^[\s\-–*•(]*(?:{_ANY.pattern})\s*:\s*", re.I)
_NEXT = re.compile(r"(?:(?<=\s)|(?<=[|;]))(?:tác giả|nguồn(?: tin)?)\s*:\s*", re.I)


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """One label and its value."""

    name: LabelName
    value: str
    """Text after the label; empty where the page leaves it blank."""
    raw: str
    """Label and value as printed, blanks collapsed."""


def read_labels(text: str) -> list[Labelled]:
    """The labels a short line is made of (``Tác giả: A Nguồn: B`` has two); none when the line is prose."""
    if ":" not in text or len(text) > 220:
        return []
    found: list[Labelled] = []
    rest = text.strip()
    while rest:
        match = _START.match(rest)
        if match is None:
            return found
        name = next(name for name in _LABELS if match.group(name))
        following = _NEXT.search(rest, match.end())
        end = following.start() if following else len(rest)
        value = squash(rest[match.end() : end]).strip(" |;")
        found.append(Labelled(name=name, value=value, raw=squash(rest[:end]).rstrip(" |;")))
        rest = rest[end:]
    return found


# Words of a byline that are no names.
_LOWER = words("và tổng hợp st sưu tầm biên tập thực hiện tin ảnh bài theo của")
_ROLE = re.compile(
    r"^(?:tin|bài|ảnh|tin ảnh|tin bài|bài viết|thực hiện|nguồn)(?:(?:,| và| -|/| &)? ?(?:tin|bài|ảnh|clip|video))*"
    r"\s*[:,]\s*\S",
    re.I,
)
_NOT_BYLINE = re.compile(
    r"tại đây|đính kèm|^(?:xem|tải|chi tiết|ghi chú|lưu ý|trân trọng|nơi nhận|ảnh minh|\d|[-+*•–]\s)|https?:|www\.|@",
    re.I,
)
_SENTENCE_END = re.compile(r"[.;:!?…,][\"'”’)]*$")
_WORD = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*")


_CREDIT_NAME = r"[A-Z][\w.'’-]+(?:\s+(?:[A-Z][\w.'’-]*|de|da|del|van|von|der|bin|al)){1,4}"
_CREDIT = re.compile(rf"[Bb][Yy]:?\s+(?P<name>{_CREDIT_NAME}(?:(?:,|\s+and|\s*&)\s+{_CREDIT_NAME}){{0,3}})")
_PARTED = " |·•-–—,"


def credited(text: str, *, named: bool = False) -> tuple[str, str] | None:
    """The people an English line names as its writers (``By Jane Doe | 3 May 2021``), and the rest of the line.

    ``named``: the line's element is called a byline, so that a bare name counts. None for any other line.
    """
    found = _CREDIT.search(text)
    if found is not None and not text[: found.start()].strip(_PARTED).isalpha():
        rest = f"{text[: found.start()]} {text[found.end() :]}".strip(_PARTED)
        return found["name"], rest
    if named and re.fullmatch(_CREDIT_NAME, text):
        return text, ""
    return None


#: Characters a signature has at most.
LONGEST_BYLINE = 90
_OFFICE = re.compile(
    r"(?:^|[-–]\s*)(?:ban|sở|ubnd|hđnd|hnd|hội|phòng|trung tâm|văn phòng|đài|báo|cổng|bbt|tổ|tỉnh|huyện|đoàn"
    r"|công an|bộ|chi cục|thành)\b",
    re.I,
)


def is_byline(text: str, *, after_close: bool = False) -> bool:
    """Whether a short last line is a signature: people's names, initials, a role with names, or an office.

    ``after_close``: the prose before it ends with ``./.``, or the line is set to the right; then other short lines with
    a capital in front count as well.
    """
    if not text or len(text) > LONGEST_BYLINE or _NOT_BYLINE.search(text):
        return False
    if _ROLE.match(text) and len(text) <= 70:
        return True
    if _SENTENCE_END.search(text) or ":" in text:
        return False
    words = _WORD.findall(re.sub(r"\([^)]*\)", " ", text))
    if not words or len(words) > 12 or not words[0][0].isupper():
        return False
    lower = [word for word in words if word[0].islower() and word.lower() not in _LOWER]
    if after_close or _OFFICE.search(text):
        return len(words) <= 9 and len(lower) <= (len(words) + 1) // 2
    return not lower and len(words) <= 8 and (len(words) > 1 or "." in text)


def byline_name(text: str) -> str:
    """The people or office of a byline: a role before a colon (``Tin, ảnh:``) is not part of the name."""
    match = _ROLE.match(text)
    return text[text.index(":") + 1 :].strip() if match and ":" in text else text
