"""What disks, people and clocks do to a crawl and an intake: a fault at a random moment, then the same command again.

After every round the database must be sound, the content that of an undisturbed run, and the message one line.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.proof import Scope, verify
from bench.command import OUT, ROOT, command
from tests.crawling import environment
from tests.judge import contents, differences
from tests.kept import make_archive
from tests.replica import running

FOLDER = OUT / "faults"
#: Moves the wall clock of a process back by an hour, so many seconds after it started.
JUMP = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static int (*real)(clockid_t, struct timespec *);
static double begun = -1, after;
int clock_gettime(clockid_t id, struct timespec *at) {
  struct timespec mono;
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  real(CLOCK_MONOTONIC, &mono);
  double now = mono.tv_sec + mono.tv_nsec / 1e9;
  if (begun < 0) { begun = now; after = atof(getenv("JUMP_AFTER")); }
  int done = real(id, at);
  if (id == CLOCK_REALTIME && now - begun >= after) at->tv_sec -= 3600;
  return done;
}
"""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A command that fills an archive, and what it should leave."""

    name: str
    line: Callable[[Path], list[str]]
    """The command for an archive."""
    whole: dict[str, list[str]]
    seconds: float
    """Of an undisturbed run."""
    size: int
    """Bytes of its largest file."""


@dataclass(kw_only=True)
class Ended:
    """How a disturbed run ended."""

    code: int
    stderr: str


Fault = Callable[[Job, Path, random.Random], Ended]


def full_by_limit(job: Job, archive: Path, chance: random.Random) -> Ended:
    """No file may grow beyond a limit."""
    limit = chance.randrange(20_000, int(job.size * 0.9))

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    return run(job.line(archive), before=limited)


def full_disk(job: Job, archive: Path, chance: random.Random) -> Ended:
    """The archive stands on a small disk, which is then made larger."""
    with mounted(archive.parent, f"size={chance.randrange(200, max(300, job.size // 1500))}k") as remount:
        ended = run(job.line(archive))
        remount("size=200m")
        keep(archive)
    return ended


def read_only(job: Job, archive: Path, chance: random.Random) -> Ended:
    """The disk cannot be written."""
    with mounted(archive.parent, "size=200m") as remount:
        begun = start(job.line(archive))
        wait_for(begun, chance.random() * job.seconds)
        interrupt(begun, signal.SIGKILL)
        begun.communicate()
        remount("ro")
        ended = run(job.line(archive))
        remount("rw")
        keep(archive)
    return ended


def locked(job: Job, archive: Path, chance: random.Random) -> Ended:
    """Another program holds a write transaction for longer than a statement waits."""
    begun = start(job.line(archive))
    wait_for(begun, chance.random() * job.seconds * 0.8)
    with closing(sqlite3.connect(archive, isolation_level=None, timeout=30)) as conn:
        try:
            conn.execute("begin immediate")
        except sqlite3.OperationalError:
            return told(begun, begun.communicate()[1])
        deadline = time.monotonic() + 40
        while begun.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        conn.execute("rollback")
    return told(begun, begun.communicate()[1])


def terminated(job: Job, archive: Path, chance: random.Random) -> Ended:
    """SIGTERM."""
    return signalled(job, archive, chance, signal.SIGTERM)


def interrupted(job: Job, archive: Path, chance: random.Random) -> Ended:
    """SIGINT, as Ctrl-C sends it."""
    return signalled(job, archive, chance, signal.SIGINT)


def clock_back(job: Job, archive: Path, chance: random.Random) -> Ended:
    """The wall clock goes back by an hour, and the process is killed some time later."""
    shim = FOLDER / "jump.so"
    if not shim.exists():
        (FOLDER / "jump.c").write_text(JUMP)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, FOLDER / "jump.c", "-ldl"], check=True)
    jump = chance.random() * job.seconds * 0.5
    begun = start(job.line(archive), LD_PRELOAD=str(shim), JUMP_AFTER=f"{jump:.2f}")
    wait_for(begun, jump + chance.random() * job.seconds)
    interrupt(begun, signal.SIGKILL)
    return told(begun, begun.communicate()[1])


FAULTS: dict[str, Fault] = {
    "no room (limit)": full_by_limit,
    "no room (disk)": full_disk,
    "read-only disk": read_only,
    "locked": locked,
    "SIGTERM": terminated,
    "SIGINT": interrupted,
    "clock back an hour": clock_back,
}


def main(rounds: int, crawls: int, seed: int) -> int:
    """Print the figures; 0 when every round ended well."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    chance = random.Random(seed)
    done: Counter[str] = Counter()
    bad: list[str] = []
    with running(FOLDER / "replica", "--size", "small") as replica:
        intake, crawl = intake_job(), crawl_job(replica.profile)
        disks = may_mount()
        faults = [name for name in FAULTS if disks or name not in ("no room (disk)", "read-only disk")]
        for number in range(rounds):
            name, job = faults[number % len(faults)], crawl if number < crawls else intake
            wrong = disturbed(job, name, FOLDER / f"round-{number}" / "archive.db", chance)
            done[name] += 1
            bad += [f"round {number}, {job.name}, {name}: {line}" for line in wrong]
    for name, count in done.items():
        print(f"  {name:<20}{count} rounds")
    print(f"{done.total()} rounds (seed {seed}), {crawls} of them crawls: {len(bad)} things wrong (at most 0)")
    for line in bad[:30]:
        print(f"  {line[:600]}")
    return 1 if bad else 0


