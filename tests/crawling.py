"""Crawls as a person starts them, in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
