"""One body under many addresses: a shell is a soft 404, and no real page is lost because another is equal."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.models import ArticleFound
from archive.shells import CONTRADICTED, UNKNOWN, fingerprint, promise
from archive.warc import Saved, pack
from crawler.extract import extract
from crawler.intake import opened
from crawler.sources.warc import warc_captures
from tests.conftest import Run
from tests.crawler.captures import BAC_KAN, PROSE, capture, page, paragraphs, rich

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
PLACES = ("nam mau", "quang khe", "dia linh", "yen duong", "my phuong", "cao thuong", "banh trach", "khang ninh",
          "phuc loc", "ha hieu", "thuong giao", "dong phuc")  # fmt: skip
NAMES = ("Nam Mẫu", "Quảng Khê", "Địa Linh", "Yến Dương", "Mỹ Phương", "Cao Thượng", "Bành Trạch", "Khang Ninh",
         "Phúc Lộc", "Hà Hiệu", "Thượng Giáo", "Đồng Phúc")  # fmt: skip
URLS = tuple(
    f"https://backan.gov.vn/pages/trong-rung-xa-{place.replace(' ', '-')}-{n:04x}.aspx"
    for n, place in enumerate(PLACES)
)
ITEMS = tuple(f"https://backan.gov.vn/pages/tin.aspx?itemid={n}" for n in range(UNKNOWN))
SHELL = page(f"<h1>Cổng thông tin điện tử</h1>{rich(paragraphs(*PROSE))}", title="Cổng thông tin điện tử")


def real(number: int) -> str:
    title = f"Trồng rừng ở xã {NAMES[number]}"
    return page(
        f"<h1>{title}</h1>{rich(paragraphs(f'Xã {NAMES[number]} trồng thêm {number + 3} ha.', *PROSE))}", title=title
    ).replace("1398", f"{number}")


def run(folder: Path, pages: dict[str, str], day: int = 0) -> Path:
    """The archive after an ingest of these pages, as they stood that many days after the first."""
    saved = []
    for number, (url, html) in enumerate(pages.items()):
        path = folder / f"{day}-{number}.html"
        path.write_text(html, "utf-8")
        saved.append(Saved(path=path, url=url, saved_at=FIRST + timedelta(days=day, seconds=number)))
    places = pack(saved, folder / "packed", prefix=f"d{day}", software="test", now=FIRST + timedelta(days=day))
    archive = folder / "archive.db"
    with opened(archive, BAC_KAN) as intake:
        for name in sorted({place.filename for place in places}):
            intake.take(warc_captures(folder / "packed" / name, intake.archive.warc_folder))
    return archive


def rows(archive: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        return conn.execute(sql).fetchall()


def test_a_shell_under_addresses_that_promise_something_else(tmp_path: Path) -> None:
    pages = {URLS[0]: real(0), **dict.fromkeys(URLS[1 : 1 + CONTRADICTED], SHELL)}
    archive = run(tmp_path, pages)
    assert rows(archive, "select title from articles") == [("Trồng rừng ở xã Nam Mẫu",)]
    told = rows(archive, "select reason, count(*) from captures group by 1 order by 1")
    assert told == [(None, 1), ("soft_404", CONTRADICTED)]
    details = rows(archive, "select distinct detail from captures where reason = 'soft_404'")
    assert details == [("many addresses of the run show the same: Cổng thông tin điện tử",)]
    for table in ("article_urls", "article_versions", "search_queue"):
        assert rows(archive, f"select count(*) from {table}")[0][0] <= 1
    assert rows(archive, "select count(*) from articles_fts where articles_fts match 'title:cong'") == [(0,)]


def test_fewer_than_that_prove_nothing(tmp_path: Path) -> None:
    archive = run(tmp_path, dict.fromkeys(URLS[: CONTRADICTED - 1], SHELL))
    assert rows(archive, "select distinct outcome from captures") == [("article",)]


def test_addresses_that_promise_nothing(tmp_path: Path) -> None:
    archive = run(tmp_path, dict.fromkeys(ITEMS[:-1], SHELL.replace("pageItemId:1398", "")))
    assert rows(archive, "select distinct outcome from captures") == [("article",)]
    again = run(tmp_path, dict.fromkeys(ITEMS, SHELL.replace("pageItemId:1398", "")), day=1)
    last = rows(again, "select outcome, count(*) from captures where timestamp > '20240102' group by 1")
    assert last == [("soft_404", len(ITEMS))]


def test_articles_that_a_shell_wrote_over_are_as_they_were(tmp_path: Path) -> None:
    before = {url: real(number) for number, url in enumerate(URLS)}
    archive = run(tmp_path, before)
    columns = "canonical_url, title, body_text, body_html, content_digest, evidence, last_seen_at, capture_id"
    held = rows(archive, f"select {columns} from articles order by 1")
    assert len(held) == len(URLS)
    run(tmp_path, {**dict.fromkeys(URLS[:6], SHELL), **{url: before[url] for url in URLS[6:]}}, day=10)
    after = rows(archive, f"select {columns} from articles order by 1")
    assert [row[:6] for row in after] == [row[:6] for row in held]
    assert rows(archive, "select count(*) from article_versions") == [(len(URLS),)]
    assert rows(archive, "select count(*) from article_changes") == [(0,)]
    missing = "select canonical_url from articles where missing_since is not null order by 1"
    assert rows(archive, missing) == [(url,) for url in sorted(URLS[:6])]
    assert rows(archive, "select count(*) from articles_fts where articles_fts match 'mau'") == [(1,)]


@pytest.mark.parametrize("title", ["Trồng rừng xã", "Trồng rừng ở các xã"])
def test_equal_pages_whose_addresses_agree_with_them_are_all_kept(tmp_path: Path, title: str) -> None:
    body = page(f"<h1>{title}</h1>{rich(paragraphs(*PROSE))}", title=title).replace("pageItemId:1398", "")
    same = tuple(f"https://backan.gov.vn/pages/tin-{n}/trong-rung-xa-{n:04x}.aspx" for n in range(12))
    archive = run(tmp_path, dict.fromkeys(same, body))
    assert rows(archive, "select count(*) from articles") == [(12,)]


def test_equal_pages_that_a_list_announces_are_kept(tmp_path: Path) -> None:
    title = "Thông báo lịch tiếp công dân"
    body = page(f"<h1>{title}</h1>{rich(paragraphs(*PROSE))}", title=title).replace("pageItemId:1398", "")
    entries = "".join(f'<h3><a href="{url}">{title} ngày {n}</a></h3>' for n, url in enumerate(ITEMS))
    listing = page(f"<h1>Thông báo</h1>{entries}", title="Thông báo")
    archive = run(
        tmp_path, {"https://backan.gov.vn/pages/thong-bao-3/default.aspx": listing, **dict.fromkeys(ITEMS, body)}
    )
    assert rows(archive, "select count(*) from articles") == [(len(ITEMS),)]


def test_a_second_judgement_changes_nothing(tmp_path: Path) -> None:
    archive = run(tmp_path, dict.fromkeys(URLS[:4], SHELL))
    held = rows(archive, "select * from captures order by id")
    with opened(archive, BAC_KAN):
        pass
    assert rows(archive, "select * from captures order by id") == held


def test_what_a_page_says_of_its_own_address_does_not_count() -> None:
    def shown(url: str) -> str | None:
        html = page(
            f"<h1>Thông báo</h1>{rich(paragraphs(f'Địa chỉ {url} đã được chuyển.', *PROSE))}", title="Thông báo"
        )
        return fingerprint(extract(capture(html, url=url), BAC_KAN), url)

    assert shown(URLS[0]) == shown(URLS[1]) is not None
    outcome = extract(capture(real(0)), BAC_KAN)
    assert isinstance(outcome, ArticleFound)
    assert fingerprint(outcome, URLS[0]) != fingerprint(extract(capture(real(1)), BAC_KAN), URLS[0])


@pytest.mark.parametrize(
    ("url", "links", "title", "kept"),
    [
        (URLS[0], (), "Trồng rừng ở xã Nam Mẫu", True),
        (URLS[0], (), "Trang chủ", False),
        (ITEMS[0], (), "Trang chủ", None),
        (ITEMS[0], ("Xem",), "Trang chủ", None),
        (ITEMS[0], ("Lễ hội lồng tồng Ba Bể",), "Lễ hội lồng tồng Ba Bể năm nay", True),
        (ITEMS[0], ("Lễ hội lồng tồng Ba Bể",), "Trang chủ", False),
        # A title that was edited after the address was made still shares most of its words.
        ("https://x.vn/pages/huong-dan-cac-don-v-a05b.aspx", (), "Hướng dẫn các đơn vị tổ chức hoạt động", True),
    ],
)
def test_what_an_address_promises(url: str, links: tuple[str, ...], title: str, kept: bool | None) -> None:
    assert promise(url, links, title) is kept


def test_an_archive_whose_shells_were_judged_is_proved_sound(portal_archive: Run, tmp_path: Path) -> None:
    archive = run(tmp_path, {url: real(number) for number, url in enumerate(URLS[:6])})
    run(tmp_path, {**dict.fromkeys(URLS[:4], SHELL), URLS[4]: real(4), URLS[7]: SHELL}, day=10)
    done = portal_archive("verify", "--full", "--archive", archive, "--profile", "bac-kan", "--json")
    assert done.returncode == 0, done.stdout
