"""SIGKILL at random moments, and the same command again: what is left must be what an undisturbed run leaves.

Every operation that writes has an entry in ``OPERATIONS``: how it is prepared, the command, and what is compared.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from archive.database import pending_steps
from archive.proof import Scope, verify
from archive.snapshot import read_manifest
from archive.warc import WarcWriter
from bench.command import OUT, ROOT, command
from tests import crawling, released, tables
from tests.elsewhere import Elsewhere, elsewhere
from tests.judge import contents, differences
from tests.kept import PORT, make_archive
from tests.replica import running

FOLDER = OUT / "kills"
#: Kills one crawl has to survive, and one of the other commands.
A_CRAWL, A_COMMAND = 6, 4
#: When the plain texts were taken from the portal.
TAKEN = datetime(2026, 1, 5, tzinfo=UTC)

#: What runs until the last kill.
RUNNING = ExitStack()
MACHINES: list[Elsewhere] = []


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A command that is killed and started again."""

    prepare: Callable[[Path], None]
    """Puts what the command needs into an empty folder."""
    line: Callable[[Path], list[str]]
    """The command, for that folder."""
    left: Callable[[Path], dict[str, list[str]]]
    """What it leaves there, as lines to be compared; times aside."""
    new: str = ""
    """Database that appears as the command's last act; from then on the command refuses to begin again."""

    def ended(self, folder: Path) -> bool:
        """Did the command come to its end before it was killed?"""
        return bool(self.new) and (folder / self.new).exists()


def main(wanted: list[str], kills: int, seed: int) -> int:
    """Print how many kills each operation survived without a difference; 0 when all did."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    chance = random.Random(seed)
    counts: dict[str, int] = {}
    wrong: list[str] = []
    for number, name in enumerate(wanted):
        share = kills // len(wanted) + (number < kills % len(wanted))
        counts[name], bad = crawls(share, chance) if name == "crawl" else killed(name, share, chance)
        wrong += [f"{name}: {line}" for line in bad]
        print(f"{name:<12}{counts[name]} kills, {len(bad)} rows that differ from an undisturbed run", flush=True)
    total = sum(counts.values())
    print(f"{total} kills of {len(counts)} operations (seed {seed}): {len(wrong)} differences (at most 0)")
    for line in wrong[:20]:
        print(f"  {line[:500]}")
    return 1 if wrong or total < kills else 0


def crawls(kills: int, chance: random.Random) -> tuple[int, list[str]]:
    """Crawls of the small replica; kills that landed, and what differs."""
    landed = rounds = 0
    wrong: list[str] = []
    with running(FOLDER / "replica", "--size", "small") as replica:
        whole = crawl_to_end(FOLDER / "crawl-undisturbed" / "archive.db", replica.profile)
        length = crawling.captures(FOLDER / "crawl-undisturbed" / "archive.db")
        while landed < kills:
            rounds += 1
            archive = FOLDER / f"crawl-{rounds}" / "archive.db"
            landed += crawling.kill_along(archive, replica.profile, min(kills - landed, A_CRAWL), length, chance)
            wrong += differences(whole, crawl_to_end(archive, replica.profile))
            shutil.rmtree(archive.parent)
    return landed, wrong


def crawl_to_end(archive: Path, profile: Path) -> dict[str, list[str]]:
    """Go on until the crawl is complete; the archive's content then."""
    ran = crawling.run("crawl", archive, profile)
    if ran.code != 0:
        sys.exit(f"the crawl ended with {ran.code}: {ran.stderr[-2000:]}")
    return contents(archive)


