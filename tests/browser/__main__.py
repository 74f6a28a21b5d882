"""``python -m tests.browser [FOLDER]``: pictures of every page, in both languages, on a desk, a phone and in the dark.

They are for a person to look at; by default they go to bench/out/screenshots.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.archive.conftest import command, free_port, running
from tests.archive.lived import build
from tests.browser import chromium
from tests.browser.chromium import DESK, PHONE
from tests.browser.places import places
from tests.replica import ROOT

LOOKS = {"desk": (DESK, False), "dark": (DESK, True), "phone": (PHONE, False)}


def main(folder: Path) -> int:
    """The pictures stand in the folder, named PAGE-LANGUAGE-LOOK.png; 1 when nothing can be looked at."""
    if lacking := chromium.missing():
        print(lacking, file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with tempfile.TemporaryDirectory() as place:
        path, port = build(Path(place) / "archive.db"), free_port()
        with running(command(path, port, sql=True), port) as site, chromium.running() as browser:
            for lang in ("vi", "en"):
                for look, (size, dark) in LOOKS.items():
                    with browser.visit(site.url, size=size, dark=dark) as visit:
                        for name, address in places(path).items():
                            visit.go(f"{address}{'&' if '?' in address else '?'}lang={lang}")
                            visit.page.screenshot(path=str(folder / f"{name}-{lang}-{look}.png"), full_page=True)
                            count += 1
    print(f"{count} pictures in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "bench/out/screenshots"))
