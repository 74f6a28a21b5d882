"""Learning a sheet: what it finds on the replica, dressed and undressed, and that nothing but the pages decides it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from archive.models import Capture
from crawler.learn import Learned, LearnError, learn
from crawler.learn.names import own_names
from crawler.learn.sample import PAGES, Sample, shape_of, unpacked
from crawler.profile import SiteProfile, load
from tests.crawler.captures import ANY, capture, page, paragraphs
from tests.learning import Figures, Told, measured, replica, undressed


@cache
def portal() -> tuple[list[Capture], dict[str, Told]]:
    return replica(120)


@cache
def stripped() -> list[Capture]:
    return [undressed(capture) for capture in portal()[0]]


def sheet(learned: Learned, folder: Path) -> SiteProfile:
    path = folder / "learned.toml"
    path.write_text(learned.text, encoding="utf-8")
    return load(path)


def worst(found: dict[str, Figures]) -> tuple[float, float, float, int]:
    """The poorest family's F1, titles and dates, and the leaks of all."""
    rows = found.values()
    return (
        min(row.f1 / row.articles for row in rows),
        min(row.titles / row.articles for row in rows),
        min(row.dates / row.articles for row in rows),
        sum(row.leaks for row in rows),
    )


def test_a_learned_sheet_reads_the_portal_without_its_own(tmp_path: Path) -> None:
    pages, told = portal()
    learned = learn(pages, ANY)
    profile = sheet(learned, tmp_path)
    f1, titles, dates, leaks = worst(measured(pages, told, profile))
    assert (f1 >= 0.99, titles >= 0.99, dates >= 0.99, leaks) == (True, True, True, 0)
    by_name = {layout.name: layout for layout in profile.layout}
    assert by_name["bantin-noidung"].title == (".bantin > h1",)
    assert by_name["bantin-noidung"].lead == (".sapo",)
    assert by_name["pagecontent"].updated == (".ngay",)
    assert by_name["pnnoidung"].body == ("#ctl00_ctl30_pnNoiDung",)
    assert "tandan" in by_name  # what the base knows stays known
    assert profile.scope.hosts == tuple(f"127.0.0.{n}:8080" for n in (1, 2, 3, 5, 6))
    for told_so in (
        ".thoigian: visit date, 100 % of pages",
        ".topbar: greeting",
        "#startNavigation: menu",
        "family 1:",
    ):
        assert told_so in learned.text


def test_pages_whose_dress_tells_nothing_are_read_by_what_their_neighbours_tell(tmp_path: Path) -> None:
    pages, told = stripped(), portal()[1]
    before = worst(measured(pages, told, ANY))
    assert before[0] < 0.9
    assert before[3] > 100, "the general rules cannot know these blocks"
    f1, titles, dates, leaks = worst(measured(pages, told, sheet(learn(pages, ANY), tmp_path)))
    assert (f1 >= 0.99, titles >= 0.99, dates >= 0.99, leaks) == (True, True, True, 0)


@pytest.mark.parametrize("family", ["A2", "B"])
def test_a_family_that_was_never_seen_is_read_as_well(family: str, tmp_path: Path) -> None:
    pages, told = portal()
    held = [c for c in pages if c.url in told and told[c.url]["layout_family"] == family]
    rest = [c for c in pages if c not in held]
    f1, _, _, leaks = worst(measured(held, told, sheet(learn(rest, ANY), tmp_path)))
    assert (f1 >= 0.95, leaks) == (True, 0)


def test_a_redesign_gives_a_second_layout_and_leaves_the_first_in_force(tmp_path: Path) -> None:
    old, told = portal()
    new, told_anew = replica(120, epoch=2)
    main = [capture for capture in (*old, *new) if "127.0.0.1:" in capture.url]
    profile = sheet(learn(main, ANY), tmp_path)
    assert {"bantin-noidung", "news-text"} <= {layout.name for layout in profile.layout}
    for pages, truth in ((old, told), (new, told_anew)):
        shown = [c for c in pages if c.url in truth and truth[c.url]["layout_family"] == "A2"]
        assert worst(measured(shown, truth, profile)) == (1.0, 1.0, 1.0, 0)