def killed(name: str, kills: int, chance: random.Random) -> tuple[int, list[str]]:
    """Another operation, killed as often; kills that landed, and what differs."""
    operation, landed, rounds = OPERATIONS[name], 0, 0
    wrong: list[str] = []
    undisturbed = FOLDER / f"{name}-undisturbed"
    undisturbed.mkdir(parents=True)
    operation.prepare(undisturbed)
    begun = time.monotonic()
    to_end(operation, undisturbed)
    seconds, whole = time.monotonic() - begun, operation.left(undisturbed)
    while landed < kills:
        rounds += 1
        folder = FOLDER / f"{name}-{rounds}"
        folder.mkdir()
        operation.prepare(folder)
        for _ in range(min(A_COMMAND, kills - landed)):
            process = subprocess.Popen(
                operation.line(folder), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(chance.random() * seconds)
            landed += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait(60)
            if operation.ended(folder):
                break
        if not operation.ended(folder):
            to_end(operation, folder)
        wrong += differences(whole, operation.left(folder))
        shutil.rmtree(folder)
    return landed, wrong


def to_end(operation: Operation, folder: Path) -> None:
    """The command, undisturbed."""
    done = subprocess.run(operation.line(folder), cwd=ROOT, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"{operation.line(folder)} ended with {done.returncode}: {done.stderr[-2000:]}")


# --- the operations ---------------------------------------------------------------------------------------------------


def source() -> Path:
    """An archive with a history, made once."""
    archive = FOLDER / "source" / "archive.db"
    if not archive.exists():
        make_archive(archive.parent, articles=60)
    return archive


def nothing(folder: Path) -> None:
    """Nothing is needed but the source."""
    source()


def ingest_line(folder: Path) -> list[str]:
    files = sorted(map(str, (source().parent / "warc").glob("*.warc.gz")))
    sheet = source().parent / "replica.toml"
    return command("ingest", "warc", *files, "--archive", folder / "archive.db", "--profile", sheet, "--quiet")


def another_archive(folder: Path) -> None:
    """A machine that serves the source's files as the Wayback Machine and as Common Crawl would."""
    if not MACHINES:
        files = sorted((source().parent / "warc").glob("archive-replica-*.warc.gz"))
        MACHINES.append(RUNNING.enter_context(elsewhere(FOLDER / "elsewhere", files)))


def recovery_line(door: str, folder: Path) -> list[str]:
    machine = MACHINES[0]
    where = {
        "wayback": ["--cdx", f"{machine.url}/cdx/search/cdx", "--replay", f"{machine.url}/web"],
        "commoncrawl": ["--index", machine.url, "--data", machine.url],
    }[door]
    options = ["--archive", folder / "archive.db", "--profile", source().parent / "replica.toml", "--quiet"]
    return command("ingest", door, f"127.0.0.1:{PORT}", *where, *options, "--pace-file", folder / "pace.json")


def recovered(folder: Path) -> dict[str, list[str]]:
    """The content, every capture and row of the other's index once, and whether a proof finds anything."""
    archive = folder / "archive.db"
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as conn:
        captures = sorted(map(repr, conn.execute("select original, timestamp, digest, source from captures")))
        left = sorted(map(repr, conn.execute("select original, timestamp, state from holdings")))
    proof = verify(archive, Scope(day=datetime.now(UTC).date(), workers=1))
    found = [str(finding) for finding in proof.findings]
    return {**contents(archive), "each capture": captures, "rows": left, "findings": found}


def a_package(folder: Path) -> None:
    """The source's captures as one WACZ file."""
    package = FOLDER / "source.wacz"
    if not package.exists():
        subprocess.run(command("export", "wacz", "--archive", source(), "-o", package), cwd=ROOT, check=True)


def package_line(folder: Path) -> list[str]:
    sheet = source().parent / "replica.toml"
    return command(
        "ingest", "wacz", FOLDER / "source.wacz", "--archive", folder / "archive.db", "--profile", sheet, "--quiet"
    )


def plain_texts(folder: Path) -> None:
    """The source's articles as a WET file and the first of them as one text, made once."""
    texts = FOLDER / "texts"
    if texts.exists():
        return
    with closing(sqlite3.connect(f"file:{source()}?mode=ro", uri=True)) as conn:
        pages = conn.execute("select url, title, body_text from articles where body_text <> '' order by url").fetchall()
    with WarcWriter(texts, "texts", software="bench", now=TAKEN) as warc:
        for url, title, text in pages:
            body = f"Trang chủ\n{title}\n{text}\nIn trang".encode()
            warc.write_resource(
                url=url, mimetype="text/plain; charset=utf-8", body=body, fetched_at=TAKEN, kind="conversion"
            )
    (texts / "page.url").write_text(pages[0][0])
    (texts / "page.txt").write_text(f"Trang chủ\n{pages[0][1]}\n{pages[0][2]}\nIn trang")


def wet_line(folder: Path) -> list[str]:
    options = ["--archive", folder / "archive.db", "--profile", source().parent / "replica.toml", "--quiet"]
    return command("ingest", "wet", *sorted(map(str, (FOLDER / "texts").glob("*.warc.gz"))), *options)


def text_line(folder: Path) -> list[str]:
    options = ["--archive", folder / "archive.db", "--profile", source().parent / "replica.toml", "--json"]
    where = ["--url", (FOLDER / "texts/page.url").read_text(), "--date", f"{TAKEN:%Y-%m-%d}"]
    return command("ingest", "text", FOLDER / "texts/page.txt", *where, *options)


def an_old_archive(folder: Path) -> None:
    """The archive of the first release."""
    released.restore(released.names()[0], folder)


def migrated(folder: Path) -> dict[str, list[str]]:
    """The content, the steps that are left, and how many backups there are."""
    archive = folder / "archive.db"
    backups = [path.name for path in folder.glob("*.backup")]
    return {**contents(archive), "steps": pending_steps(archive), "backups": backups}


def published(folder: Path) -> dict[str, list[str]]:
    """What readers see: one latest snapshot, whole, with its manifest."""
    latest = folder / "public" / "archive-latest.db"
    manifest = read_manifest(latest)
    counts = [f"{table} {count}" for table, count in manifest.counts.items()]
    left = [path.name for path in (folder / "public").glob(".*") if not path.name.endswith(".lock")]
    return {**contents(latest), "counts": counts, "left over": left}


def rebuild_line(folder: Path) -> list[str]:
    files, sheet = source().parent / "warc", source().parent / "replica.toml"
    return command("rebuild", folder / "archive.db", "--from", files, "--profile", sheet, "--quiet")


def a_copy(folder: Path) -> None:
    """The source's own copy, to be read by another sheet."""
    shutil.copytree(source().parent, folder, dirs_exist_ok=True)
    sheet = f'extends = "{folder / "replica.toml"}"\nname = "replica"\ntimezone = "+00:00"\n'
    (folder / "other.toml").write_text(sheet)


def reextract_line(folder: Path) -> list[str]:
    return command("reextract", "--archive", folder / "archive.db", "--profile", folder / "other.toml", "--quiet")


def two_archives(folder: Path) -> None:
    """The source, and an archive that took in every other of its files."""
    other = FOLDER / "other" / "archive.db"
    if not other.exists():
        files = sorted(map(str, (source().parent / "warc").glob("*.warc.gz")))[::2]
        sheet = source().parent / "replica.toml"
        line = command("ingest", "warc", *files, "--archive", other, "--profile", sheet, "--quiet")
        subprocess.run(line, cwd=ROOT, check=True, timeout=600)


def merge_line(folder: Path) -> list[str]:
    return command("merge", source(), FOLDER / "other" / "archive.db", "-o", folder / "archive.db", "--json")


def all_rows(folder: Path) -> dict[str, list[str]]:
    """Every row of every content table, times and run numbers too, and whether a proof finds anything."""
    archive = folder / "archive.db"
    proof = verify(archive, Scope(day=datetime.now(UTC).date(), workers=1))
    left = [path.name for path in folder.glob("*.part*")]
    rows = {table: tables.rows(archive, table) for table in tables.TABLES}
    return {**rows, "findings": [str(finding) for finding in proof.findings], "left over": left}


OPERATIONS: dict[str, Operation] = {
    "ingest": Operation(prepare=nothing, line=ingest_line, left=lambda folder: contents(folder / "archive.db")),
    "wacz": Operation(prepare=a_package, line=package_line, left=lambda folder: contents(folder / "archive.db")),
    "wet": Operation(prepare=plain_texts, line=wet_line, left=lambda folder: contents(folder / "archive.db")),
    "text": Operation(prepare=plain_texts, line=text_line, left=lambda folder: contents(folder / "archive.db")),
    "wayback": Operation(prepare=another_archive, line=partial(recovery_line, "wayback"), left=recovered),
    "commoncrawl": Operation(prepare=another_archive, line=partial(recovery_line, "commoncrawl"), left=recovered),
    "rebuild": Operation(prepare=nothing, line=rebuild_line, left=all_rows, new="archive.db"),
    "reextract": Operation(prepare=a_copy, line=reextract_line, left=all_rows),
    "merge": Operation(prepare=two_archives, line=merge_line, left=all_rows, new="archive.db"),
    "migrate": Operation(
        prepare=an_old_archive,
        line=lambda folder: command("migrate", "--archive", folder / "archive.db"),
        left=migrated,
    ),
    "snapshot": Operation(
        prepare=nothing,
        line=lambda folder: command("snapshot", "--archive", source(), "-o", folder / "public", "--keep", "1"),
        left=published,
    ),
}
NAMES = ("crawl", *OPERATIONS)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("operations", nargs="*", choices=[[], *NAMES], help="all by default")
    parser.add_argument("--kills", type=int, default=30, help="of all operations together; 300 for the promise")
    parser.add_argument("--seed", type=int, default=1945)
    given = parser.parse_args()
    with RUNNING:
        code = main(given.operations or list(NAMES), given.kills, given.seed)
    sys.exit(code)
