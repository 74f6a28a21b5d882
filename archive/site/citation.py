"""Citing an article: in words, as BibTeX, and as schema.org data for search engines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.vietnamese import fold

_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """What names a text for good."""

    title: str
    author: str | None
    portal: str
    section: str | None
    published_at: str | None
    updated_at: str | None
    captured_at: str
    original: str
    address: str
    """Permanent: made of the content's digest."""
    page: str
    digest: str


def bibtex(citation: Citation) -> str:
    """An entry of type ``misc``."""
    year = (citation.published_at or citation.captured_at)[:4]
    words = re.findall(r"[a-z0-9]+", fold(citation.title))[:3]
    fields = {
        "title": f"{{{_tex(citation.title)}}}",
        "author": _tex(citation.author) if citation.author else None,
        "howpublished": _tex(" / ".join(filter(None, (citation.portal, citation.section)))),
        "year": year,
        "date": (citation.published_at or "")[:10] or None,
        "url": citation.address,
        "urldate": citation.captured_at[:10],
        "note": _tex(f"Archived copy of {citation.original}; SHA-256 {citation.digest}"),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{'-'.join((*words, year))},", *lines, "}"])


def news_article(
    citation: Citation, row: Mapping[str, Any], document: Mapping[str, Any] | None, license_url: str | None
) -> dict[str, Any]:
    """The article as schema.org describes one."""
    told = {
        "@context": "https://schema.org",
        "@type": "Legislation" if document and document.get("number") else "NewsArticle",
        "headline": citation.title[:300],
        "name": citation.title,
        "description": row["lead"],
        "inLanguage": row["language"],
        "datePublished": citation.published_at,
        "dateModified": citation.updated_at,
        "articleSection": citation.section,
        "author": {"@type": "Person", "name": citation.author} if citation.author else None,
        "publisher": {"@type": "GovernmentOrganization", "name": row["source"] or citation.portal},
        "url": citation.page,
        "isBasedOn": citation.original,
        "identifier": f"sha256:{citation.digest}",
        "wordCount": row["word_count"],
        "license": license_url,
    }
    if document and document.get("number"):
        told |= {"legislationIdentifier": document["number"], "legislationDate": document["issued_on"]}
    return {name: value for name, value in told.items() if value not in (None, "")}


def _tex(text: str | None) -> str:
    """Text that TeX prints as it is."""
    flat = " ".join((text or "").split())
    return "".join(_SPECIAL.get(c, f"\\{c}" if c in "&%$#_{}" else c) for c in flat)
