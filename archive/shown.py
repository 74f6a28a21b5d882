"""Columns of an article that its page alone tells: the same whenever the capture is read by the same rules."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from archive.history import content_digest
from archive.models import ArticleFound


def shown_columns(url: str, canonical_url: str, outcome: ArticleFound) -> dict[str, Any]:
    """Column of ``articles`` -> value, for the page at ``url`` whose article is that of ``canonical_url``."""
    article = outcome.article
    return {
        "url": url,
        "canonical_url": canonical_url,
        "section": article.section,
        "title": article.title,
        "lead": article.lead,
        "body_text": article.body_text,
        "body_html": article.body_html,
        "author": article.author,
        "author_raw": article.author_raw,
        "source": article.source,
        "source_raw": article.source_raw,
        "published_at": article.published_at,
        "published_raw": article.published_raw,
        "updated_at": article.updated_at,
        "updated_raw": article.updated_raw,
        "language": article.language,
        "word_count": article.word_count,
        "content_digest": content_digest(article),
        "layout": outcome.layout,
        "evidence": _evidence(outcome),
        "page_list_id": outcome.page_list_id,
        "page_item_id": outcome.page_item_id,
    }


def _evidence(outcome: ArticleFound) -> str | None:
    """JSON: field -> rule, place and how sure."""
    told = {name: asdict(evidence) for name, evidence in outcome.evidence.items()}
    return json.dumps(told, ensure_ascii=False, sort_keys=True) if told else None
