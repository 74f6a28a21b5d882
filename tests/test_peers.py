"""Tools no one here wrote read what a crawl recorded: warcio checks it, pywb indexes and replays it."""

from __future__ import annotations

import html
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.replica import ROOT

PYWB = ROOT / ".peers" / "pywb" / "bin"

pytestmark = pytest.mark.peer


def test_warcio_finds_every_record_sound(live: Path) -> None:
    files = sorted((live.parent / "warc").glob("*.warc.gz"))
    assert files
    done = subprocess.run(
        [str(Path(sys.executable).with_name("warcio")), "check", *map(str, files)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture(scope="module")
def collection(live: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The crawl as a pywb collection, served on loopback."""
    if not (PYWB / "wayback").exists():
        pytest.skip("pywb is not installed in .peers/pywb; run: make peers")
    folder = tmp_path_factory.mktemp("pywb")
    files = sorted((live.parent / "warc").glob("*.warc.gz"))
    subprocess.run([str(PYWB / "wb-manager"), "init", "crawl"], cwd=folder, check=True, capture_output=True)
    for file in files:
        shutil.copy(file, folder / file.name)
    added = [str(PYWB / "wb-manager"), "add", "crawl", *(file.name for file in files)]
    subprocess.run(added, cwd=folder, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "pywb.log").open("w") as log:
        server = subprocess.Popen(
            [str(PYWB / "wayback"), "-b", "127.0.0.1", "-p", str(port)], cwd=folder, stdout=log, stderr=log
        )
        try:
            _wait(port)
            yield f"http://127.0.0.1:{port}/crawl"
        finally:
            server.terminate()
            server.wait(20)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("pywb did not start")


def test_pywb_replays_articles_as_the_portal_sent_them(live: Path, collection: str) -> None:
    with sqlite3.connect(f"file:{live}?mode=ro", uri=True) as conn:
        rows = conn.execute(
            "select c.original, c.timestamp, a.title from articles a join captures c on c.id = a.capture_id"
            " order by a.id limit 25"
        ).fetchall()
    assert len(rows) == 25
    for url, stamp, title in rows:
        with urllib.request.urlopen(f"{collection}/{stamp}id_/{url}", timeout=30) as answer:
            page = unicodedata.normalize("NFC", html.unescape(answer.read().decode("utf-8", "replace")))
            assert answer.headers["Memento-Datetime"]
        words = [word for word in title.split() if word.isalnum()]
        assert sum(word in page for word in words) >= len(words) * 0.7, (url, title)


def test_pywb_knows_errors_and_redirects_too(live: Path, collection: str) -> None:
    with sqlite3.connect(f"file:{live}?mode=ro", uri=True) as conn:
        rows = conn.execute(
            "select original, timestamp, statuscode from captures"
            " where statuscode in (301, 302, 404) and method = 'GET' order by id limit 6"
        ).fetchall()
    assert rows
    opener = urllib.request.build_opener(_NoRedirect)
    for url, stamp, status in rows:
        with pytest.raises(urllib.error.HTTPError) as caught:
            opener.open(f"{collection}/{stamp}id_/{url}", timeout=30)
        assert caught.value.code == status
        assert caught.value.headers["Memento-Datetime"], "the capture itself, not pywb's own answer"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None
