"""Bytes to outcome: ``extract(capture, profile)``. Pure: no clock, no network, no state; never raises for any bytes.

The order of steps: status and headers; feeds and data; files by their first bytes; text records and UpdatePanel
answers; then HTML: parse once, find main zone and headline, tell article from list from nothing, read the fields.
"""

from __future__ import annotations

from dataclasses import replace

from archive.models import ArticleFound, Capture, Evidence, Outcome, Rejected
from crawler.extract.classify import by_magic, by_status
from crawler.extract.decode import Decoded, decode
from crawler.extract.feeds import read_feed
from crawler.extract.html import read_html
from crawler.extract.repair import SAMPLE, legacy, repairs
from crawler.extract.textual import read_text
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url

__all__ = ["EXTRACTOR_VERSION", "extract"]

#: Raised whenever the same capture may give another outcome than before.
EXTRACTOR_VERSION = "3"


def extract(capture: Capture, profile: SiteProfile) -> Outcome:
    """What a response is and holds. The same for the same capture and profile, whichever door it came through.

    Every outcome says under which canonical address it belongs, also where the answer is an error: that is how an
    article's disappearance is told from a stranger's.
    """
    outcome = _read(capture, profile)
    if outcome.canonical_url is None:
        return replace(outcome, canonical_url=canonical_url(capture.url, profile))
    return outcome


def _read(capture: Capture, profile: SiteProfile) -> Outcome:
    # Feeds come before files: a site map may be packed, which by its first bytes is a file.
    settled = by_status(capture, profile) or read_feed(capture, profile) or by_magic(capture)
    if settled is not None:
        return settled
    decoded = decode(capture.body, capture.header("Content-Type"))
    if not decoded.readable:
        return Rejected(reason="undecodable", detail=f"no text in {decoded.encoding}")
    outcome = read_text(capture, decoded.text, profile) or read_html(capture, decoded, profile)
    return _with_repairs(outcome, decoded) if isinstance(outcome, ArticleFound) else outcome


def _with_repairs(outcome: ArticleFound, decoded: Decoded) -> ArticleFound:
    """The article with what was put right in its text, and a text from before Unicode told as such."""
    article = outcome.article
    done = [*decoded.repairs, *repairs(decoded.text, decoded.source)]
    font = legacy(f"{article.title} {article.body_text[:SAMPLE]}", decoded.text)
    if font is not None:
        done.append(f"letters of {font} fonts left as they are")
        article = replace(article, language="vi")
    if not done:
        return outcome
    evidence = {**outcome.evidence, "text": Evidence(rule="; ".join(done), sure=0.9)}
    return replace(outcome, article=article, evidence=evidence)
