"""The saved real SharePoint pages beside the project, and our extractor's answers as their ``score.py`` wants them.

python ../shared/real-pages/score.py bench.real_pages:score_extract --show NAME
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.models import ArticleFound, Capture
from crawler.extract import extract
from crawler.extract.html import main_zone_text
from crawler.profile import SiteProfile, load

ROOT = Path(__file__).parents[1]
PAGES = ROOT.parent / "shared" / "real-pages"
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


def answer_of(capture: Capture, profile: SiteProfile, *, lines: bool) -> dict[str, Any]:
    """Title, publication date and text of a page.

    An article's text is its body. What the archive keeps no text of (a list, a form) has none, or with ``lines`` the
    lines of its main zone, so that the stripping of chrome is measured on such pages too.
    """
    outcome = extract(capture, profile)
    if isinstance(outcome, ArticleFound):
        article = outcome.article
        return {"title": article.title, "published": article.published_at, "text": article.body_text}
    if not lines:
        return {}
    title, shown = main_zone_text(capture, profile)
    return {"title": title, "published": None, "text": "\n".join(shown)}


def score_extract(html: bytes, url: str, content_type: str = "text/html") -> dict[str, Any]:
    """``answer_of`` with the profile for any portal."""
    return answer_of(capture_of(html, url, content_type), load("sharepoint"), lines=True)
