"""Printed dates: every form is read back as what was printed, and nothing that is no date is taken for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.dates import date_line, find_dates, labelled_date, read_date, split_title

WEEKDAYS = ("Thứ Hai", "Thứ ba", "thứ tư", "Thứ Năm", "Thứ sáu", "Thứ Bảy", "Chủ nhật")
ENGLISH = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

DAY, MINUTE, SECOND = "%Y-%m-%d", "%Y-%m-%dT%H:%M:00+07:00", "%Y-%m-%dT%H:%M:%S+07:00"


def day(moment: datetime) -> str:
    return WEEKDAYS[moment.weekday()]


# How a moment is printed, what of it is the date itself, its precision, and what its label says.
FORMS: dict[str, tuple[Callable[[datetime], tuple[str, str]], str, str | None]] = {
    "updated, seconds": (lambda m: ("(Cập nhật lúc: {} )", f"{m:%d/%m/%Y %H:%M:%S}"), SECOND, "updated"),
    "updated, day": (lambda m: ("( Cập nhật lúc: {}  )", f"{m:%d/%m/%Y}"), DAY, "updated"),
    "updated, short label": (lambda m: ("Cập nhật: {}", f"{m:%d/%m/%Y %H:%M:%S}"), SECOND, "updated"),
    "updated on": (lambda m: ("Ngày cập nhật : {}", f"{m:%d/%m/%Y}"), DAY, "updated"),
    "bare day": (lambda m: ("{}", f"{m:%d/%m/%Y}"), DAY, None),
    "bare day without zeros": (lambda m: ("{}", f"{m.day}/{m.month}/{m.year}"), DAY, None),
    "bare minute": (lambda m: ("{}", f"{m:%d/%m/%Y %H:%M}"), MINUTE, None),
    "brackets, day": (lambda m: ("({} )", f"{m:%d/%m/%Y}"), DAY, None),
    "brackets, minute": (lambda m: ("({})", f"{m:%d/%m/%Y %H:%M}"), MINUTE, None),
    "counter": (lambda m: ("Ngày đăng: {} - Lượt xem: 31.154", f"{m:%d/%m/%Y}"), DAY, "published"),
    "posted": (lambda m: ("Ngày đăng bài: {}", f"{m:%d/%m/%Y %H:%M}"), MINUTE, "published"),
    "time first": (lambda m: ("Ngày đăng: {}", f"{m:%H:%M %d/%m/%Y}"), MINUTE, "published"),
    "half of the day": (
        lambda m: ("Thời gian đăng: {}", f"{m:%d/%m/%Y %H:%M:%S} {'AM' if m.hour < 12 else 'PM'}"), SECOND, "published",
    ),
    "weekday, dash": (lambda m: (day(m) + ", {}", f"{m:%d/%m/%Y - %H:%M}"), MINUTE, None),
    "weekday, zone": (lambda m: (day(m) + ", {} (GMT+7)", f"{m:%d/%m/%Y, %H:%M}"), MINUTE, None),
    "weekday, hyphens": (lambda m: (day(m) + ", {}", f"{m:%d-%m-%Y, %H:%M}"), MINUTE, None),
    "time, comma": (lambda m: ("{}", f"{m:%H:%M, %d/%m/%Y}"), MINUTE, None),
    "time, zone": (lambda m: ("{} GMT+7", f"{m:%H:%M %d/%m/%Y}"), MINUTE, None),
    "comma": (lambda m: ("{}", f"{m:%d/%m/%Y, %H:%M}"), MINUTE, None),
    "words": (
        lambda m: ("{}", f"{m:%H:%M} {day(m)} , Ngày {m:%d} Tháng {m:%m} Năm {m:%Y}"), MINUTE, None,
    ),
    "bar": (lambda m: ("Ngày phát hành {}", f"{m.hour}:{m:%M} | {m.day}/{m.month}/{m.year}"), MINUTE, "published"),
    "posted on": (lambda m: ("Đăng ngày {}", f"{m:%d/%m/%Y}"), DAY, "published"),
    "dots": (lambda m: ("{}", f"{m:%d.%m.%Y}"), DAY, None),
    "data": (lambda m: ("{}", f"{m:%Y-%m-%dT%H:%M:%S}"), SECOND, None),
    "English": (lambda m: ("{}", f"{m.day} {ENGLISH[m.month - 1]} {m.year}"), DAY, None),
    "English, month": (lambda m: ("Published: {}", f"{ENGLISH[m.month - 1]} {m.day}, {m.year}"), DAY, "published"),
}  # fmt: skip

MOMENTS = st.datetimes(min_value=datetime(1999, 1, 1), max_value=datetime(2040, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)


@pytest.mark.parametrize("form", FORMS)
@given(moment=MOMENTS)
def test_every_printed_form_is_read_back(form: str, moment: datetime) -> None:
    write, precision, role = FORMS[form]
    frame, raw = write(moment)
    line = date_line(frame.format(raw))
    assert line is not None
    assert (line.date.at, line.date.raw, line.role) == (moment.strftime(precision), raw, role)


@given(moment=MOMENTS)
def test_a_document_s_date_in_words(moment: datetime) -> None:
    found = read_date(f"Bắc Kạn, ngày {moment.day} tháng {moment.month} năm {moment.year}")
    assert found is not None
    assert (found.at, found.raw) == (
        moment.strftime(DAY),
        f"ngày {moment.day} tháng {moment.month} năm {moment.year}",
    )


@pytest.mark.parametrize(
    "text",
    [
        "01/01/1970", "31/02/2020", "13/13/2020", "ngày 14/1", "từ 18/4 - 24/4", "số 12/2020/NQ-HĐND",
        "Lượt xem: 31.154", "192.168.10.2020.5", "điện thoại 0209.3871.345", "15:13", "",
    ],
)  # fmt: skip
def test_no_date(text: str) -> None:
    assert read_date(text) is None
    assert date_line(text) is None


@pytest.mark.parametrize(
    "line",
    [
        "Kỳ họp diễn ra ngày 14/01/2022 tại thành phố",
        "Quyết định số 902/QĐ-UBND ngày 10/6/2021 của UBND tỉnh",
        "Bắc Kạn, ngày 25 tháng 8 năm 2021",
    ],
)
def test_a_date_inside_a_sentence_is_no_date_line(line: str) -> None:
    assert read_date(line) is not None
    assert date_line(line) is None


def test_day_comes_before_month() -> None:
    assert [found.at for found in find_dates("03/04/2021 và 04/03/2021")] == ["2021-04-03", "2021-03-04"]


def test_a_twenty_four_hour_figure_beside_pm_is_right_as_it_is() -> None:
    found = read_date("22/07/2020 15:02:18 PM")
    assert found is not None
    assert found.at == "2020-07-22T15:02:18+07:00"


def test_the_portal_s_offset_is_the_profile_s() -> None:
    found = read_date("22/07/2020 15:02", "+08:00")
    assert found is not None
    assert found.at == "2020-07-22T15:02:00+08:00"


def test_a_date_in_brackets_behind_a_headline() -> None:
    title, beside = split_title("THÔNG BÁO LỊCH TIẾP CÔNG DÂN THÁNG 7   (11/07/2012 )")
    assert title == "THÔNG BÁO LỊCH TIẾP CÔNG DÂN THÁNG 7"
    assert beside is not None
    assert beside.at == "2012-07-11"
    assert split_title("Phân loại cấp độ dịch (đợt 2)") == ("Phân loại cấp độ dịch (đợt 2)", None)


def test_a_label_with_more_behind_the_date() -> None:
    line = labelled_date("Updated March 24, 2020; updates made daily by 5pm")
    assert line is not None
    assert (line.role, line.date.at) == ("updated", "2020-03-24")
    assert labelled_date("Ngày hội của xã mở ngày 24/03/2020 tại sân vận động") is None


@given(st.text(max_size=200))
def test_any_text_is_read_without_complaint(text: str) -> None:
    for found in find_dates(text):
        assert text[found.start : found.end]
        datetime.fromisoformat(found.at)
