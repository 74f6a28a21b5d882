"""Every way the portals print a date: the line as it stands on the page, and what it means.

A form yields the text before, the date itself and the text after. The *raw* date runs from its first digit to its last
(a trailing AM or PM included): a weekday before it and a time zone after it belong to the line, not to the date.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
Meaning = Literal["published", "updated"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """A date line taken apart."""

    before: str
    raw: str
    after: str
    iso: str
    meaning: Meaning

    @property
    def line(self) -> str:
        """As it stands on the page."""
        return f"{self.before}{self.raw}{self.after}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """One way to print a date."""

    raw: str
    before: str = ""
    after: str = ""
    meaning: Meaning = "published"
    weekday: Callable[[str], str] = str.strip
    precision: Literal["day", "minute", "second"] = "minute"

    def printed(self, when: datetime) -> Printed:
        """The instant (local time, no offset) in this form; what it does not print is not in its meaning either."""
        day = self.weekday(WEEKDAYS[when.weekday()])
        values = {
            "d": f"{when.day:02d}", "m": f"{when.month:02d}", "Y": str(when.year), "H": f"{when.hour:02d}",
            "M": f"{when.minute:02d}", "S": f"{when.second:02d}", "e": str(when.day), "n": str(when.month),
            "k": str(when.hour), "p": "AM" if when.hour < 12 else "PM", "A": day,
        }  # fmt: skip
        return Printed(
            before=self.before.format(**values),
            raw=self.raw.format(**values),
            after=self.after.format(**values),
            iso=iso(when, self.precision),
            meaning=self.meaning,
        )


def iso(when: datetime, precision: str) -> str:
    """ISO 8601 with +07:00, or the plain date where no time is printed."""
    if precision == "day":
        return f"{when:%Y-%m-%d}"
    return f"{when:%Y-%m-%dT%H:%M}:{when.second if precision == 'second' else 0:02d}+07:00"


DAY = "{d}/{m}/{Y}"
FORMS: dict[str, Form] = {
    "a1": Form(before="(Cập nhật lúc: ", raw=DAY + " {H}:{M}:{S}", after=" )", meaning="updated", precision="second"),
    "a2": Form(raw=DAY, precision="day"),
    "b": Form(before="( Cập nhật lúc: ", raw=DAY, after="  )", meaning="updated", precision="day"),
    "minute": Form(raw=DAY + " {H}:{M}"),
    "bracket_day": Form(before="(", raw=DAY, after=" )", precision="day"),
    "views": Form(before="Ngày đăng: ", raw=DAY, after=" - Lượt xem: \x02views\x02", precision="day"),
    "ngay_dang_bai": Form(before="Ngày đăng bài: ", raw=DAY + " {H}:{M}"),
    "time_first": Form(before="Ngày đăng: ", raw="{H}:{M} " + DAY),
    "am_pm": Form(before="Thời gian đăng: ", raw=DAY + " {H}:{M}:{S} {p}", precision="second"),
    "cap_nhat": Form(before="Cập nhật: ", raw=DAY + " {H}:{M}:{S}", meaning="updated", precision="second"),
    "ngay_cap_nhat": Form(before="Ngày cập nhật : ", raw=DAY, meaning="updated", precision="day"),
    "weekday_dash": Form(before="{A}, ", raw=DAY + " - {H}:{M}", weekday=str.capitalize),
    "weekday_gmt": Form(before="{A}, ", raw=DAY + ", {H}:{M}", after=" (GMT+7)"),
    "time_comma": Form(raw="{H}:{M}, " + DAY),
    "time_gmt": Form(raw="{H}:{M} " + DAY, after=" GMT+7"),
    "day_comma": Form(raw=DAY + ", {H}:{M}"),
    "bracket_minute": Form(before="(", raw=DAY + " {H}:{M}", after=")"),
    "words": Form(raw="{H}:{M} {A} , Ngày {d} Tháng {m} Năm {Y}", weekday=str.capitalize),
    "issued": Form(before="Ngày phát hành ", raw="{k}:{M} | {e}/{n}/{Y}"),
    "weekday_hyphen": Form(before="{A}, ", raw="{d}-{m}-{Y}, {H}:{M}"),
    "dash_time": Form(raw=DAY + " - {H}:{M}"),
    "dang_ngay": Form(before="Đăng ngày ", raw=DAY, precision="day"),
}
SERVICE_FORMS = (
    "minute", "am_pm", "bracket_day", "ngay_dang_bai", "time_first", "cap_nhat", "ngay_cap_nhat", "weekday_dash",
    "weekday_gmt", "time_comma", "time_gmt",
)  # fmt: skip
NEW_CMS_FORMS = ("day_comma", "bracket_minute", "words", "issued", "weekday_hyphen", "dash_time", "dang_ngay")


def in_words(when: datetime) -> str:
    """As the head of a legal document says it."""
    return f"ngày {when.day:02d} tháng {when.month} năm {when.year}"


def today_line(now: datetime) -> str:
    """The date of the visit, as page tops show it."""
    return f"{WEEKDAYS[now.weekday()]}, {now:%d/%m/%Y}"
