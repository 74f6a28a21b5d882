"""The fixity manifest: a bag that the Library of Congress's own tool finds valid, and that tells what was touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from archive.fixity import FixityError, check_bag, write_bag
from tests.conftest import Run, need
from tests.kept import make_archive
from tests.replica import ROOT

DAY = date(2026, 11, 24)
BAGIT = ROOT / ".peers" / "bagit" / "bin" / "bagit.py"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("kept"), articles=6, max_bytes=60_000)[0]


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept.parent, tmp_path / "copy")
    return tmp_path / "copy" / "archive.db"


def test_what_is_written_is_sound_and_links_the_files(copy: Path, tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    odd = copy.parent / "warc" / "lạ 100%.warc.gz"
    shutil.copy(sorted((copy.parent / "warc").glob("*.gz"))[0], odd)
    (copy.parent / "warc" / "x.warc.gz.open").write_bytes(b"half")
    written = write_bag(copy, bag, DAY)
    files = sorted((copy.parent / "warc").glob("*.gz"))
    assert written.files == len(files) + 1 == written.counted
    assert check_bag(bag) == []
    assert (bag / "data" / "warc" / odd.name).stat().st_ino == odd.stat().st_ino
    assert not list(bag.rglob("*.open"))


def test_only_what_is_new_or_touched_is_counted_again(copy: Path, tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    write_bag(copy, bag, DAY)
    assert write_bag(copy, bag, DAY).counted == 0
    new = copy.parent / "warc" / "new.warc.gz"
    shutil.copy(sorted((copy.parent / "warc").glob("*.gz"))[0], new)
    assert write_bag(copy, bag, DAY).counted == 1
    new.unlink()
    assert write_bag(copy, bag, DAY).counted == 0
    assert check_bag(bag) == []


def test_every_difference_is_told(copy: Path, tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    write_bag(copy, bag, DAY)
    first, second, third = sorted((bag / "data" / "warc").glob("*.gz"))[:3]
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    stat = first.stat()
    first.write_bytes(data)
    os.utime(first, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    second.unlink()
    (bag / "data" / "extra").write_text("x")
    (bag / "bag-info.txt").write_text("Contact-Name: nobody\n")
    told = {one.path: one.wrong for one in check_bag(bag)}
    assert set(told) == {
        f"data/warc/{first.name}",
        f"data/warc/{second.name}",
        "data/extra",
        "bag-info.txt",
    }
    assert told[f"data/warc/{second.name}"] == "it is missing"
    assert third.exists()


def test_what_is_no_bag_is_refused(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(FixityError, match="no bag that can be read"):
        check_bag(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("keep me")
    with pytest.raises(FixityError, match="holds other things"):
        write_bag(copy, tmp_path / "other", DAY)


@pytest.mark.peer
def test_the_public_tool_finds_the_bag_valid(copy: Path, tmp_path: Path, portal_archive: Run) -> None:
    need(BAGIT.exists(), "bagit is not installed in .peers/bagit; run: make peers")
    bag = tmp_path / "bag"
    done = portal_archive("fixity", "write", "--archive", copy, "--bag", bag)
    assert done.returncode == 0, done.stderr
    tool = [str(BAGIT.with_name("python")), str(BAGIT), "--validate", str(bag)]
    judged = subprocess.run(tool, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stderr
    path = sorted((bag / "data" / "warc").glob("*.gz"))[0]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert subprocess.run(tool, capture_output=True).returncode != 0
    checked = portal_archive("fixity", "check", "--archive", copy, "--bag", bag)
    assert checked.returncode == 2
    assert path.name in checked.stdout
