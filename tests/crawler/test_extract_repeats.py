"""The text door's boilerplate by repetition: what stands at the edge of page after page of a host."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.warc import WarcWriter
from crawler.commands.lines import sheet_of
from crawler.extract import extract
from crawler.extract.repeats import FEWEST_PAGES, repeated_lines
from crawler.profile import load
from tests.conftest import Run
from tests.crawler.captures import PROSE, found, record

TOP = ("Hội Nông dân tỉnh chào mừng bạn đọc", "Giới thiệu Tổ chức Văn bản Hoạt động Liên hệ")
BOTTOM = ("Trụ sở: tổ 4, phường Phùng Chí Kiên", "Thiết kế và vận hành: Trung tâm Công nghệ thông tin")


def text(number: int) -> str:
    """A page of the host as a corpus keeps it."""
    title = f"Nông dân xã thứ {number} trồng rau an toàn trong vụ đông"
    body = (f"Vụ đông này, xã thứ {number} trồng {number + 3} ha rau các loại. {PROSE[0]}", PROSE[1], PROSE[2])
    return "\n".join((*TOP, title, f"( Cập nhật lúc: {number % 28 + 1:02}/11/2021  )", *body, *BOTTOM))


PAGES = [text(number) for number in range(12)]


def test_lines_at_the_edges_of_many_pages() -> None:
    lines = repeated_lines(PAGES)
    assert [line.text for line in lines] == sorted((*TOP, *BOTTOM))
    assert {(line.pages, line.share) for line in lines} == {(12, 1.0)}


def test_the_order_of_pages_does_not_matter() -> None:
    mixed = PAGES[:]
    random.Random(7).shuffle(mixed)
    assert repeated_lines(mixed) == repeated_lines(PAGES)


def test_too_few_pages_prove_nothing() -> None:
    assert repeated_lines(PAGES[: FEWEST_PAGES - 1]) == []


def test_formulas_inside_documents_are_content() -> None:
    formulas = ("Độc lập - Tự do - Hạnh phúc", "QUYẾT ĐỊNH:", "Nơi nhận:")
    decisions = ["\n".join((*TOP, f"Quyết định số {n}", PROSE[0], *formulas, PROSE[1], *BOTTOM)) for n in range(9)]
    assert {line.text for line in repeated_lines(decisions)} == {*TOP, *BOTTOM}


def test_dates_and_credits_are_left_to_their_own_rules() -> None:
    same = ["\n".join(("14/01/2022", "Tác giả: Hương Dịu", f"Tin {n} của xã nhà", *PROSE)) for n in range(8)]
    assert not {"14/01/2022", "Tác giả: Hương Dịu"} & {line.text for line in repeated_lines(same)}


@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_texts_are_compared(texts: list[str]) -> None:
    for line in repeated_lines(texts, fewest_pages=2):
        assert 0 < line.share <= 1


def test_a_record_is_read_without_the_lines_that_were_learned(tmp_path: Path) -> None:
    sheet = tmp_path / "text.toml"
    sheet.write_text(sheet_of("bac-kan", load("bac-kan"), {"hoinongdan.backan.gov.vn": repeated_lines(PAGES)}), "utf-8")
    learned = load(sheet)
    assert set(load("bac-kan").boilerplate) < set(learned.boilerplate)
    article = found(extract(record(PAGES[3]), learned)).article
    assert article.title == "Nông dân xã thứ 3 trồng rau an toàn trong vụ đông"
    assert article.updated_at == "2021-11-04"
    assert article.body_text.split("\n")[1:] == list(PROSE[1:])
    plain = found(extract(record(PAGES[3]), load("bac-kan"))).article
    assert BOTTOM[0] in plain.body_text, "without the sheet nobody could know"


def test_the_verb_learns_from_a_wet_file(portal_archive: Run, tmp_path: Path) -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC)
    with WarcWriter(tmp_path / "wet", "text", software="test", now=now) as writer:
        for number, page in enumerate(PAGES):
            url = f"https://hoinongdan.backan.gov.vn/Pages/tin-{number}/rau-{number:016x}.aspx"
            writer.write_resource(
                url=url, mimetype="text/plain; charset=utf-8", body=page.encode(), fetched_at=now, kind="conversion"
            )
    done = portal_archive("profile", "lines", "--from", "wet", "--base", "bac-kan", "-o", "text.toml")
    assert done.returncode == 0, done.stderr
    assert set(load(tmp_path / "text.toml").boilerplate) >= {*TOP, *BOTTOM}
    assert portal_archive("profile", "lines", "--from", "wet", "-o", "text.toml").returncode == 1
    nothing = portal_archive("profile", "lines", "--from", "wet", "--host", "x.vn")
    assert nothing.returncode == 1
    assert "no text record" in nothing.stderr


@pytest.mark.parametrize("bad", ["0", "1.5", "x"])
def test_a_share_is_a_share(portal_archive: Run, bad: str) -> None:
    assert portal_archive("profile", "lines", "--from", ".", "--share", bad).returncode != 0
