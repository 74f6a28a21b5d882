"""Captures given away as WARC and WACZ, and taken in again from files, folders, patterns and web addresses."""

from __future__ import annotations

import functools
import http.server
import json
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.errors import WarcError
from archive.warc import unpack
from tests import crawling
from tests.conftest import need
from tests.replica import ROOT, Replica

WACZ = ROOT / ".peers" / "wacz" / "bin" / "wacz"
FIELDS = "canonical_url, title, body_text, published_at, author, content_digest, first_seen_at, last_seen_at, status"


def portal(*words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "crawler", *words]
    return subprocess.run(line, cwd=ROOT, env=crawling.environment(), capture_output=True, text=True, timeout=240)


def ingest(archive: Path, replica: Replica, *paths: str, verb: str = "warc") -> tuple[int, Any, str]:
    archive.parent.mkdir(parents=True, exist_ok=True)
    done = portal("ingest", verb, *paths, "--archive", str(archive), "--profile", str(replica.profile), "--json")
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def articles(archive: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as conn:
        return conn.execute(f"select {FIELDS} from articles order by canonical_url").fetchall()


@pytest.fixture(scope="module")
def bundles(live: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    made = {"warc": folder / "all.warc.gz", "wacz": folder / "all.wacz"}
    for form, path in made.items():
        done = portal("export", form, "-o", str(path), "--archive", str(live))
        assert done.returncode == 0, done.stderr
    return made


def test_warcio_finds_the_warc_sound_and_whole(bundles: dict[str, Path], live: Path) -> None:
    warcio = str(Path(sys.executable).with_name("warcio"))
    assert subprocess.run([warcio, "check", str(bundles["warc"])], capture_output=True).returncode == 0
    index = subprocess.run([warcio, "index", "-f", "warc-type", str(bundles["warc"])], capture_output=True, text=True)
    kinds = [json.loads(line)["warc-type"] for line in index.stdout.splitlines()]
    with sqlite3.connect(live) as conn:
        (captures,) = conn.execute("select count(*) from captures").fetchone()
    assert kinds.count("response") + kinds.count("revisit") == captures
    assert kinds.count("request") == captures


@pytest.mark.peer
def test_another_tool_finds_the_wacz_valid(bundles: dict[str, Path]) -> None:
    need(WACZ.exists(), "wacz is not installed in .peers/wacz; run: make peers")
    done = subprocess.run([str(WACZ), "validate", "-f", str(bundles["wacz"])], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Validation succeeded" in done.stdout


@pytest.mark.parametrize("form", ["warc", "wacz"])
def test_what_was_given_away_gives_the_same_articles(
    form: str, bundles: dict[str, Path], live: Path, replica: Replica, tmp_path: Path
) -> None:
    archive = tmp_path / "archive.db"
    code, told, errors = ingest(archive, replica, str(bundles[form]), verb=form)
    assert code == 0, errors
    assert told["bad"] == []
    assert articles(archive) == articles(live)
    code, again, _ = ingest(archive, replica, str(bundles[form]), verb=form)
    assert (code, again["captures"], again["known"]) == (0, 0, told["captures"])


def test_a_selection_holds_its_articles_files_and_pictures_alone(live: Path, tmp_path: Path, replica: Replica) -> None:
    with sqlite3.connect(live) as conn:
        section, count = conn.execute(
            "select section, count(*) from articles where section is not null group by 1 order by 2 desc limit 1"
        ).fetchone()
    out = tmp_path / "some.warc.gz"
    assert portal("export", "warc", "--section", section, "-o", str(out), "--archive", str(live)).returncode == 0
    archive = tmp_path / "archive.db"
    assert ingest(archive, replica, str(out))[0] == 0
    with sqlite3.connect(archive) as conn:
        assert conn.execute("select count(*), count(distinct section) from articles").fetchone() == (count, 1)
        assert conn.execute("select count(*) from captures where outcome = 'listing'").fetchone()[0] == 0


@pytest.fixture
def shelf(bundles: dict[str, Path], tmp_path: Path) -> Iterator[str]:
    """A web server that serves the bundles' folder, without ranges."""
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *args: None})
    handler = functools.partial(quiet, directory=str(bundles["warc"].parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_folders_patterns_and_addresses(
    bundles: dict[str, Path], shelf: str, live: Path, replica: Replica, tmp_path: Path
) -> None:
    folder = bundles["warc"].parent
    for number, named in enumerate((str(folder / "*.warc.gz"), f"{shelf}/all.warc.gz")):
        archive = tmp_path / str(number) / "archive.db"
        code, _, errors = ingest(archive, replica, named)
        assert code == 0, errors
        assert articles(archive) == articles(live)
    code, told, errors = ingest(tmp_path / "folder" / "archive.db", replica, str(folder))
    assert (code, told["bad"]) == (0, []), errors


def test_what_is_not_there_is_named_in_one_line(shelf: str, replica: Replica, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for named in (
        f"{shelf}/none.warc.gz",
        str(tmp_path / "none.warc.gz"),
        str(tmp_path / "*.warc"),
        str(tmp_path / "empty"),
    ):
        code, told, errors = ingest(tmp_path / "a" / "archive.db", replica, named)
        assert (code, told) == (1, None)
        assert errors.count("\n") == 1, errors


def test_an_export_names_what_it_cannot_read(live: Path, tmp_path: Path) -> None:
    done = portal("export", "warc", "--archive", str(live))
    assert done.returncode == 1
    assert "--output" in done.stderr
    (tmp_path / "archive.db").write_bytes(live.read_bytes())
    done = portal("export", "warc", "-o", str(tmp_path / "o.warc.gz"), "--archive", str(tmp_path / "archive.db"))
    assert done.returncode == 1
    assert "verify" in done.stderr.splitlines()[-1]


def damaged(bundle: Path, path: Path, **changes: bytes) -> Path:
    """A copy of a WACZ file with other entries: ``add_NAME`` is added, the first WARC becomes ``warc``."""
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            body = old.read(info)
            new.writestr(info.filename, changes["warc"] if "warc" in changes and ".warc" in info.filename else body)
        for name, body in changes.items():
            if name.startswith(("../", "archive/")):
                new.writestr(name, body)
    return path


def test_hostile_wacz_files_write_nothing_outside(bundles: dict[str, Path], tmp_path: Path) -> None:
    data = bundles["warc"].read_bytes()
    path = damaged(
        bundles["wacz"], tmp_path / "x.wacz", **{"../archive/../../out.warc": data, "archive/../../o.warc": data}
    )
    found = unpack(path, tmp_path / "into")
    assert {file.parent for file in found.files} == {tmp_path / "into"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["into", "x.wacz"]


def test_a_wacz_that_differs_from_its_digest_is_told_and_read(bundles: dict[str, Path], tmp_path: Path) -> None:
    path = damaged(bundles["wacz"], tmp_path / "x.wacz", warc=bundles["warc"].read_bytes())
    found = unpack(path, tmp_path / "into")
    assert len(found.files) == 1
    assert "differs from its digest" in found.problems[0]


def packed_apart(path: Path, bad: bytes, spoil: str) -> None:
    """A WACZ file of a sound WARC entry and one that is spoiled: its stream, or marked as under a password."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("archive/bad.warc", bad)
        packed.writestr("archive/good.warc", b"WARC/1.1\r\n")
    data = bytearray(path.read_bytes())
    if spoil == "stream":
        start = data.index(b"archive/bad.warc") + len(b"archive/bad.warc")
        data[start : start + 40] = b"\xff" * 40
    elif spoil == "password":
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.index(mark) + offset] |= 1
    else:
        for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            data[data.index(mark) + offset] = 97
    path.write_bytes(data)


@pytest.mark.parametrize("spoil", ["stream", "password", "packing"])
def test_one_entry_that_cannot_be_read_costs_no_other(spoil: str, tmp_path: Path) -> None:
    packed_apart(tmp_path / "x.wacz", b"WARC/1.1\r\n" * 500, spoil)
    found = unpack(tmp_path / "x.wacz", tmp_path / "into")
    assert [file.name for file in found.files] == ["x-good.warc"]
    assert len(found.problems) == 1
    assert "archive/bad.warc cannot be read" in found.problems[0]
    assert sorted(file.name for file in (tmp_path / "into").iterdir()) == ["x-good.warc"]


def test_what_is_no_wacz_is_refused(bundles: dict[str, Path], tmp_path: Path) -> None:
    whole = bundles["wacz"].read_bytes()
    for number, body in enumerate((b"", b"PK\x03\x04", whole[: len(whole) // 2], b"x" * 100)):
        path = tmp_path / f"{number}.wacz"
        path.write_bytes(body)
        with pytest.raises(WarcError, match="wacz"):
            unpack(path, tmp_path / "into")
