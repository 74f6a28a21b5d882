"""``python -m tests.dated MOMENT ARCHIVE SHEET``: a crawl that takes MOMENT (ISO 8601) for the time it begins at."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import ArchiveError
from crawler.profile import load
from crawler.runner import CrawlOptions, crawl


def main(moment: str, archive: str, sheet: str) -> int:
    """The crawl's exit code; its report goes to standard output as JSON."""
    begins, began = datetime.fromisoformat(moment), datetime.now(UTC)
    options = CrawlOptions(
        profile=load(sheet), archive=Path(archive), clock=lambda: begins + (datetime.now(UTC) - began)
    )
    try:
        return crawl(options, quiet=True, as_json=True)
    except ArchiveError as error:
        print(error, file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
