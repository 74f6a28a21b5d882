"""A portal that is gone, recovered from other archives: the same articles, field for field, as its own crawl gave."""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import crawling, peer_pywb, tables
from tests.conftest import need
from tests.elsewhere import Elsewhere, elsewhere
from tests.replica import ROOT, Replica

FIELDS = (
    *("canonical_url", "title", "lead", "body_text", "body_html", "author", "author_raw", "source", "source_raw"),
    *("section", "published_at", "published_raw", "updated_at", "updated_raw", "language", "content_digest"),
    *("first_seen_at", "last_seen_at", "status", "layout", "evidence", "extractor_version"),
)
HOST = "dulich"
"""A host of the replica with a few dozen captures."""


@pytest.fixture(scope="module")
def files(live: Path) -> list[Path]:
    return sorted((live.parent / "warc").glob("*.warc.gz"))


@pytest.fixture(scope="module")
def machine(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    with elsewhere(tmp_path_factory.mktemp("elsewhere"), files) as running:
        yield running


def host_of(replica: Replica) -> str:
    return replica.hosts[HOST].removeprefix("http://")


def ingest(door: str, archive: Path, replica: Replica, machine: Elsewhere, *options: str) -> tuple[int, Any, str]:
    """Run a door to its end: exit code, what it tells as JSON, standard error."""
    where = {
        "wayback": ("--cdx", f"{machine.url}/cdx/search/cdx", "--replay", f"{machine.url}/web"),
        "commoncrawl": ("--index", machine.url, "--data", machine.url),
    }[door]
    return ingest_from(door, where, archive, replica, *options)


def ingest_from(
    door: str, where: tuple[str, ...], archive: Path, replica: Replica, *options: str
) -> tuple[int, Any, str]:
    """The same, from other addresses."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    line = [sys.executable, "-m", "crawler", "ingest", door, host_of(replica), *where, "--json"]
    line += ["--archive", str(archive), "--profile", str(replica.profile)]
    line += ["--pace-file", str(archive.parent / "pace.json"), *options]
    done = subprocess.run(line, cwd=ROOT, env=crawling.environment(), capture_output=True, text=True, timeout=240)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def articles(archive: Path, host: str) -> dict[str, tuple[Any, ...]]:
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        rows = conn.execute(f"select {', '.join(FIELDS)} from articles").fetchall()
    return {row[0]: row for row in rows if f"//{host}/" in row[0]}


@pytest.mark.parametrize("door", ["wayback", "commoncrawl"])
def test_the_same_articles_come_through_every_door(
    door: str, replica: Replica, live: Path, machine: Elsewhere, tmp_path: Path
) -> None:
    archive = tmp_path / "archive.db"
    code, told, errors = ingest(door, archive, replica, machine)
    assert code == 0, errors
    assert told["waiting"] == 0
    assert told["failures"] == told["unlisted"] == told["bad"] == []
    wanted = articles(live, host_of(replica))
    assert len(wanted) >= 10
    assert articles(archive, host_of(replica)) == wanted
    with sqlite3.connect(archive) as conn:
        assert {row[0] for row in conn.execute("select distinct source from captures")} == {door}
    code, told, _ = ingest(door, archive, replica, machine)
    assert (code, told["listed"], told["rows"]) == (0, 0, {})


def test_what_was_fetched_is_recorded_with_where_it_came_from(
    replica: Replica, machine: Elsewhere, tmp_path: Path
) -> None:
    archive = tmp_path / "archive.db"
    assert ingest("wayback", archive, replica, machine, "--most", "5")[0] == 3
    (file,) = (tmp_path / "warc").glob("*-wayback-*.warc.gz")
    check = subprocess.run(
        [str(Path(sys.executable).with_name("warcio")), "check", str(file)], capture_output=True, text=True
    )
    assert check.returncode == 0, check.stdout
    fields = "warc-type,warc-target-uri,warc-source-uri,warc-creation-date"
    listed = subprocess.run(
        [str(Path(sys.executable).with_name("warcio")), "index", "-f", fields, str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [row for line in listed.stdout.splitlines() if (row := json.loads(line))["warc-type"] == "response"]
    assert len(answers) == 5
    for row in answers:
        assert row["warc-source-uri"].startswith(f"{machine.url}/web/")
        assert row["warc-source-uri"].endswith(row["warc-target-uri"])
        assert row["warc-creation-date"]


def test_a_recovery_goes_on_where_it_stopped(replica: Replica, live: Path, machine: Elsewhere, tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    codes = []
    for _ in range(6):
        code, told, errors = ingest("wayback", archive, replica, machine, "--most", "12")
        assert code in (0, 3), errors
        codes.append(code)
        if not told["waiting"]:
            break
    assert codes[-1] == 0
    assert len(codes) > 2
    assert articles(archive, host_of(replica)) == articles(live, host_of(replica))


def test_a_kill_loses_and_doubles_nothing(replica: Replica, live: Path, machine: Elsewhere, tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    line = [sys.executable, "-m", "crawler", "ingest", "wayback", host_of(replica), "--quiet"]
    line += ["--cdx", f"{machine.url}/cdx/search/cdx", "--replay", f"{machine.url}/web", "--archive", str(archive)]
    line += ["--profile", str(replica.profile), "--pace-file", str(tmp_path / "pace.json")]
    for asked in (6, 20):
        before = len(machine.asked())
        process = subprocess.Popen(line, cwd=ROOT, env=crawling.environment())
        while process.poll() is None and len(machine.asked()) - before < asked:
            pass
        process.kill()
        process.wait()
    assert ingest("wayback", archive, replica, machine)[0] == 0
    assert articles(archive, host_of(replica)) == articles(live, host_of(replica))
    with sqlite3.connect(archive) as conn:
        repeated = "select original, timestamp from captures group by 1, 2 having count(*) > 1"
        assert conn.execute(repeated).fetchall() == []
        assert conn.execute("select count(*) from holdings where state <> 'taken'").fetchone()[0] == 0
        written = {row[0] for row in conn.execute("select distinct filename from captures")}
    assert len(written) >= 2
    assert written <= {path.name for path in (tmp_path / "warc").iterdir()}, "what was stored stays on file"


def test_a_machine_that_throttles_resets_and_times_out(
    replica: Replica, live: Path, files: list[Path], tmp_path: Path
) -> None:
    faults = {"/cdx/": [429, 504, "reset"], "/web/": [429, "reset", 503]}
    archive = tmp_path / "archive.db"
    with elsewhere(tmp_path / "elsewhere", files, faults) as machine:
        code, told, errors = ingest("wayback", archive, replica, machine)
        asked = machine.asked()
    assert code == 0, (told, errors)
    assert articles(archive, host_of(replica)) == articles(live, host_of(replica))
    for (moment, _, status), (later, _, _) in itertools.pairwise(asked):
        if status in (429, 503):
            assert later - moment >= 1.0, "Retry-After, or the pause for a machine that sends none"


def test_what_the_index_cannot_answer_is_asked_for_in_smaller_parts(
    replica: Replica, live: Path, files: list[Path], tmp_path: Path
) -> None:
    archive = tmp_path / "archive.db"
    with elsewhere(tmp_path / "elsewhere", files, {"/cdx/": [504] * 4}) as machine:
        code, told, errors = ingest("wayback", archive, replica, machine, "--from", "2019")
    assert code == 0, (told, errors)
    assert articles(archive, host_of(replica)) == articles(live, host_of(replica))
    with sqlite3.connect(archive) as conn:
        parts = conn.execute("select since, state from holding_lists order by since").fetchall()
    assert ("2019", "done") in parts


def test_a_refused_connection_ends_in_one_line_and_silence(replica: Replica, tmp_path: Path) -> None:
    nobody = Elsewhere(port=1, log=tmp_path / "none")
    archive = tmp_path / "archive.db"
    code, told, errors = ingest("wayback", archive, replica, nobody, "--patience", "1")
    assert (code, told) == (5, None)
    assert errors.count("\n") == 1
    assert "left alone until" in errors
    before = errors
    code, _, errors = ingest("wayback", archive, replica, nobody, "--patience", "1")
    assert code == 5, before


@pytest.mark.parametrize("query", ["", "a b", "http://", "user@host"])
def test_nonsense_is_refused_in_one_line(query: str, replica: Replica, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "ingest", "wayback", query, "--archive", str(tmp_path / "a.db")],
        cwd=ROOT,
        env=crawling.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "a.db").exists()


def test_other_doors_bring_nothing_twice(
    replica: Replica, live: Path, files: list[Path], machine: Elsewhere, tmp_path: Path
) -> None:
    """The same answers through two doors are two captures and one history."""
    archive = tmp_path / "archive.db"
    assert ingest("wayback", archive, replica, machine)[0] == 0
    assert ingest("commoncrawl", archive, replica, machine)[0] == 0
    wanted = articles(live, host_of(replica))
    assert articles(archive, host_of(replica)) == wanted
    with sqlite3.connect(archive) as conn:
        assert conn.execute("select max(number) from article_versions").fetchone()[0] == 1
    shutil.rmtree(tmp_path)


@pytest.mark.peer
@pytest.mark.parametrize("door", ["wayback", "commoncrawl"])
def test_the_same_articles_come_from_a_server_no_one_here_wrote(
    door: str, replica: Replica, live: Path, files: list[Path], tmp_path: Path
) -> None:
    """pywb as the Wayback machine, and with a ZipNum index of several pages as Common Crawl."""
    need(peer_pywb.is_there(), peer_pywb.ABSENT)
    archive, folder = tmp_path / "archive.db", tmp_path / "pywb"
    folder.mkdir()
    served = peer_pywb.collection if door == "wayback" else peer_pywb.library
    with served(folder, files) as address:
        where = {
            "wayback": ("--cdx", f"{address}/cdx", "--replay", address),
            "commoncrawl": ("--index", address, "--data", address),
        }[door]
        code, told, errors = ingest_from(door, where, archive, replica)
    assert code == 0, errors
    assert told["waiting"] == 0
    assert told["failures"] == told["unlisted"] == told["bad"] == []
    assert articles(archive, host_of(replica)) == articles(live, host_of(replica))


@pytest.mark.parametrize("door", ["wayback", "commoncrawl"])
def test_what_was_recovered_is_rebuilt_from_its_files(
    door: str, replica: Replica, machine: Elsewhere, tmp_path: Path
) -> None:
    """Row for row, the door that each capture came through too."""
    archive, again = tmp_path / "archive.db", tmp_path / "again" / "archive.db"
    assert ingest(door, archive, replica, machine)[0] == 0
    line = [sys.executable, "-m", "crawler", "rebuild", str(again), "--from", str(tmp_path / "warc"), "--quiet"]
    done = subprocess.run([*line, "--profile", str(replica.profile)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert tables.different(archive, again) == []
