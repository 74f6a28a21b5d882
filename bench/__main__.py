"""``python -m bench [NAME ...]``: run the measurements, each in a process of its own, and print their figures.

The names stand in ``NAMES``. Exits non-zero when one fails or misses its mark.
"""

from __future__ import annotations

import subprocess
import sys
import time

NAMES = (
    *("extract", "robust", "replica_truth", "learned", "kills", "proof", "faults", "readers"),
    *(
        "search",
        "throughput",
        "hostile",
        "doors",
        "intake",
        "together",
        "unchanged",
        "year",
        "rebuild",
        "outages",
        "epochs",
        "strings",
        "visitors",
    ),
)


def main(wanted: list[str]) -> int:
    """Run the named measurements, or all; the exit code is that of the worst."""
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        print(f"no measurement {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 1
    failed = []
    for name in wanted or NAMES:
        print(f"\n== {name} ==", flush=True)
        started = time.monotonic()
        code = subprocess.run([sys.executable, "-m", f"bench.{name}"]).returncode
        print(
            f"-- {name}: {'met' if code == 0 else f'MISSED (exit {code})'}, {time.monotonic() - started:.0f} s",
            flush=True,
        )
        if code:
            failed.append(name)
    if failed:
        print(f"\nmissed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