def disturbed(job: Job, fault: str, archive: Path, chance: random.Random) -> list[str]:
    """Disturb one run and do the same command again; what is wrong then."""
    archive.parent.mkdir(parents=True)
    wrong = []
    ended = FAULTS[fault](job, archive, chance)
    if "Traceback" in ended.stderr:
        wrong.append(f"a traceback: {ended.stderr[-400:]}")
    if ended.code > 0 and ended.code not in (3, 130) and ended.stderr.count("error:") != 1:
        wrong.append(f"exit {ended.code} without one clear line: {ended.stderr[-400:]!r}")
    if archive.exists():
        with closing(sqlite3.connect(archive)) as conn:
            said = conn.execute("pragma integrity_check").fetchone()[0]
        if said != "ok":
            wrong.append(f"damaged: {said}")
    again = run(job.line(archive))
    if again.code != 0:
        return [*wrong, f"the same command again ended with {again.code}: {again.stderr[-400:]!r}"]
    proof = verify(archive, Scope(day=datetime.now(UTC).date(), workers=1))
    wrong += [f"proof: {finding}" for finding in proof.findings[:3]]
    wrong += [f"content: {line}" for line in differences(job.whole, contents(archive))[:3]]
    shutil.rmtree(archive.parent)
    return wrong


def intake_job() -> Job:
    """Another archive's WARC files taken in."""
    source, _ = make_archive(FOLDER / "source", articles=60)
    files = sorted(map(str, (source.parent / "warc").glob("*.warc.gz")))

    def line(archive: Path) -> list[str]:
        return command("ingest", "warc", *files, "--archive", archive, "--profile", source.parent / "replica.toml")

    return measured_job("intake", line)


def crawl_job(profile: Path) -> Job:
    """A crawl of the small replica."""
    return measured_job(
        "crawl", lambda archive: command("crawl", "--quiet", "--archive", archive, "--profile", profile)
    )


def measured_job(name: str, line: Callable[[Path], list[str]]) -> Job:
    """The job with what an undisturbed run of it leaves."""
    archive = FOLDER / f"undisturbed-{name}" / "archive.db"
    archive.parent.mkdir(parents=True)
    begun = time.monotonic()
    ended = run(line(archive))
    if ended.code != 0:
        sys.exit(f"the undisturbed {name} ended with {ended.code}: {ended.stderr[-1000:]}")
    size = max(path.stat().st_size for path in archive.parent.rglob("*") if path.is_file())
    whole, seconds = contents(archive), time.monotonic() - begun
    print(f"undisturbed {name}: {len(whole['captures'])} captures, {seconds:.1f} s", flush=True)
    return Job(name=name, line=line, whole=whole, seconds=seconds, size=size)


def signalled(job: Job, archive: Path, chance: random.Random, number: int) -> Ended:
    """Run the job and send it a signal at a random moment."""
    begun = start(job.line(archive))
    wait_for(begun, chance.random() * job.seconds)
    interrupt(begun, number)
    try:
        return told(begun, begun.communicate(timeout=90)[1])
    except subprocess.TimeoutExpired:
        begun.kill()
        return Ended(code=1, stderr=f"it did not end on signal {number}: {begun.communicate()[1]}")


def start(line: list[str], **extra: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    return subprocess.Popen(
        line,
        cwd=ROOT,
        env={**environment(), **extra},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(line: list[str], before: Callable[[], None] | None = None) -> Ended:
    """The command to its end."""
    done = subprocess.run(
        line, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=600, preexec_fn=before
    )
    return Ended(code=done.returncode, stderr=done.stderr)


def told(process: subprocess.Popen[str], stderr: str) -> Ended:
    """A process that has ended."""
    return Ended(code=process.returncode, stderr=stderr)


def wait_for(process: subprocess.Popen[str], seconds: float) -> None:
    """Let it run so long, or to its end."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def interrupt(process: subprocess.Popen[str], number: int) -> None:
    """Send a signal to a process that may have ended."""
    if process.poll() is None:
        process.send_signal(number)


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Callable[[str], None]]:
    """A small disk at the folder while the block runs; yields what mounts it again with other options."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield lambda other: subprocess.run(["mount", "-o", f"remount,{other}", folder], check=True) and None
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        kept = folder.with_name(folder.name + "-kept")
        if kept.exists():
            shutil.copytree(kept, folder, dirs_exist_ok=True)
            shutil.rmtree(kept)


def keep(archive: Path) -> None:
    """What stands on the small disk is there after it is gone."""
    shutil.copytree(archive.parent, archive.parent.with_name(archive.parent.name + "-kept"))


def may_mount() -> bool:
    """May a disk be mounted here?"""
    probe = FOLDER / "probe"
    probe.mkdir(exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", probe], capture_output=True).returncode:
        print("no right to mount a small disk: rounds that need one are left out")
        return False
    return subprocess.run(["umount", probe]).returncode == 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--crawls", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1945)
    given = parser.parse_args()
    sys.exit(main(given.rounds, given.crawls, given.seed))
