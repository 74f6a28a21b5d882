"""Tools no one here wrote read what a crawl recorded: warcio checks it, pywb indexes and replays it."""

from __future__ import annotations

import html
import sqlite3
import subprocess
import sys
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import peer_pywb
from tests.conftest import need

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
    need(peer_pywb.is_there(), peer_pywb.ABSENT)
    files = sorted((live.parent / "warc").glob("*.warc.gz"))
    with peer_pywb.collection(tmp_path_factory.mktemp("pywb"), files) as address:
        yield address


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
