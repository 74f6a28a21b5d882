"""Printed dates and times, read by shape and never by position. The day comes before the month, unless a
date or its page says otherwise.

A page's own clock ("today") and a date inside running text are no publication dates; whether a date counts is decided
by the line it stands on: ``date_line`` reads lines that hold nothing but a date, its label and the usual neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from crawler.extract.calendars import ENGLISH, MONTHS, PUBLISHED, UPDATED, WEEKDAYS
from crawler.extract.dom import squash

Role = Literal["published", "updated"]

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_ENGLISH = "|".join(sorted(ENGLISH, key=len, reverse=True))
_TIME = (
    r"(?P<{0}h>[01]?\d|2[0-4])\s?(?:[:h]|g(?:iờ)?|giờ)\s?(?P<{0}m>[0-5]\d)(?:\s?(?::|phút)\s?(?P<{0}s>[0-5]\d)?)?"
    r"(?:\.\d+)?(?:\s?(?P<{0}half>AM|PM|SA|CH)\b)?"
)
_DAY = (
    r"(?:(?<![\d/.-])(?P<y1>(?:19|20)\d\d)(?P<bar>[-/])(?P<m1>\d{1,2})(?P=bar)(?P<d1>\d{1,2})(?!\d)"
    r"|(?<![\d/.,-])(?P<d2>\d{1,2})\s?(?P<sep>[/.-])\s?(?P<m2>\d{1,2})\s?(?P=sep)\s?(?P<y2>\d{4})(?![\d/])"
    r"|(?:\bngày\s+)?(?<!\d)(?P<d3>\d{1,2})\s+tháng\s+(?P<m3>\d{1,2})\s*,?\s+năm\s+(?P<y3>\d{4})"
    rf"|(?<!\d)(?P<d4>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?(?:\s+(?:de\s+)?|-)(?P<m4>{_MONTH})\.?,?(?:\s+(?:del?\s+)?|-)"
    r"(?P<y4>\d{4})(?!\d)(?:\s?г\.)?"
    rf"|\b(?P<m5>{_ENGLISH})\.?\s+(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y5>\d{{4}})(?!\d)"
    r"|(?<!\d)(?P<y6>(?:19|20)\d\d)\s?年\s?(?P<m6>\d{1,2})\s?月\s?(?P<d6>\d{1,2})\s?日)"
)
_WEEKDAY = (
    r"(?:thứ\s+(?:hai|ba|tư|năm|sáu|bảy|bẩy|[2-7])|chủ\s+nhật|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?:mon|tue|wed|thu|fri|sat|sun)\b)"
)
_ZONE_NAME = r"(?:\s*\(?\s*(?:GMT|UTC)\s*(?:\+\s*0?7(?::?00)?)?\s*\)?)"
_GAP = r"(?:T|\s*(?:[-–,|]|lúc|at)\s*|\s+)"
# The same day once more, after a time: group names must differ.
_DAY_AFTER = _DAY.replace(">", "A>").replace("(?P=sep)", "(?P=sepA)").replace("(?P=bar)", "(?P=barA)")
# A date begins with a digit, or a letter of a weekday, a month or "ngày": most places of a line are passed at a glance.
_PRINTED = re.compile(
    rf"(?=[\dtcmwfsjaond])(?:(?P<wk1>{_WEEKDAY})[\s,.:]*)?(?P<core>"
    rf"{_TIME.format('a')}{_ZONE_NAME}?(?:{_GAP}(?:(?P<wk2>{_WEEKDAY})[\s,.:]*)?){_DAY_AFTER}"
    rf"|{_DAY}(?:{_GAP}{_TIME.format('b')}(?:Z|[+-]\d\d:\d\d)?)?)"
    rf"(?P<zone>{_ZONE_NAME})?",
    re.I,
)
_LONGEST_LINE = 160
_WEEKDAYS = re.compile(WEEKDAYS, re.I)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")

_UPDATED = (
    r"(?:ngày\s+|thời\s+gian\s+|lần\s+)?cập\s+nhật(?:\s+(?:lúc|ngày|lần\s+cuối|mới\s+nhất))?|sửa\s+lần\s+cuối|ngày\s+sửa"
    r"|(?:last\s+|page\s+)?(?:updated|modified|reviewed)(?:\s+on)?|date\s+modified|last\s+update"
    rf"|{UPDATED}"
)
_PUBLISHED = (
    r"(?:ngày|thời\s+gian)\s+(?:đăng(?:\s+(?:bài|tin|tải))?|phát\s+hành|xuất\s+bản|đưa\s+tin|tạo|viết)"
    r"|(?:đăng|xuất\s+bản|phát\s+hành)(?:\s+(?:ngày|lúc))?|đã\s+đăng|ngày"
    r"|(?:date\s+)?(?:posted|published|released)(?:\s+on)?|publi(?:sh|cation)\s+date|release\s+date"
    rf"|{PUBLISHED}|date"
)
_LABEL = re.compile(rf"^\W*(?:(?P<updated>{_UPDATED})|(?P<published>{_PUBLISHED}))\s*[:\-–]?\s*", re.I)
# What may stand beside a date on its line and says nothing of the article.
_BESIDE = re.compile(
    r"(?:số\s+)?(?:lượt\s+(?:xem|truy\s+cập|đọc)|lượt\s+view|đã\s+xem|xem|views?)\s*[:\-]?\s*[\d.,]*(?:\s*lượt)?"
    r"|\d[\d.,]*\s*(?:lượt\s+xem|views?)|(?:tăng|giảm)\s+cỡ\s+chữ|(?:xem\s+(?:với\s+)?)?cỡ\s+chữ|đọc\s+bài\s+viết|gửi\s+email"
    r"|in\s+(?:bài\s+viết|trang)|bản\s+in|\bin\b|chia\s+sẻ|\bA[+-]|giờ\s+việt\s+nam"
    r"|\d+\s*min(?:ute)?s?\s+read|\bprint(?:er\s+friendly)?(?:\s+(?:this\s+)?page)?\b|\be-?mail\b|\bshare\b",
    re.I,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedDate:
    """A date as it stands in a text."""

    at: str
    """ISO 8601: ``2019-10-23T15:13:00+07:00``, or ``2022-01-14`` where no time is printed."""
    raw: str
    """The date and time as printed, blanks collapsed, without weekday, label and brackets."""
    start: int
    end: int
    weekday: bool = False

    @property
    def day(self) -> str:
        """The calendar day, ISO."""
        return self.at[:10]


@dataclass(frozen=True, kw_only=True, slots=True)
class DateLine:
    """A line that only tells a date."""

    date: PrintedDate
    role: Role | None
    """What its label says; None without a label."""


def find_dates(text: str, timezone: str = "+07:00", *, month_first: bool = False) -> Iterator[PrintedDate]:
    """Every full date in a text, left to right. Impossible days and the placeholder 01/01/1970 are passed over.

    ``month_first``: the page's numeric dates with strokes begin with the month; one whose second figure can be no month
    does anyway.
    """
    for match in _PRINTED.finditer(text):
        at = _iso(match, timezone, month_first)
        if at is not None:
            yield PrintedDate(
                at=at,
                raw=squash(match.group("core")),
                start=match.start(),
                end=match.end(),
                weekday=bool(match.group("wk1") or match.group("wk2")),
            )


def read_date(text: str, timezone: str = "+07:00", *, month_first: bool = False) -> PrintedDate | None:
    """The first full date in a text."""
    return next(find_dates(text, timezone, month_first=month_first), None) if _names_year(text) else None


def _names_year(text: str) -> bool:
    """Whether a year stands in a text; most lines hold no such digits at all."""
    return ("20" in text or "19" in text) and _YEAR.search(text) is not None


def date_line(text: str, timezone: str = "+07:00", *, month_first: bool = False) -> DateLine | None:
    """The date of a line that holds a date, perhaps a label, counters and buttons, and nothing else."""
    return _date_line(text, timezone, month_first) if len(text) <= _LONGEST_LINE and _names_year(text) else None


@lru_cache(200)
def _date_line(text: str, timezone: str, month_first: bool) -> DateLine | None:
    """``date_line`` of a line that may be one; remembered, for several rules ask it of the same lines of a page."""
    found = read_date(text, timezone, month_first=month_first)
    if found is None:
        return None
    before, after = text[: found.start], text[found.end :]
    label = _LABEL.match(before)
    role: Role | None = None
    if label:
        role = "updated" if label.group("updated") else "published"
        before = before[label.end() :]
    rest, weekdays = _WEEKDAYS.subn(" ", _BESIDE.sub(" ", f"{before} {after}"))
    if re.search(r"\w", rest):
        return None
    return DateLine(date=replace(found, weekday=True) if weekdays else found, role=role)


_TITLE_DATE = re.compile(r"^(?P<title>.{8,}?\S)\s*\((?P<date>[^()]{6,30})\)\s*$")


def split_title(text: str, timezone: str = "+07:00") -> tuple[str, PrintedDate | None]:
    """A headline and the date some templates print in brackets on the same line."""
    match = _TITLE_DATE.match(text)
    line = date_line(match.group("date"), timezone) if match else None
    if match is None or line is None:
        return text, None
    return match.group("title"), line.date


def labelled_date(text: str, timezone: str = "+07:00", *, month_first: bool = False) -> DateLine | None:
    """A date that follows its own label at the start of a line, whatever comes after it."""
    label = _LABEL.match(text) if len(text) <= 300 and _names_year(text) else None
    if label is None:
        return None
    found = read_date(text[label.end() :], timezone, month_first=month_first)
    if found is None or found.start > 3:
        return None
    return DateLine(date=found, role="updated" if label.group("updated") else "published")


def _iso(match: re.Match[str], timezone: str, month_first: bool) -> str | None:
    day = int(next(filter(None, match.group(*_DAYS))))
    year = int(next(filter(None, match.group(*_YEARS))))
    month_text = next(filter(None, match.group(*_MONTH_NAMES)))
    month = int(month_text) if month_text.isdecimal() else MONTHS[month_text.lower()]
    if (match["sep"] or match["sepA"]) == "/" and day <= 12 and (month > 12 or month_first):
        day, month = month, day
    try:
        on = date(year, month, day)
    except ValueError:
        return None
    if not 1945 <= year <= 2100 or on == date(1970, 1, 1):
        return None
    hour, minute, second, half = match.group(*(_TIME_BEFORE if match["ah"] is not None else _TIME_AFTER))
    if hour is None:
        return on.isoformat()
    moment = datetime(year, month, day, _hour(int(hour), (half or "").upper()), int(minute), int(second or 0))
    return moment.isoformat() + timezone


def _names(letter: str) -> tuple[int, ...]:
    """Numbers of the groups that hold a day, month or year: a match gives several of them at once."""
    names = (f"{letter}{number}{suffix}" for suffix in ("", "A") for number in range(1, 7))
    return tuple(_PRINTED.groupindex[name] for name in names)


_DAYS, _MONTH_NAMES, _YEARS = _names("d"), _names("m"), _names("y")
_TIME_BEFORE, _TIME_AFTER = (
    tuple(_PRINTED.groupindex[f"{at}{part}"] for part in ("h", "m", "s", "half")) for at in "ab"
)


def _hour(hour: int, half: str) -> int:
    """AM and PM stand beside 24-hour figures too (``15:13 PM``); then the figure is right as it is."""
    if half in ("PM", "CH") and hour < 12:
        return hour + 12
    if half in ("AM", "SA") and hour == 12:
        return 0
    return hour % 24
