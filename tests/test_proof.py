"""A proof of an archive says nothing of a sound one and names everything that is wrong with a damaged one."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from archive.errors import DatabaseError
from archive.proof import KINDS, Proof, Scope, verify
from archive.proof.verify import Mode
from archive.store import Archive
from crawler.profile import SiteProfile, load
from crawler.rereading import Rereading
from tests import corruption
from tests.conftest import Run
from tests.kept import make_archive

SEED = 1997
DAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small archive in a folder of its own; tests work on copies."""
    return make_archive(tmp_path_factory.mktemp("kept"), articles=12, max_bytes=60_000)[0]


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept.parent, tmp_path / "copy")
    return tmp_path / "copy" / "archive.db"


def proved(archive: Path, mode: Mode = "full", *, day: date = DAY, cycle: int = 30, workers: int = 1) -> Proof:
    profile: SiteProfile = load(str(archive.parent / "replica.toml"))
    scope = Scope(mode=mode, day=day, cycle=cycle, workers=workers)
    return verify(archive, scope, reread=Rereading(profiles=(profile,)) if mode == "full" else None)


def changed(archive: Path, *statements: str) -> None:
    with closing(sqlite3.connect(archive, isolation_level=None)) as conn:
        for statement in statements:
            conn.execute(statement)


def test_a_sound_archive_is_sound(kept: Path) -> None:
    for mode in ("quick", "normal", "full"):
        proof = proved(kept, mode)
        assert proof.sound, proof.findings
        assert not proof.notes
    with closing(sqlite3.connect(kept)) as conn:
        captures, articles = conn.execute("select (select count(*) from captures), count(*) from articles").fetchone()
    assert (proof.checked["captures"], proof.checked["articles"]) == (captures, articles)
    assert proved(kept, "full", workers=2).plain() == proof.plain()


@pytest.mark.parametrize("kind", [kind for kind in corruption.KINDS if kind != "break_frontier"])
def test_damage_is_found_and_named(copy: Path, kind: str) -> None:
    """``python -m bench proof`` does this a hundred times."""
    done = corruption.damage(copy, kind, random.Random(SEED))
    findings = proved(copy).findings
    assert any(name in str(finding) for finding in findings for name in done.names), (done, findings)
    assert all(finding.mend and finding.kind in KINDS for finding in findings)


def test_a_flag_that_says_neither_yes_nor_no_is_found(copy: Path) -> None:
    changed(copy, "update readings set own = 3 where capture_id = (select min(capture_id) from readings where own = 1)")
    (finding,) = proved(copy).findings
    assert (finding.kind, "own of its reading" in finding.wrong) == ("reading_edited", True)


def test_quick_proofs_look_at_everything_in_a_cycle(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as conn:
        (edited,) = conn.execute("select max(id) from captures").fetchone()
        (lost, filename, offset) = conn.execute(
            'select id, filename, "offset" from captures where "offset" > 2000 and id not in'
            " (select capture_id from article_versions) and id not in (select capture_id from articles)"
            " and id not in (select capture_id from attachments where capture_id is not null)"
            " and id not in (select capture_id from readings union select capture_id from link_sources)"
            " and id not in (select capture_id from list_items where capture_id is not null)"
        ).fetchone()
    changed(
        copy, f"update captures set statuscode = 203 where id = {edited}", f"delete from captures where id = {lost}"
    )
    cycle = 4
    proofs = [proved(copy, "quick", day=DAY + timedelta(days=day), cycle=cycle) for day in range(cycle)]
    found = [str(finding) for proof in proofs for finding in proof.findings if finding.kind != "run_state"]
    assert sum("statuscode is 203" in line for line in found) == 1
    assert sum(f"{filename} at {offset}" in line for line in found) == 1
    assert len(found) == 2
    assert sum(proof.checked["captures"] for proof in proofs) >= proved(copy, "normal").checked["captures"]


def test_answers_of_an_unfinished_run_wait(copy: Path) -> None:
    """A killed run leaves records that no row knows; the next start stores them, so nothing is wrong."""
    lost = "(select max(id) from captures where outcome = 'listing')"
    changed(
        copy,
        f"delete from list_items where capture_id = {lost}",
        f"delete from link_sources where capture_id = {lost}",
        f"delete from captures where id = {lost}",
        "update runs set state = 'running', ended_at = null, exit_code = null, counts = null",
    )
    proof = proved(copy, "normal")
    assert proof.sound, proof.findings
    assert proof.notes == ["1 answers are recorded and not yet stored; the next start of the run stores them"]


def test_another_archive_of_the_folder_keeps_its_files(copy: Path) -> None:
    Archive.open(copy.with_name("other.db"), create=True).close()
    file = sorted((copy.parent / "warc").glob("*.gz"))[0]
    shutil.copy(file, file.with_name("other-replica-20260101000000-00000.warc.gz"))
    assert proved(copy, "normal").sound
    copy.with_name("other.db").unlink()
    assert proved(copy, "normal").counts().keys() == {"record_unknown"}


def test_the_command_tells_what_is_wrong(copy: Path, portal_archive: Run) -> None:
    sound = portal_archive("verify", "--archive", copy)
    assert sound.returncode == 0, sound.stderr
    assert ": sound (" in sound.stdout
    path = sorted((copy.parent / "warc").glob("*.gz"))[1]
    path.unlink()
    broken = portal_archive("verify", "--archive", copy)
    assert broken.returncode == 2
    assert path.name in broken.stdout
    assert "restore the WARC file" in broken.stdout
    told = json.loads(portal_archive("verify", "--archive", copy, "--quick", "--json").stdout)
    assert told["counts"] == {"file_missing": 1}
    assert not told["sound"]
    assert portal_archive("verify", "--quick", "--full", "--archive", copy).returncode == 1


def test_the_end_of_a_run_is_missed(copy: Path) -> None:
    """Files that tell of a run's end hold no captures; a rebuild needs them all the same."""
    with closing(sqlite3.connect(copy)) as conn:
        query = 'select filename, "offset" from run_ends where filename not in (select filename from captures)'
        (lost, _), (edited, offset), *_ = conn.execute(query).fetchall()
        (ended,) = conn.execute("select count(*) from runs where state <> 'running'").fetchone()
        assert conn.execute("select count(distinct run_id) from run_ends").fetchone() == (ended,)
    folder = copy.parent / "warc"
    (folder / lost).unlink()
    data = bytearray((folder / edited).read_bytes())
    data[offset + 4] ^= 1  # the time in a gzip header, which no checksum covers
    (folder / edited).write_bytes(data)
    modes: tuple[tuple[Mode, int], ...] = (("normal", 30), ("quick", 1))
    for mode, cycle in modes:
        findings = [(finding.kind, finding.filename) for finding in proved(copy, mode, cycle=cycle).findings]
        assert sorted(findings) == [("file_missing", lost), ("record_damaged", edited)]
    changed(copy, "delete from run_ends")
    assert proved(copy, "normal").sound, "of an archive from before the ends were noted nothing is known"


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="does not exist"):
        verify(tmp_path / "no.db", Scope(day=DAY))
