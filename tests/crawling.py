"""Crawls as a person starts them, in a process of their own."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.replica import ROOT


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a crawl ended."""

    code: int
    report: dict[str, Any] | None
    stderr: str


def command(verb: str, archive: Path, profile: Path, *options: str) -> list[str]:
    """The command line of a crawl."""
    base = [sys.executable, "-m", "crawler", verb, "--archive", str(archive), "--profile", str(profile)]
    return [*base, "--quiet", "--json", *options]


def environment() -> dict[str, str]:
    """The environment without this project's own variables."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PORTAL_ARCHIVE")}


def run(verb: str, archive: Path, profile: Path, *options: str, timeout: float = 280) -> Ran:
    """Run a crawl to its end."""
    done = subprocess.run(
        command(verb, archive, profile, *options),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    report = json.loads(done.stdout) if done.stdout.startswith("{") else None
    return Ran(code=done.returncode, report=report, stderr=done.stderr)


def start(archive: Path, profile: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a crawl and let it run; its output is thrown away."""
    return subprocess.Popen(
        command("crawl", archive, profile, *options),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def captures(archive: Path) -> int:
    """Captures an archive holds by now; 0 before it is made."""
    try:
        conn = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
        try:
            return int(conn.execute("select count(*) from captures").fetchone()[0])
        finally:
            conn.close()
    except sqlite3.OperationalError:
        return 0


def kill_along(archive: Path, profile: Path, kills: int, whole: int, chance: random.Random) -> int:
    """Start a crawl again and again and kill it with SIGKILL, at moments spread over its length of ``whole`` captures.

    Each moment is a number of captures and then up to 30 ms, so that it falls anywhere in the work on a page. Returns
    how many kills met a running crawl; all of them, unless the machine stalls.
    """
    landed = 0
    for moment in sorted(chance.randrange(int(whole * 0.95)) for _ in range(kills)):
        process = start(archive, profile)
        deadline = time.monotonic() + 120
        while captures(archive) < moment and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.03)
        landed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        if process.wait(30) == 0:
            break
    return landed
