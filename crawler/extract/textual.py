"""Answers that are text and no page: UpdatePanel deltas and the records of text corpora."""

from __future__ import annotations

from archive.models import ArticleFound, Capture, Link, ListingFound, Outcome, Redirected, Rejected
from crawler.extract.article import Context
from crawler.extract.boilerplate import line_keys
from crawler.extract.context import is_vietnamese, language_of
from crawler.extract.evidence import evidence_of
from crawler.extract.fields import make_article
from crawler.extract.html import read_list_page
from crawler.extract.layouts import layout_for
from crawler.extract.plain import read_plain
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url, delta_page, is_delta, is_login_url, is_not_found_url, joined, parse_delta

_LEAST_TEXT = 40


def read_text(capture: Capture, text: str, profile: SiteProfile) -> Outcome | None:
    """The outcome of a text answer; None for HTML."""
    if capture.method == "POST" and is_delta(text):
        return _delta(capture, text, profile)
    if is_record(capture, text):
        return _record(capture, text, profile)
    return None


def is_record(capture: Capture, text: str) -> bool:
    """Whether an answer is a page's text without its markup."""
    return capture.source == "text" or (capture.mimetype == "text/plain" and text.lstrip()[:1] != "<")


def _delta(capture: Capture, text: str, profile: SiteProfile) -> Outcome:
    delta = parse_delta(text)
    if delta.redirect is not None:
        target = joined(capture.url, delta.redirect)
        if is_not_found_url(target):
            return Rejected(reason="soft_404", detail=f"redirect to {target}")
        if is_login_url(target):
            return Rejected(reason="login_required", detail=f"redirect to {target}")
        return Redirected(target=target, links=(Link(url=canonical_url(target, profile)),))
    if delta.error is not None:
        refused = "postback" in delta.error.lower() or "viewstate" in delta.error.lower()
        return Rejected(reason="postback_refused" if refused else "server_error", detail=delta.error[:120])
    if not delta.complete:
        return Rejected(reason="truncated", detail="the delta ends inside a record")
    page = delta_page(delta, capture.request_body)
    return read_list_page(capture, page.html, profile) or ListingFound(
        canonical_url=canonical_url(capture.url, profile)
    )


def _record(capture: Capture, text: str, profile: SiteProfile) -> Outcome:
    vietnamese = is_vietnamese(text)
    context = Context(
        url=capture.url,
        timezone=profile.timezone,
        vietnamese=vietnamese,
        plain=True,
        own_chrome=line_keys(profile.boilerplate),
    )
    draft = read_plain(text, context)
    layout = layout_for(capture, text.encode("utf-8", "replace"), None, profile)
    canonical = canonical_url(capture.url, profile)
    if draft is None or sum(len(block.text) for block in draft.blocks) < _LEAST_TEXT:
        return Rejected(reason="no_article", detail="no text besides chrome", canonical_url=canonical)
    language = language_of(text, None, profile.language)
    return ArticleFound(
        article=make_article(draft, profile=profile, section=None, language=language),
        evidence=evidence_of(draft.evidence, draft.spots),
        layout=layout.name if layout else None,
        canonical_url=canonical,
    )
