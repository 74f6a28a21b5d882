"""``portal-archive`` as a measured subprocess: exit code, seconds, peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "bench" / "out"


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A process that has ended."""

    code: int
    """Exit code; negative for the signal that ended it."""
    seconds: float
    peak_mb: float
    """Greatest resident memory, in MiB."""
    output: str


def command(*arguments: str | Path) -> list[str]:
    """The command line of ``portal-archive`` in this environment."""
    return [sys.executable, "-m", "crawler", *map(str, arguments)]


def measured(line: list[str], log: Path) -> Finished:
    """Run a command to its end; its output goes to ``log`` and into the result."""
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(line, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Finished(
        code=process.returncode,
        seconds=time.monotonic() - started,
        peak_mb=usage.ru_maxrss / 1024,
        output=log.read_text("utf-8", "replace"),
    )
