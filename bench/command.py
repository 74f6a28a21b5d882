"""``portal-archive`` as a measured subprocess: exit code, seconds, peak memory of it and all it starts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "bench" / "out"

#: Seconds between two looks at the memory.
LOOK = 0.05


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A process that has ended."""

    code: int
    """Exit code; negative for the signal that ended it."""
    seconds: float
    peak_mb: float
    """Greatest resident memory of the process and its children together, in MiB; shared pages count in each."""
    output: str


def command(*arguments: str | Path) -> list[str]:
    """The command line of ``portal-archive`` in this environment."""
    return [sys.executable, "-m", "crawler", *map(str, arguments)]


def measured(line: list[str], log: Path) -> Finished:
    """Run a command to its end; its output goes to ``log`` and into the result."""
    log.parent.mkdir(parents=True, exist_ok=True)
    started, peak = time.monotonic(), 0
    with log.open("w") as output:
        process = subprocess.Popen(line, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        while process.poll() is None:
            peak = max(peak, together(family(process.pid)))
            time.sleep(LOOK)
    return Finished(
        code=process.returncode,
        seconds=time.monotonic() - started,
        peak_mb=peak / 1024 / 1024,
        output=log.read_text("utf-8", "replace"),
    )


def family(pid: int) -> list[int]:
    """The process and all its descendants that live now."""
    found = [pid]
    for parent in found:
        try:
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        except OSError:
            continue  # it has ended since
    return found


def together(pids: list[int]) -> int:
    """Bytes of memory a process and its descendants hold.

    A child that still bears the first one's command line was just made and has not begun its own: it shares its memory.
    """
    lines = [_line(pid) for pid in pids]
    return sum(resident(pid) for pid, line in zip(pids, lines, strict=True) if pid == pids[0] or line != lines[0])


def _line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""  # it has ended since


def resident(pid: int) -> int:
    """Bytes of memory a process holds now; 0 when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
