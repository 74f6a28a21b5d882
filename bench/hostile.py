"""One crawl over a healthy portal that links to misbehaving servers: what it costs, what becomes of each."""

from __future__ import annotations

import argparse
import json
import shutil
import sys

from bench.command import OUT, command, measured
from tests.hostile.run import fate, hostile

#: Marks: seconds, mebibytes of memory, megabytes on the disk.
SECONDS, MEMORY, DISK = 300, 500, 200


def main() -> int:
    """Print each server's outcome and the costs; 0 when all are named, within bounds, and the healthy part is whole."""
    folder = OUT / "hostile"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "kept").mkdir(parents=True)
    archive = folder / "kept" / "archive.db"
    with hostile(folder) as told:
        line = command("crawl", "--archive", archive, "--profile", told["sheet"], "--quiet", "--json", "--minutes", "3")
        ran = measured(line, folder / "log")
        found = fate(archive, told)
    for name, (outcome, detail) in found.outcomes.items():
        print(f"{name:<40} {outcome or 'left alone':<12} {found.asked.get(name, 0):>4} requests  {detail[:70]}")
    report = json.loads(ran.output[ran.output.index("{") :]) if "{" in ran.output else {}
    for cause in report.get("why", ()):
        print(f"  told: {cause}")
    named = len(told["foes"]) - len(found.unnamed)
    print(f"misbehaviours named         {named}/{len(told['foes'])}  {', '.join(found.unnamed)}")
    print(f"healthy articles archived   {found.articles}/{told['articles']}")
    print(f"requests to inside          {len(found.inside)}")
    print(f"exit code {ran.code}, {ran.seconds:.0f} s (mark {SECONDS}), {ran.peak_mb:.0f} MiB (mark {MEMORY}), "
          f"{found.bytes / 1e6:.0f} MB on disk (mark {DISK})")  # fmt: skip
    good = not found.unnamed and found.articles == told["articles"] and not found.inside
    return 0 if good and ran.seconds < SECONDS and ran.peak_mb <= MEMORY and found.bytes / 1e6 <= DISK else 1


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    sys.exit(main())
