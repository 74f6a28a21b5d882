"""Archives damaged on purpose, drawn from a seed: what a full proof finds and names; and sound ones, where it must find
nothing: crawled, killed and continued, updated, taken in, migrated, mended, with a page taken down."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from archive.proof import Proof, Scope, verify
from archive.store import Archive
from archive.takedown import find_page, forget
from bench.command import OUT
from crawler.intake import opened
from crawler.mending import repair
from crawler.profile import load
from crawler.rereading import Rereading
from crawler.sources.warc import warc_captures
from tests import corruption, crawling, released
from tests.kept import make_archive
from tests.replica import running

FOLDER = OUT / "proof"


def main(corruptions: int, seed: int) -> int:
    """Print the figures; 0 when all damage was found and named, and nothing was found in sound archives."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    alarms = 0
    for name, archive in sound_archives(random.Random(seed)):
        proof = proved(archive)
        alarms += len(proof.findings)
        looked = ", ".join(f"{count:,} {what}" for what, count in proof.checked.items())
        print(f"sound, {name:<20} {len(proof.findings)} findings ({looked})", flush=True)
        for finding in proof.findings[:5]:
            print(f"  {finding}")
    sources = [FOLDER / name / "archive.db" for name in ("crawled", "kept", "updated")]
    missed = damaged(sources, corruptions, seed)
    print(f"false alarms on sound archives: {alarms} (at most 0)")
    return 1 if alarms or missed else 0


def damaged(sources: list[Path], corruptions: int, seed: int) -> int:
    """How many of the corruptions were not found by name, after printing all kinds."""
    chance = random.Random(seed)
    done: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    started, kinds, turn = time.process_time(), list(corruption.KINDS), 0
    while done.total() < corruptions:
        source = sources[turn // len(kinds) % len(sources)]
        kind, turn = kinds[turn % len(kinds)], turn + 1
        work = FOLDER / "work"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(source.parent, work)
        try:
            told = corruption.damage(work / "archive.db", kind, chance)
        except corruption.Unfit:
            continue
        done[kind] += 1
        findings = proved(work / "archive.db").findings
        if not any(name in str(finding) for finding in findings for name in told.names):
            missed[kind] += 1
            print(f"  MISSED {told.kind}: {told.told}: {[str(finding) for finding in findings[:2]]}")
    for kind, count in done.items():
        print(f"  {kind:<16}{count - missed[kind]} of {count} found")
    print(
        f"corruptions found and named: {done.total() - missed.total()} of {done.total()} of {len(done)} kinds"
        f" (seed {seed}, {time.process_time() - started:.0f} s of CPU)"
    )
    return missed.total()


def sound_archives(chance: random.Random) -> list[tuple[str, Path]]:
    """Archives that ordinary use leaves."""
    found = []
    with running(FOLDER / "replica", "--size", "small") as replica:
        shutil.copy(replica.profile, FOLDER / "replica.toml")
        for name in ("crawled", "killed"):
            archive = FOLDER / name / "archive.db"
            if name == "killed":
                length = crawling.captures(FOLDER / "crawled" / "archive.db")
                crawling.kill_along(archive, replica.profile, 4, length, chance)
            crawl(archive, replica.profile)
            shutil.copy(replica.profile, archive.parent)
            found.append((name, archive))
        updated = copied(FOLDER / "crawled", "updated")
        replica.epoch(1)
        ran = crawling.run("update", updated, replica.profile)
        print(f"update: exit {ran.code}")
        found.append(("updated", updated))
    forgotten = copied(FOLDER / "crawled", "forgotten")
    with Archive.open(forgotten) as archive_open:
        conn = archive_open.conn
        for (url,) in conn.execute("select canonical_url from articles order by id limit 3").fetchall():
            forget(conn, archive_open.warc_folder, find_page(conn, url), "bench", datetime.now(UTC))
    found.append(("forgotten", forgotten))
    mended = copied(FOLDER / "crawled", "mended")
    corruption.damage(mended, "edit_row", chance)
    profile = load(str(mended.parent / "replica.toml"))
    repair(mended, (profile,), datetime.now(UTC), told=lambda step, done, whole: None)
    found.append(("mended", mended))
    found.append(("taken in", ingested(FOLDER / "crawled", FOLDER / "ingested")))
    found.append(("told in four visits", make_archive(FOLDER / "kept")[0]))
    for release in released.names():
        old = released.restore(release, FOLDER / f"migrated-{release}")
        Archive.open(old).close()
        found.append((f"migrated {release}", old))
    return found


def crawl(archive: Path, profile: Path) -> None:
    """Go on until the crawl is complete."""
    ran = crawling.run("crawl", archive, profile)
    if ran.code != 0:
        sys.exit(f"the crawl ended with {ran.code}: {ran.stderr[-2000:]}")


def ingested(source: Path, folder: Path) -> Path:
    """An archive into which another's WARC files were taken."""
    folder.mkdir()
    shutil.copy(source / "replica.toml", folder)
    profile = load(str(folder / "replica.toml"))
    with opened(folder / "archive.db", profile) as intake:
        for path in sorted((source / "warc").glob("*.warc.gz")):
            intake.take(warc_captures(path, intake.archive.warc_folder))
    return folder / "archive.db"


def copied(source: Path, name: str) -> Path:
    """A copy of an archive with its WARC files."""
    shutil.copytree(source, FOLDER / name)
    return FOLDER / name / "archive.db"


def proved(archive: Path) -> Proof:
    """The full proof of an archive, with the sheet beside it."""
    profile = load(str(archive.parent / "replica.toml"))
    scope = Scope(mode="full", day=datetime.now(UTC).date())
    return verify(archive, scope, reread=Rereading(profiles=(profile,)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corruptions", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1930)
    given = parser.parse_args()
    sys.exit(main(given.corruptions, given.seed))
