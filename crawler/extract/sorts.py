"""What sort of page an answer is, in a person's words: finer than its outcome, and with what told it."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from archive.models import (
    ArticleFound,
    Capture,
    FileFound,
    ListingFound,
    NotModified,
    Outcome,
    Redirected,
    Rejected,
    RobotsFound,
)
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url

PageSort = Literal[
    "article",
    "document",
    "duplicate view",
    "listing",
    "home",
    "form",
    "error",
    "soft 404",
    "not found",
    "login",
    "interstitial",
    "empty",
    "not HTML",
    "redirect",
    "not modified",
    "refused",
    "broken",
]

_HOME = re.compile(r"/(?:[\w-]+/){0,2}(?:(?:default|index|home|trang-?chu)[\w.-]*)?", re.I)
_REJECTED: dict[str, PageSort] = {
    "not_found": "not found",
    "soft_404": "soft 404",
    "error_page": "error",
    "server_error": "error",
    "postback_refused": "error",
    "interstitial": "interstitial",
    "login_required": "login",
    "forbidden": "refused",
    "throttled": "refused",
    "truncated": "broken",
    "too_large": "broken",
    "undecodable": "broken",
    "unsupported": "not HTML",
    "unreachable": "broken",
}


def sort_of(capture: Capture, outcome: Outcome, profile: SiteProfile) -> tuple[PageSort, str | None]:
    """The sort of a page, and what told it where the outcome has no detail of its own."""
    match outcome:
        case ArticleFound():
            own = canonical_url(capture.url, profile)
            if outcome.canonical_url not in (None, own):
                return "duplicate view", f"the page names {outcome.canonical_url} as its address"
            return ("document", outcome.evidence["document"].rule) if outcome.document else ("article", None)
        case ListingFound():
            count = f"{len(outcome.items) or len(outcome.links)} entries"
            return ("home" if _is_home(capture.url) else "listing"), count
        case Rejected():
            if outcome.reason == "no_article":
                return ("form" if outcome.detail == "a form" else "empty"), None
            return _REJECTED[outcome.reason], None
        case FileFound():
            return "not HTML", f"a file: {outcome.filetype}"
        case RobotsFound():
            return "not HTML", "robots.txt"
        case Redirected():
            return "redirect", f"to {outcome.target}"
        case NotModified():
            return "not modified", None


def _is_home(url: str) -> bool:
    """A site's or sub-site's opening page: its folder, or a default page in its library of pages."""
    path = urlsplit(url).path
    return _HOME.fullmatch(path) is not None and not re.search(r"-\d+/", path)
