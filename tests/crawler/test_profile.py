"""A profile sheet is read whole, or refused in one line that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import ArchiveError
from crawler.errors import ProfileError
from crawler.profile import SiteProfile, load, names
from crawler.sharepoint import canonical_url, refusal

SHEET = """
name = "thu"
extends = "sharepoint"
[scope]
hosts = ["thu.vn", "*.thu.vn:8080", "[::1]:81"]
[identity]
scheme = "http"
aliases = { "www.thu.vn" = "thu.vn" }
rewrite = [['^/in/(\\d+)$', '/tin/\\1']]
[polite]
delay = 3
[discover]
seeds = ["http://thu.vn/"]
[[discover.data]]
url = "/api"
form = { list = "Tin" }
[expect]
min_fill = { title = 1 }
"""


def written(folder: Path, text: str, name: str = "thu.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def complaint(path: Path | str) -> str:
    with pytest.raises(ProfileError) as caught:
        load(path)
    message = str(caught.value)
    assert isinstance(caught.value, ArchiveError)
    assert "\n" not in message
    assert message
    return message


def test_a_sheet_lies_over_the_one_it_extends(tmp_path: Path) -> None:
    profile, base = load(written(tmp_path, SHEET)), load("sharepoint")
    assert (profile.polite.delay, profile.polite.jitter) == (3.0, base.polite.jitter)
    assert profile.scope.deny == base.scope.deny != ()
    assert profile.discover.data[0].form == {"list": "Tin"}
    assert profile.discover.sitemaps == base.discover.sitemaps
    assert profile.expect.min_fill == {"title": 1.0}
    assert canonical_url("https://www.thu.vn/in/4", profile) == "http://thu.vn/tin/4"


def test_sheets_extend_their_neighbours(tmp_path: Path) -> None:
    written(tmp_path, SHEET)
    above = written(tmp_path, 'extends = "thu.toml"\n[polite]\njitter = 0\n', "above.toml")
    assert (load(above).polite.delay, load(above).polite.jitter) == (3.0, 0.0)
    assert load(above).name == "above"  # a name is never inherited


def test_layouts_are_added_to_those_of_the_sheet_below(tmp_path: Path) -> None:
    written(
        tmp_path, '[[layout]]\nname = "old"\nbody = [".o"]\n[[layout]]\nname = "both"\nbody = [".b"]\n', "below.toml"
    )
    own = '[[layout]]\nname = "new"\n[[layout]]\nname = "both"\nbody = [".mine"]\n'
    found = load(written(tmp_path, f'extends = "below.toml"\n{own}', "above.toml"))
    assert [(layout.name, layout.body) for layout in found.layout] == [
        ("new", ()),
        ("both", (".mine",)),
        ("old", (".o",)),
    ]


def test_a_profile_is_known_by_its_rules(tmp_path: Path) -> None:
    one, same = load(written(tmp_path, SHEET)), load(written(tmp_path, SHEET, "again.toml"))
    other = load(written(tmp_path, SHEET.replace("delay = 3", "delay = 4")))
    assert one.digest == same.digest != other.digest
    assert hash(one) == hash(same)
    assert len({one, same, other}) == 2


@pytest.mark.parametrize("name", ["bac-kan", "sharepoint"])
def test_the_projects_own_sheets_hold(name: str) -> None:
    profile = load(name)
    assert name in names()
    assert isinstance(profile, SiteProfile)
    assert all(refusal(seed, profile, 0) is None for seed in profile.discover.seeds)


def test_the_portals_neighbours_stay_out() -> None:
    profile = load("bac-kan")
    assert profile.polite.delay >= 2
    for url in ("https://babe.gov.vn/", "https://backancity.gov.vn/", "https://thainguyen.gov.vn/"):
        assert refusal(url, profile, 0) == "out_of_scope"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("colour = 1\n" + SHEET, ("thu.toml", "colour", "polite")),
        ('digest = "x"\n' + SHEET, ("thu.toml", "digest")),
        (SHEET.replace("delay = 3", "dealy = 3"), ("thu.toml", "polite.dealy", "delay")),
        (SHEET.replace("delay = 3", 'delay = "3"'), ("polite.delay", "'3'")),
        (SHEET.replace("delay = 3", "delay = true"), ("polite.delay",)),
        (SHEET.replace("delay = 3", "delay = -1"), ("polite.delay",)),
        (SHEET.replace("delay = 3", "delay = nan"), ("polite.delay",)),
        (SHEET.replace("delay = 3", "max_attempts = 0"), ("polite.max_attempts",)),
        (SHEET.replace("delay = 3", "timeout = 0"), ("polite.timeout",)),
        (SHEET.replace("delay = 3", 'robots = "maybe"'), ("polite.robots", "obey")),
        (SHEET.replace("delay = 3", 'robots = "ignore"'), ("polite.robots", "robots_reason")),
        (SHEET.replace('hosts = ["thu.vn"', 'hosts = ["https://thu.vn/"'), ("scope.hosts", "https://thu.vn/")),
        (SHEET.replace('hosts = ["thu.vn"', "hosts = [3"), ("scope.hosts[0]", "3")),
        (SHEET.replace('["thu.vn", "*.thu.vn:8080", "[::1]:81"]', '"thu.vn"'), ("scope.hosts", "thu.vn")),
        (SHEET.replace('scheme = "http"', 'scheme = "gopher"'), ("identity.scheme", "gopher")),
        (SHEET.replace('= "thu.vn" }', '= "x.vn", "x.vn" = "y.vn" }'), ("identity.aliases", "www.thu.vn")),
        (SHEET.replace("^/in/(", "^/in/(("), ("identity.rewrite", "regular expression")),
        (SHEET.replace("/tin/\\1", "/tin/\\2"), ("identity.rewrite",)),
        (SHEET.replace("/tin/\\1", "/tin/\\g<so>"), ("identity.rewrite",)),
        (SHEET.replace("/tin/\\1", "/tin/\\q"), ("identity.rewrite",)),
        (SHEET.replace("'^/in/(\\d+)$', ", ""), ("identity.rewrite",)),
        (SHEET.replace("[scope]", "[scope]\ndeny = ['(']"), ("scope.deny", "'('")),
        (SHEET.replace('url = "/api"', ""), ("discover.data[0]", "url")),
        (SHEET.replace("title = 1 }", "title = 2 }"), ("expect.min_fill.title",)),
        (SHEET + '[network]\nexempt_addresses = ["here"]', ("network.exempt_addresses", "here")),
        ("[[layout]]\nfamily = 'A'\n", ("layout[0]", "name")),
        ("[[layout]]\nname = 'a'\nsince = 2020-01-01T00:00:00\n", ("layout[0].since",)),
        ("[[layout]]\nname = 'a'\npath = '['\n", ("layout.path",)),
        ('timezone = "Asia/Ho_Chi_Minh"', ("timezone", "+07:00")),
        ("scope = 3", ("scope",)),
        ("name = 3", ("name",)),
        ("extends = 3", ("extends",)),
        ('extends = "nowhere"', ("nowhere", "bac-kan", "sharepoint")),
        ('extends = "thu.toml"', ("thu.toml", "circle")),
        ('extends = "./x/../thu.toml"', ("thu.toml",)),
        ("this is no TOML", ("thu.toml", "TOML")),
        ("x = " + "[" * 5000, ("thu.toml", "TOML")),
    ],
)
def test_a_bad_sheet_is_refused_in_one_line(tmp_path: Path, change: str, words: tuple[str, ...]) -> None:
    message = complaint(written(tmp_path, change))
    for word in words:
        assert word in message


def test_a_circle_over_several_sheets_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    written(tmp_path, 'extends = "x/../b.toml"', "a.toml")
    written(tmp_path, 'extends = "a.toml"', "b.toml")
    assert "circle" in complaint(tmp_path / "a.toml")


def test_unknown_names_and_files(tmp_path: Path) -> None:
    assert "bac-kan" in complaint("bac-can")
    assert "bac-kan" in complaint("../profiles/bac-kan")
    assert "nothing.toml" in complaint(tmp_path / "nothing.toml")
    assert "folder.toml" in complaint(_folder(tmp_path / "folder.toml"))
    latin = tmp_path / "latin.toml"
    latin.write_bytes('title = "Bắc Kạn"'.encode("utf-16"))
    assert "latin.toml" in complaint(latin)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_layout_that_ends_before_it_begins(tmp_path: Path) -> None:
    sheet = tmp_path / "a.toml"
    sheet.write_text('[[layout]]\nname = "x"\nsince = 2021-01-02\nuntil = 2021-01-01\n', "utf-8")
    with pytest.raises(ProfileError, match="before its first day"):
        load(sheet)
