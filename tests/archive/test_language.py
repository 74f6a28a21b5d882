"""The catalogue of words: complete in both languages, all of it used, nothing asked for that it lacks."""

from __future__ import annotations

import re
import string

from archive.history import VERSIONED
from archive.search import STATUSES
from archive.selection import FILTERS, SORTS
from archive.site import TEMPLATES
from archive.site.language import LANGUAGES, Language, catalogue, chosen
from tests.archive.conftest import ROOT

VI, EN = (Language(code=code) for code in LANGUAGES)
SOURCES = {
    path: path.read_text("utf-8") for path in (*TEMPLATES.glob("*.html"), *(ROOT / "archive/site").rglob("*.py"))
}
#: Whole sections whose names are stored codes, looked up with ``known``.
CODES = {"status", "expectation", "field", "run_kind", "run_state", "reason", "capture", "document", "parameter"}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_there_in_both_languages() -> None:
    assert len(catalogue()) > 250
    for name, told in catalogue().items():
        assert set(LANGUAGES) <= set(told) <= {*LANGUAGES, "one"}, name
        assert all(text.strip() == text and text for text in told.values()), name
        assert placeholders(told["vi"]) == placeholders(told["en"]), name
        assert placeholders(told.get("one", "")) <= placeholders(told["en"]), name


def test_every_text_that_is_asked_for_is_there() -> None:
    asked = {}
    for path, text in SOURCES.items():
        names = re.findall(r"""\b(?:t|text)\(\s*f?['"]([a-z_]+\.[a-z_]+)['"]""", text)
        asked |= dict.fromkeys(names, path.name)
    assert len(asked) > 100
    assert {name: place for name, place in asked.items() if name not in catalogue()} == {}


def test_every_text_is_used() -> None:
    everything = "\n".join(SOURCES.values())
    sections = {name.split(".")[0] for name in re.findall(r"""['"]([a-z_]+\.)['"] ~""", everything)}
    sections |= set(re.findall(r"""text\(f['"]([a-z_]+)\.\{""", everything))
    unused = {
        name
        for name in catalogue()
        if not re.search(rf"['\"]{re.escape(name)}['\"]", everything) and name.split(".")[0] not in CODES | sections
    }
    assert unused == set()


def test_stored_codes_have_words() -> None:
    for section, codes in {"status": STATUSES, "field": VERSIONED, "sort": SORTS, "facet": FILTERS}.items():
        assert {f"{section}.{code}" for code in codes} <= set(catalogue())
    assert VI.known("status", "gone") == "đã gỡ"
    assert VI.known("status", "<new>") == "<new>", "a code without words is told as it is"


def test_whatever_a_run_is_held_to_has_words() -> None:
    crawler = ROOT / "crawler"
    told = "\n".join(path.read_text("utf-8") for path in crawler.glob("*.py"))
    names = set(re.findall(r"""Judgement\(\s*name=\s*"([a-z_]+)\"""", told))
    names |= set(re.findall(r"""(?:_at_least|yield _judged)\("([a-z_]+)\"""", told))
    assert len(names) > 12
    assert {f"expectation.{name}" for name in names} <= set(catalogue())


def test_numbers_and_dates_are_written_as_the_language_does() -> None:
    assert (VI.number(1234567), EN.number(1234567)) == ("1.234.567", "1,234,567")
    assert (VI.decimal(1234.5), EN.decimal(1234.5)) == ("1.234,5", "1,234.5")
    assert (VI.day("2022-01-04"), EN.day("2022-01-04")) == ("04/01/2022", "4 Jan 2022")
    assert (VI.day("2022-01"), EN.day("2022-01")) == ("01/2022", "Jan 2022")
    assert VI.day("2022-01-04T20:00:00Z") == "05/01/2022, 03:00", "in Vietnam's time"
    assert VI.day("2022-01-14T15:13:00+07:00") == "14/01/2022, 15:13"
    assert VI.day("20220104200000") == "05/01/2022, 03:00", "a CDX timestamp"
    assert VI.date("2022-01-04T20:00:00Z") == "05/01/2022"
    for text in ("", "no date", "2022-99-99T99:99", "9999999999999999"):
        assert isinstance(VI.day(text), str)


def test_one_is_singular_in_english() -> None:
    assert EN.text("results.total", n=1) == "1 article."
    assert EN.text("results.total", n=1200) == "1,200 articles."
    assert VI.text("results.total", n=1) == "1 bài."


def test_the_language_asked_for_comes_before_the_one_kept() -> None:
    assert chosen("en", None).code == "en"
    assert chosen(None, "en").code == "en"
    assert chosen("vi", "en").code == "vi"
    assert chosen("xx", "yy").code == chosen(None, None).code == "vi"
