"""What a killed process leaves is cut to whole exchanges, wherever it was cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import WarcError
from archive.models import Capture
from archive.warc import BadRecord, read_captures, salvage
from tests.archive.samples import exchange, writer


def urls(path: Path) -> list[str]:
    found = list(read_captures(path, verify=True))
    assert not [str(c) for c in found if isinstance(c, BadRecord)]
    return [c.url for c in found if isinstance(c, Capture)]


def test_every_cut_leaves_whole_exchanges(tmp_path: Path) -> None:
    with writer(tmp_path / "whole") as warc:
        places = [exchange(warc, n) for n in range(3)]
    (whole,) = (tmp_path / "whole").iterdir()
    data = whole.read_bytes()
    ends = [place.offset for place in places[1:]] + [len(data)]
    for cut in range(len(data) + 1):
        folder = tmp_path / "cut"
        folder.mkdir(exist_ok=True)
        (folder / (whole.name + ".open")).write_bytes(data[:cut])
        (told,) = salvage(folder)
        kept = sum(end <= cut for end in ends)
        assert told.kept + told.cut == cut
        if kept == 0:
            assert not list(folder.iterdir()), cut
            assert told.records == 0
            continue
        assert told.kept == ends[kept - 1], cut
        assert told.records == 1 + 2 * kept
        assert urls(folder / whole.name) == urls(whole)[:kept]
        assert salvage(folder) == []
        (folder / whole.name).unlink()


def test_damage_in_the_middle_is_not_taken_for_the_end(tmp_path: Path) -> None:
    warc = writer(tmp_path)
    places = [exchange(warc, n) for n in range(4)]
    path = warc.standing(places[0].filename)
    data = bytearray(path.read_bytes())
    data[places[1].offset + 60 : places[1].offset + 90] = b"\0" * 30
    warc.close()
    (tmp_path / places[0].filename).unlink()
    path.write_bytes(bytes(data) + b"\x1f\x8b\x08half a member")
    (told,) = salvage(tmp_path)
    assert told.kept == len(data)
    found = list(read_captures(tmp_path / places[0].filename))
    assert [c.url[-6:-5] for c in found if isinstance(c, Capture)] == ["0", "2", "3"]
    (bad,) = (c for c in found if isinstance(c, BadRecord))
    assert bad.offset == places[1].offset


def test_a_living_writers_file_is_left_alone(tmp_path: Path) -> None:
    warc = writer(tmp_path)
    exchange(warc, 1)
    held = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from archive.warc import salvage; print(salvage(Path(sys.argv[1])))",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert held.stdout == "[]\n"
    exchange(warc, 2)
    warc.close()
    assert len(urls(next(tmp_path.iterdir()))) == 2


def test_two_files_of_one_name_are_a_persons_business(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        place = exchange(warc, 1)
    (tmp_path / (place.filename + ".open")).write_bytes((tmp_path / place.filename).read_bytes())
    with pytest.raises(WarcError, match="move one of them away"):
        salvage(tmp_path)


KILLED = """
import sys
from pathlib import Path
from archive.models import Capture
from archive.store import Archive
from archive.warc import BadRecord, read_captures, salvage
from tests.archive.samples import HOST, article, begin, exchange, writer
from datetime import UTC, datetime

folder, total = Path(sys.argv[1]), int(sys.argv[2])
archive = Archive.open(folder / "archive.db", create=True)
row = archive.open_run("bac-kan")
run = begin(archive)
salvage(archive.warc_folder)
def settle(capture):
    number = int(capture.url.rsplit("/", 1)[1].split(".")[0])
    archive.record(capture, article(f"/pages/{number}.aspx", title=f"Bài {number}"), run)
for path in sorted(archive.warc_folder.glob("*.warc.gz")):
    for found in read_captures(path, source="live"):
        assert not isinstance(found, BadRecord), found
        if not archive.has_capture(found):
            settle(found)
done = {url for (url,) in archive.conn.execute("select original from captures")}
warc = writer(archive.warc_folder, now=datetime.now(UTC), max_bytes=20_000)
print("ready", flush=True)
for number in range(total):
    if f"{HOST}/pages/{number}.aspx" in done:
        continue
    place = exchange(warc, number, body=b"%d" % number * 300)
    (found,) = read_captures(warc.standing(place.filename), start_offset=place.offset, source="live")
    settle(found)
warc.close()
archive.close()
print("done", flush=True)
"""


def test_killed_at_any_moment_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    total, kills = 120, 0
    for attempt in range(60):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path), str(total)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if attempt < 12:
            try:
                process.wait(0.004 * (attempt % 6))
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
        if process.wait() == 0:
            break
        process.stdout.close()
    assert kills >= 8
    from archive.store import Archive

    with Archive.open(tmp_path / "archive.db") as archive:
        captures = archive.conn.execute('select original, filename, "offset" from captures').fetchall()
        assert len(captures) == len({url for url, _, _ in captures}) == total
        assert archive.conn.execute("select count(*), count(distinct title) from articles").fetchone() == (total, total)
        assert archive.conn.execute("select count(*) from article_versions").fetchone() == (total,)
    stored = {
        (c.url, c.filename, c.offset)
        for path in (tmp_path / "warc").glob("*.warc.gz")
        for c in read_captures(path)
        if isinstance(c, Capture)
    }
    assert stored == set(captures)
    assert not list((tmp_path / "warc").glob("*.open"))
