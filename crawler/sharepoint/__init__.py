"""SharePoint's addresses and lists, all pure: identity of pages, refusals, postback paging, UpdatePanel answers."""

from __future__ import annotations

from crawler.sharepoint.address import joined
from crawler.sharepoint.identity import canonical_url, frontier_key, in_scope
from crawler.sharepoint.refuse import Refusal, is_login_url, is_not_found_url, refusal

__all__ = [
    "Refusal",
    "canonical_url",
    "frontier_key",
    "in_scope",
    "is_login_url",
    "is_not_found_url",
    "joined",
    "refusal",
]
