"""The extractor on the saved real SharePoint pages beside the project, judged by their own ``score.py``.

``python -m bench.real_pages`` prints that script's table; options after it go to the script (``--show NAME``). Exits
non-zero when articles and events fall below a mean F1 of 0.95, leak boilerplate or invent a date.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.models import ArticleFound, Capture
from crawler.extract import extract
from crawler.extract.html import main_zone_text
from crawler.profile import SiteProfile, load

ROOT = Path(__file__).parents[1]
PAGES = ROOT.parent / "shared" / "real-pages"
LEAST_F1 = 0.95
ANY = "https://portal.example/Pages/"


def capture_of(body: bytes, url: str, content_type: str) -> Capture:
    """A saved page as a capture, as an ingest would make it."""
    return Capture(
        url=url,
        fetched_at=datetime(2025, 1, 1, tzinfo=UTC),
        status=200,
        headers=(("Content-Type", content_type),),
        body=body,
        source="text" if content_type == "text/plain" else "warc",
    )


def score_extract(html: bytes, url: str, content_type: str = "text/html") -> dict[str, Any]:
    """Title, publication date and text of a page, as ``score.py`` wants them, with the profile for any portal.

    An article's text is its body. What the archive keeps no text of (a list, a form) is measured by the lines of its
    main zone, so that the stripping of chrome is measured on such pages too.
    """
    return score_with(capture_of(html, url, content_type), load("sharepoint"))


def score_with(capture: Capture, profile: SiteProfile) -> dict[str, Any]:
    """The same of a capture, with any profile."""
    outcome = extract(capture, profile)
    if isinstance(outcome, ArticleFound):
        article = outcome.article
        return {"title": article.title, "published": article.published_at, "text": article.body_text}
    title, lines = main_zone_text(capture, profile)
    return {"title": title, "published": None, "text": "\n".join(lines)}


def milliseconds() -> float:
    """Time of ``extract`` for 40 kB of page, mean over all HTML pages, best of three rounds."""
    profile = load("sharepoint")
    captures = [capture_of(page.read_bytes(), f"{ANY}{page.stem}.aspx", "text/html") for page in PAGES.glob("*.html")]
    rounds = []
    for _ in range(4):  # the first fills the caches
        started = time.perf_counter()
        for capture in captures:
            extract(capture, profile)
        rounds.append(time.perf_counter() - started)
    return min(rounds[1:]) * 1000 * 40_000 / sum(len(capture.body) for capture in captures)


def main(options: list[str]) -> int:
    """Print the table; 0 when the marks are met or the pages are not here."""
    if not PAGES.is_dir():
        print("the saved real pages are not beside this project (../shared/real-pages); nothing measured")
        return 0
    command = [sys.executable, str(PAGES / "score.py"), "bench.real_pages:score_extract"]
    print(subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True).stdout.rstrip())
    print(f"extract(): {milliseconds():.2f} ms a 40 kB of page")
    told = json.loads(subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True).stdout)
    marks = told["summary"]["articles_and_events"]
    return 0 if marks["f1"] >= LEAST_F1 and not marks["leaks"] and marks["published"] == 1 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
