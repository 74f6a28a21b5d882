"""The command as a person meets it: in a process of its own, on real files, bad input ending in one clear line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from archive.database import warc_folder
from tests.conftest import Run
from tests.reference import ROOT, WIDTH, commands

URL = "https://backan.gov.vn/Pages/thanh-pho-bac-kan-hieu-qua-a05b.aspx"

PAGE = """Skip Ribbon Commands
Skip to main content
Hội thi văn nghệ tại {place}
(Cập nhật lúc: 23/10/2019 15:13:00 )
Ngày 22/10, hội thi văn nghệ quần chúng đã diễn ra tại nhà văn hóa {place} với hơn hai trăm diễn viên tham gia.
Ban tổ chức đã trao giải cho các đội có tiết mục xuất sắc và khen thưởng ba nghệ nhân cao tuổi của xã.
Hương Dịu
Sign In
"""


def one_line(done: subprocess.CompletedProcess[str], code: int, *fragments: str) -> None:
    assert done.returncode == code, done
    assert done.stdout == ""
    assert done.stderr.startswith("portal-archive: error: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for fragment in fragments:
        assert fragment in done.stderr


@pytest.fixture
def filled(portal_archive: Run, tmp_path: Path) -> Path:
    """An archive of two articles, made by the command itself."""
    for place in ("Nà Phặc", "Bằng Lũng"):
        page = tmp_path / f"{place}.txt"
        page.write_text(PAGE.format(place=place), "utf-8")
        address = f"https://backan.gov.vn/Pages/hoi-thi-{len(place)}-a05b.aspx"
        done = portal_archive("ingest", "text", page, "--url", address, "--archive", "archive.db")
        assert done.returncode == 0, done.stderr
    return tmp_path / "archive.db"


# --- help and wrong usage -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_verb_has_help(portal_archive: Run, name: str) -> None:
    done = portal_archive(*name.split()[1:], "--help", COLUMNS=str(WIDTH + 2))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: {name} ")
    assert f"\n```\n{done.stdout}```\n" in (ROOT / "docs" / "cli.md").read_text("utf-8"), "run `make docs`"


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (["fly"], "No such command 'fly'"),
        (["search"], "WORDS"),
        (["search", "x", "--frobnicate"], "--frobnicate"),
        (["search", "x", "--since", "soon"], "'soon' is no date"),
        (["search", "x", "--limit", "0"], "--limit"),
        (["ingest", "text", "no-such-file.txt", "--url", URL], "no-such-file.txt"),
        (["ingest", "warc", "no-such-file.warc.gz"], "no-such-file.warc.gz"),
        (["crawl", "--max-pages", "many"], "--max-pages"),
        (["runs", "--limit", "-3"], "--limit"),
    ],
)
def test_wrong_usage_is_one_line(portal_archive: Run, tmp_path: Path, arguments: list[str], fragment: str) -> None:
    one_line(portal_archive(*arguments), 1, fragment)
    assert list(tmp_path.iterdir()) == []


# --- profiles -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("ingest",), ("profile",)])
def test_a_command_without_a_verb_teaches(portal_archive: Run, words: tuple[str, ...]) -> None:
    done = portal_archive(*words)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == portal_archive(*words, "--help").stdout


def test_an_unknown_profile_names_the_known_ones(portal_archive: Run, tmp_path: Path) -> None:
    one_line(portal_archive("crawl", "--profile", "atlantis"), 1, "unknown profile 'atlantis'", "bac-kan", "sharepoint")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sheet", "fragment"),
    [
        ("[polite]\ndelai = 2.0\n", "unknown key polite.delai"),
        ("[polite]\ndelay = 'long'\n", "polite.delay"),
        ("[scope]\ndeny = ['(']\n", "scope.deny"),
        ("[[layout]]\nfamily = 'A1'\n", "name"),
        ("extends = 'nowhere'\n", "nowhere"),
        ("polite = [\n", "sheet.toml"),
    ],
)
def test_a_malformed_sheet_is_named(portal_archive: Run, tmp_path: Path, sheet: str, fragment: str) -> None:
    (tmp_path / "sheet.toml").write_text(sheet)
    one_line(portal_archive("profile", "check", "sheet.toml"), 1, fragment)
    one_line(portal_archive("crawl", "--profile", "sheet.toml"), 1, fragment)
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.toml"]


def test_profiles_are_listed_checked_and_shown(portal_archive: Run) -> None:
    listed = {sheet["name"] for sheet in json.loads(portal_archive("profile", "list", "--json").stdout)}
    assert {"bac-kan", "sharepoint"} <= listed
    assert portal_archive("profile", "check", "bac-kan").returncode == 0
    shown = portal_archive("profile", "show", "bac-kan").stdout
    assert "polite.delay = " in shown
    assert "backan.gov.vn" in shown


# --- databases ----------------------------------------------------------------------------------------------------

READING = [["search", "x"], ["show", URL], ["sql", "select 1"], ["status"], ["runs"], ["failures"], ["serve"]]


@pytest.mark.parametrize("verb", READING, ids=lambda verb: verb[0])
def test_a_missing_database_is_not_made(portal_archive: Run, tmp_path: Path, verb: list[str]) -> None:
    one_line(portal_archive(*verb, "--archive", "nothing.db"), 1, "nothing.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", [*READING, ["ingest", "text", "page.txt", "--url", URL]], ids=lambda verb: verb[0])
def test_a_foreign_file_is_left_alone(portal_archive: Run, tmp_path: Path, verb: list[str]) -> None:
    (tmp_path / "page.txt").write_text(PAGE.format(place="Nà Phặc"), "utf-8")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as conn:
        conn.execute("create table recipes(name text)")
    conn.close()
    (tmp_path / "note.db").write_text("not a database, " * 100)
    before = other.read_bytes(), (tmp_path / "note.db").read_bytes()
    one_line(portal_archive(*verb, "--archive", "other.db"), 1, "other.db", "another program")
    one_line(portal_archive(*verb, "--archive", "note.db"), 1, "note.db", "no database")
    one_line(portal_archive(*verb, "--archive", "."), 1)
    assert (other.read_bytes(), (tmp_path / "note.db").read_bytes()) == before


def test_a_locked_database_is_said_to_be_busy(portal_archive: Run, filled: Path) -> None:
    holder = sqlite3.connect(filled, isolation_level=None)
    holder.execute("begin immediate")
    try:
        page = filled.parent / "Nà Phặc.txt"
        done = portal_archive("ingest", "text", page, "--url", URL, "--archive", filled)
        one_line(done, 1, "being written by another program")
    finally:
        holder.close()
    assert portal_archive("search", "hội thi", "--archive", filled).returncode == 0


def test_the_same_text_again_adds_nothing(portal_archive: Run, filled: Path) -> None:
    line = ["ingest", "text", filled.parent / "Nà Phặc.txt", "--url", URL, "--json", "--archive"]
    first, again = (json.loads(portal_archive(*line, filled).stdout) for _ in range(2))
    assert (first["result"], again["result"], again["id"]) == ("new", "unchanged", first["id"])
    assert again["article"] == first["article"]
    assert portal_archive(*line, filled, "--date", "2020-01-02").returncode == 0, "on another day it said the same"
    with sqlite3.connect(filled) as conn:
        assert conn.execute("select count(*) from captures where original = ?", (URL,)).fetchone() == (2,)


def test_a_text_whose_writer_died_is_not_written_again(portal_archive: Run, filled: Path) -> None:
    """Its record stands in a WARC file, and the database has not heard of it."""
    line = ["ingest", "text", filled.parent / "Nà Phặc.txt", "--url", URL, "--archive"]
    assert portal_archive(*line, filled).returncode == 0
    (written,) = (
        path for path in filled.parent.glob("warc/*-text-*") if URL.encode() in gzip.decompress(path.read_bytes())
    )
    later = filled.parent / "later" / "archive.db"
    (later.parent / "warc").mkdir(parents=True)
    shutil.copy(written, later.parent / "warc" / f"{written.name}.open")
    assert portal_archive(*line, later).returncode == 0
    assert [path.name for path in later.parent.glob("warc/*-text-*")] == [written.name]
    with sqlite3.connect(later) as conn:
        assert conn.execute("select original, filename from captures").fetchall() == [(URL, written.name)]
        assert conn.execute("select count(*) from articles").fetchone() == (1,)


def test_a_full_disk_is_one_line_and_the_next_try_succeeds(filled: Path) -> None:
    """A limit on file size stands in for the disk: the same system call fails."""
    page = filled.parent / "long.txt"
    page.write_text(PAGE.format(place="Chợ Rã") + "Một đoạn văn dài của bài viết.\n" * 20_000, "utf-8")
    line = [sys.executable, "-m", "crawler", "ingest", "text", page, "--url", URL, "--archive", filled]

    def run(limit: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            line,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)),
        )

    done = run(100_000)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("portal-archive: error: ")
    assert run(resource.RLIM_INFINITY).returncode == 0
    with sqlite3.connect(filled) as conn:
        assert conn.execute("pragma integrity_check").fetchone() == ("ok",)
        assert conn.execute("select count(*) from articles").fetchone() == (3,)


# --- the process itself -------------------------------------------------------------------------------------------


def test_a_reader_that_leaves_is_met_with_silence() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "crawler", "profile", "show", "bac-kan"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(60) == 1


def test_tracebacks_only_on_request(portal_archive: Run) -> None:
    assert "Traceback" not in portal_archive("status", "--archive", "nothing.db").stderr
    debugged = portal_archive("status", "--archive", "nothing.db", PORTAL_ARCHIVE_DEBUG="1")
    assert debugged.returncode == 1
    assert "Traceback" in debugged.stderr


def test_a_port_in_use_is_one_line(portal_archive: Run, filled: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        one_line(portal_archive("serve", "--archive", filled, "--port", port), 1, str(port))


# --- what the verbs do --------------------------------------------------------------------------------------------


def test_a_text_record_becomes_its_gold_article(portal_archive: Run, real_pages: Path) -> None:
    gold = json.loads((real_pages / "bac-kan-2019.gold.json").read_text("utf-8"))
    done = portal_archive(
        "ingest", "text", real_pages / "bac-kan-2019.txt", "--url", gold["url"], "--archive", "a.db", "--json"
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(portal_archive("show", gold["url"], "--archive", "a.db", "--json").stdout)
    for article in (json.loads(done.stdout)["article"], {**shown["article"], "images": shown["images"]}):
        assert article["title"] == gold["title"]
        assert article["updated_at"] == gold["modified"]
        assert article["published_at"] is None
        assert article["lead"] == gold["lead"]
        assert article["author"] == gold["byline"]
        assert article["body_text"].split("\n") == gold["lines"]
        assert [image["caption"] for image in article["images"]] == gold["captions"]


def test_saved_pages_pass_through_a_warc(portal_archive: Run, real_pages: Path, tmp_path: Path) -> None:
    """Packed, checked, read in; a second reading changes nothing."""
    pages = sorted(real_pages.glob("*.html"))
    packed = portal_archive("warc", "pack", "--out", "saved", *pages, "--date", "2020-05-01")
    assert packed.returncode == 0, packed.stderr
    (name,) = packed.stdout.split()
    assert portal_archive("warc", "check", name).returncode == 0
    first = portal_archive("ingest", "warc", name, "--profile", "sharepoint", "--archive", "a.db", "--json")
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    assert told["captures"] == len(pages)
    assert told["bad"] == []
    assert sum(told["outcomes"].values()) == len(pages)
    assert told["outcomes"]["article"] >= 7
    before = dump(tmp_path / "a.db")
    second = json.loads(
        portal_archive("ingest", "warc", name, "--profile", "sharepoint", "--archive", "a.db", "--json").stdout
    )
    assert (second["captures"], second["known"]) == (0, len(pages))
    assert dump(tmp_path / "a.db") == before


def dump(archive: Path) -> dict[str, list[Any]]:
    with sqlite3.connect(archive) as conn:
        tables = ("articles", "article_versions", "captures", "images", "attachments", "links")
        return {table: conn.execute(f"select * from {table} order by 1, 2").fetchall() for table in tables}


def test_every_capture_row_points_to_a_file(portal_archive: Run, real_pages: Path, tmp_path: Path) -> None:
    """A file of the same name and other content is filed beside the first, under a name of its own."""
    pages = sorted(real_pages.glob("fmic-*.html"))
    names = []
    for place, chosen in (("one", pages[:3]), ("two", pages[3:])):
        line = portal_archive("warc", "pack", "--out", place, *chosen, "--date", "2020-05-01").stdout.strip()
        shutil.move(tmp_path / line, tmp_path / place / "same.warc.gz")
        names.append(f"{place}/same.warc.gz")
    assert portal_archive("ingest", "warc", *names, "--profile", "sharepoint", "--archive", "a.db").returncode == 0
    shutil.rmtree(tmp_path / "one")
    shutil.rmtree(tmp_path / "two")
    with sqlite3.connect(tmp_path / "a.db") as conn:
        filed = conn.execute('select filename, max("offset" + length), count(*) from captures group by 1').fetchall()
    assert len(filed) == 2
    assert sum(count for _, _, count in filed) == len(pages)
    for filename, end, _ in filed:
        assert (warc_folder(tmp_path / "a.db") / filename).stat().st_size >= end


def test_damaged_records_are_counted_and_nothing_readable_is_an_error(
    portal_archive: Run, real_pages: Path, tmp_path: Path
) -> None:
    pages = sorted(real_pages.glob("fmic-*.html"))
    name = tmp_path / portal_archive("warc", "pack", "--out", ".", *pages, "--date", "2020-05-01").stdout.strip()
    data = bytearray(name.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = os.urandom(40)
    (tmp_path / "hurt.warc.gz").write_bytes(data)
    done = portal_archive("ingest", "warc", "hurt.warc.gz", "--profile", "sharepoint", "--archive", "a.db", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["captures"] >= len(pages) - 2
    assert len(told["bad"]) >= 1
    assert "hurt.warc.gz" in told["bad"][0]
    (tmp_path / "noise.warc.gz").write_bytes(b"no archive at all" * 50)
    one_line(portal_archive("ingest", "warc", "noise.warc.gz", "--archive", "b.db"), 1, "noise.warc.gz")


def test_search_with_and_without_accents(portal_archive: Run, filled: Path) -> None:
    for words in ("Nà Phặc", "na phac"):
        told = json.loads(portal_archive("search", words, "--archive", filled, "--json").stdout)
        assert [hit["title"] for hit in told["hits"]] == ["Hội thi văn nghệ tại Nà Phặc"]
    shown = portal_archive("search", "hoi thi", "--archive", filled)
    assert shown.returncode == 0
    assert "Bằng Lũng" in shown.stdout
    none = portal_archive("search", "hoi thi", "--since", "2031", "--archive", filled, "--json")
    assert json.loads(none.stdout)["hits"] == []


def test_sql_reads_and_never_writes(portal_archive: Run, filled: Path) -> None:
    done = portal_archive("sql", "select title, word_count from articles order by title", "--archive", filled, "--csv")
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[0] == ["title", "word_count"]
    assert [row[0] for row in rows[1:]] == ["Hội thi văn nghệ tại Bằng Lũng", "Hội thi văn nghệ tại Nà Phặc"]
    one_line(portal_archive("sql", "delete from articles", "--archive", filled), 1)
    one_line(portal_archive("sql", "select nonsense from articles", "--archive", filled), 1, "nonsense")
    assert json.loads(
        portal_archive("sql", "select count(*) as n from articles", "--archive", filled, "--json").stdout
    ) == [{"n": 2}]


def test_status_and_runs_tell_of_the_ingest(portal_archive: Run, filled: Path) -> None:
    status = json.loads(portal_archive("status", "--archive", filled, "--json").stdout)
    assert status["articles"] == {"live": 2}
    assert status["warc_files"] >= 1
    runs = json.loads(portal_archive("runs", "--archive", filled, "--json").stdout)
    assert [run["kind"] for run in runs] == ["ingest", "ingest"]
    assert {run["state"] for run in runs} == {"complete"}
    assert json.loads(portal_archive("failures", "--archive", filled, "--json").stdout) == []


def test_the_variable_names_the_archive(portal_archive: Run, filled: Path) -> None:
    done = portal_archive("status", "--json", PORTAL_ARCHIVE=str(filled))
    assert json.loads(done.stdout)["articles"] == {"live": 2}


def test_groups_and_verbs_have_distinct_names() -> None:
    names = [name for name, command in commands() if isinstance(command, click.Command)]
    assert len(names) == len(set(names))