def test_a_base_that_names_its_hosts_keeps_them(tmp_path: Path) -> None:
    pages = [capture for capture in portal()[0] if "127.0.0.6" in capture.url]
    base = load("bac-kan")
    profile = sheet(learn(pages, base), tmp_path)
    assert (profile.scope, profile.discover) == (base.scope, base.discover)
    assert [layout.name for layout in profile.layout[:2]] == ["detail-content", "noidungtin"]


def test_the_order_of_the_pages_does_not_matter() -> None:
    pages = [c for c in portal()[0] if "127.0.0.1" not in c.url]
    other = [*pages, *pages[:20]]
    random.Random(7).shuffle(other)
    assert learn(other, ANY).text == learn([*pages, *pages[:20]], ANY).text


def test_one_host_alone() -> None:
    learned = learn(portal()[0], ANY, host="127.0.0.6")
    assert [host.host for host in learned.hosts] == ["127.0.0.6:8080"]
    assert 'hosts = ["127.0.0.6"]' in learned.text


def test_too_few_pages_are_said_to_be_too_few() -> None:
    with pytest.raises(LearnError, match=r"no captured page of portal\.example"):
        learn(portal()[0], ANY, host="portal.example")
    with pytest.raises(LearnError, match="no host has 5 articles"):
        learn(portal()[0][:3], ANY)


# --- the sample ---------------------------------------------------------------------------------------------------


def numbered(count: int) -> list[Capture]:
    body = page(f"<h1>Tin</h1>{paragraphs('Một câu.')}")
    return [capture(body, url=f"https://p.vn/Pages/tin-so-{n}-{n:04x}.aspx") for n in range(count)]


def test_many_pages_are_drawn_from_whatever_their_order() -> None:
    pages = numbered(3 * PAGES)
    one, other = Sample(ANY), Sample(ANY)
    for forward, backward in zip(pages, reversed(pages), strict=True):
        one.add(forward)
        other.add(backward)
    assert len(one.packed("p.vn")) == PAGES
    assert one.packed("p.vn") == other.packed("p.vn")
    assert one.pages_of("p.vn") == 3 * PAGES


def test_a_page_in_a_new_dress_is_kept_beside_the_old_one() -> None:
    old = capture(page('<div class="old">Tin</div>'))
    new = replace(old, body=page('<div class="new">Tin</div>').encode(), fetched_at=old.fetched_at + timedelta(9))
    again = replace(new, body=page('<div class="new">Tin mới</div>').encode(), fetched_at=new.fetched_at + timedelta(9))
    sample = Sample(ANY)
    for one in (again, old, new):
        sample.add(one)
    (host,) = sample.hosts()
    assert sorted((unpacked(c) for c in sample.packed(host)), key=lambda c: c.fetched_at) == [old, again]


@pytest.mark.parametrize(
    "change", [{"status": 404}, {"method": "POST"}, {"revisit": True}, {"body": b""}, {"truncated": "length"}]
)
def test_what_is_no_page_is_not_drawn(change: dict[str, Any]) -> None:
    assert not Sample(ANY).add(replace(numbered(1)[0], **change))


def test_addresses_of_one_kind_have_one_shape() -> None:
    assert shape_of("https://a.vn/Pages/le-hoi-xuan-1a2b.aspx") == shape_of("https://a.vn/pages/don-vi-moi-ffff.aspx")
    assert shape_of("https://a.vn/Pages/default.aspx") == "/pages/default.aspx"
    assert shape_of("https://a.vn/x.aspx?ItemID=3&l=Tin") == "/x.aspx?itemid&l"


# --- names --------------------------------------------------------------------------------------------------------


def test_names_that_change_from_page_to_page_are_none() -> None:
    assert own_names("ctl00_ctl45_g_0a1b2c3d_4e5f_lblTitle", "ExternalClass0A1B2C3D4E5F60718293 tieude active") == (
        '[id$="_lblTitle"]',
        ".tieude",
    )
    assert own_names("news-detail", None) == ("#news-detail",)
    assert own_names("1st", "2nd ok:not") == ()
