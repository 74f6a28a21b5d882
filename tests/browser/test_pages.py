"""The reading room as visitors meet it: with a mouse, keys alone, on a phone, without scripts, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.archive.conftest import Site
from tests.browser.chromium import DESK, PHONE, Chromium, Visit
from tests.browser.places import places


def clean(visit: Visit) -> None:
    assert visit.complaints == []
    assert visit.strays == []


def test_from_home_to_a_difference_and_back(browser: Chromium, site: Site) -> None:
    with browser.visit(site.url) as visit:
        page = visit.page
        visit.go("")
        page.get_by_role("combobox").fill("bac kan cai cach")
        page.get_by_role("button", name="Tìm").click()
        page.wait_for_url("**/search?q=*")
        assert page.locator("mark").first.inner_text() == "Bắc Kạn"
        page.get_by_role("link", name="Tỉnh Bắc Kạn đẩy mạnh cải cách hành chính").first.click()
        assert page.get_by_role("heading", level=1).inner_text() == "Tỉnh Bắc Kạn đẩy mạnh cải cách hành chính"
        page.get_by_role("link", name="So sánh các phiên bản").click()
        assert page.locator(".diff del").first.inner_text().strip() == "108"
        assert page.locator(".diff ins.respelled").inner_text().strip() == "hòa"
        page.get_by_role("link", name="Về bài viết").click()
        page.get_by_role("link", name="Kết quả cho “bac kan cai cach”").click()
        assert re.search(r"/search\?q=bac\+kan\+cai\+cach$", page.url)
        clean(visit)


def test_facets_narrow_and_widen(browser: Chromium, site: Site) -> None:
    with browser.visit(site.url) as visit:
        page = visit.page
        visit.go("search?q=bac+kan")

        def total() -> int:
            return int(re.match(r"\d+", page.locator(".total").inner_text())[0])  # type: ignore[index]

        everything = total()
        section = page.locator(".facets li").first
        count = int(section.locator(".count").inner_text())
        section.get_by_role("link").click()
        assert total() == count < everything
        page.locator(".facets summary", has_text="Tác giả").click()
        page.locator(".facets details", has_text="Tác giả").get_by_role("link").first.click()
        assert 0 < total() <= count
        page.get_by_role("link", name=re.compile("Bỏ lọc Chuyên mục")).click()
        page.get_by_role("link", name=re.compile("Bỏ lọc Tác giả")).click()
        assert total() == everything
        clean(visit)


def test_suggestions_are_chosen_with_keys_alone(browser: Chromium, site: Site) -> None:
    with browser.visit(site.url) as visit:
        page = visit.page
        visit.go("")
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "q":
                break
        page.keyboard.type("tinh bac kan day", delay=20)
        options = page.get_by_role("option")
        options.first.wait_for()
        box = page.get_by_role("combobox")
        assert box.get_attribute("aria-expanded") == "true"
        page.keyboard.press("ArrowDown")
        assert options.first.get_attribute("aria-selected") == "true"
        assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
        assert visit.violations() == []
        page.keyboard.press("Escape")
        assert box.get_attribute("aria-expanded") == "false"
        page.keyboard.type(" manh", delay=20)
        options.first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/article/*")
        assert page.get_by_role("heading", level=1).inner_text() == "Tỉnh Bắc Kạn đẩy mạnh cải cách hành chính"
        clean(visit)


def test_the_first_tab_leads_past_the_menu(browser: Chromium, site: Site) -> None:
    with browser.visit(site.url) as visit:
        visit.go("health")
        visit.page.keyboard.press("Tab")
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "main"


def test_the_language_switches_and_stays(browser: Chromium, site: Site) -> None:
    with browser.visit(site.url) as visit:
        page = visit.page
        visit.go("search?q=bac+kan&year=2022")
        page.get_by_role("link", name="English").click()
        assert page.locator("html").get_attribute("lang") == "en"
        assert "q=bac+kan&year=2022" in page.url
        page.get_by_role("link", name="Documents").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Documents"
        page.get_by_role("link", name="Tiếng Việt").click()
        page.get_by_role("link", name="Thay đổi").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Thay đổi"
        clean(visit)


def test_everything_works_without_scripts(browser: Chromium, site: Site) -> None:
    with browser.visit(site.url, scripts=False) as visit:
        page = visit.page
        visit.go("")
        page.get_by_label("Tìm trong kho lưu trữ").fill("902/qd-ubnd")
        page.get_by_role("button", name="Tìm").click()
        page.locator(".hit h3 a").first.click()
        assert page.locator(".document-data").inner_text().count("902/QĐ-UBND") == 1
        visit.go("documents")
        page.get_by_label("Loại").select_option("Quyết định")
        page.get_by_role("button", name="Lọc").click()
        assert "type=Quy" in page.url


@pytest.mark.parametrize(("lang", "size"), [("vi", DESK), ("en", PHONE)], ids=["vi-desk", "en-phone-dark"])
def test_every_page_is_sound(browser: Chromium, site: Site, lived: Path, lang: str, size: tuple[int, int]) -> None:
    """No complaint, no request elsewhere, nothing axe-core holds for serious, no sideways scrolling."""
    with browser.visit(site.url, size=size, dark=lang == "en") as visit:
        wrong = []
        for name, place in places(lived).items():
            answer = visit.go(f"{place}{'&' if '?' in place else '?'}lang={lang}")
            assert answer.status == (404 if name == "lost" else 200), name
            wide = visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            wrong += [f"{name}: {wide} px too wide"] if wide > 0 else []
            wrong += [f"{name}: {found}" for found in visit.violations()]
            wrong += [f"{name}: {text}" for text in visit.complaints if "404" not in text]
            visit.complaints.clear()
        assert wrong == []
        assert visit.strays == []


def test_print_shows_the_article_alone(browser: Chromium, site: Site, lived: Path) -> None:
    with browser.visit(site.url) as visit:
        visit.go(places(lived)["article"])
        visit.page.emulate_media(media="print")
        assert not visit.page.locator("header.top").is_visible()
        assert visit.page.locator("article.text").is_visible()
        assert visit.page.get_by_role("heading", name="Trích dẫn").is_visible()
