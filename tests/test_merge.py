"""Several archives as one: the same whatever their order, and merging one in again changes nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from itertools import permutations
from pathlib import Path

import pytest

from archive.errors import ArchiveError
from archive.merge import merge
from archive.store import Archive
from tests import crawling, tables
from tests.archive.samples import article, at, begin, capture, not_found
from tests.replica import ROOT
from tests.test_rebuild import command, ran

LISTED = {"page_list_id": "6c9d2b0e-0000-4000-8000-000000000000", "page_item_id": 7}
LIVES = {
    "one": [(0, "/a.aspx", "Một", LISTED), (1, "/twin.aspx", "Hai", {}), (2, "/c.aspx", "Ba", {})],
    "two": [(30, "/a.aspx", "Một, sửa", LISTED), (31, "/c.aspx", None, {}), (32, "/d.aspx", "Hai", {})],
    "three": [(60, "/b.aspx", "Một, sửa", LISTED), (61, "/c.aspx", None, {}), (62, "/twin.aspx", None, {})],
}


def lived(folder: Path, names: list[str]) -> Path:
    """The archive of a portal's life as far as these runs saw it."""
    path = folder / f"{'-'.join(names)}.db"
    with Archive.open(path, create=True) as archive:
        for name in names:
            steps = LIVES[name]
            run = begin(archive, steps[0][0], visits=2)
            for minute, url, title, item in steps:
                found = article(url, title=title, **item) if title else not_found(url)
                archive.record(capture(url, minute, status=200 if title else 404), found, run)
            archive.settle_missing(run, at(steps[-1][0] + 1))
            archive.end_run(run.run_id, "complete", 0, {"name": name}, at(steps[-1][0] + 1))
    return path


def test_every_order_gives_the_archive_that_saw_everything(tmp_path: Path) -> None:
    whole = lived(tmp_path, ["one", "two", "three"])
    parts = [lived(tmp_path, [name]) for name in LIVES]
    for number, order in enumerate(permutations(parts)):
        merge(list(order), tmp_path / f"merged-{number}.db", way="none")
        differing = tables.different(whole, tmp_path / f"merged-{number}.db")
        assert not differing, "\n".join(differing)
    assert any("gone" in row for row in tables.rows(whole, "absences")), "a judgement must be among what is compared"
    merge([tmp_path / "merged-0.db", parts[1], whole], tmp_path / "again.db", way="none")
    assert tables.digests(tmp_path / "again.db") == tables.digests(whole)


def test_an_archive_that_exists_is_left_alone(tmp_path: Path) -> None:
    one, two = lived(tmp_path, ["one"]), lived(tmp_path, ["two"])
    before = two.read_bytes()
    with pytest.raises(ArchiveError, match="exists"):
        merge([one], two, way="none")
    assert two.read_bytes() == before


def test_different_records_under_one_name_are_told(tmp_path: Path) -> None:
    one = lived(tmp_path, ["one"])
    other = tmp_path / "other.db"
    shutil.copy(one, other)
    with Archive.open(other) as archive:
        archive.conn.execute("update captures set digest = 'sha1:OTHER'")
    with pytest.raises(ArchiveError, match="file different records"):
        merge([one, other], tmp_path / "merged.db", way="none")


def test_a_killed_merge_is_begun_again(tmp_path: Path) -> None:
    whole = lived(tmp_path, ["one", "two", "three"])
    parts = [lived(tmp_path, [name]) for name in LIVES]
    target = tmp_path / "merged.db"
    line = command("merge", *parts, "-o", target, "--warc", "none")
    for _ in range(2):
        process = subprocess.Popen(line, cwd=ROOT, env=crawling.environment(), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while (
            not target.with_name("merged.db.part").exists() and process.poll() is None and time.monotonic() < deadline
        ):
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        assert not target.exists()
    done = ran("merge", *parts, "-o", target, "--warc", "none", "--json")
    assert done.returncode == 0, done.stderr
    assert tables.digests(target) == tables.digests(whole)
