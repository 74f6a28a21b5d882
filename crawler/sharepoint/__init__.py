"""SharePoint's addresses and lists, all pure: identity of pages, refusals, postback paging, UpdatePanel answers."""

from __future__ import annotations

from crawler.sharepoint.address import joined
from crawler.sharepoint.delta import Delta, DeltaPage, delta_page, is_delta, parse_delta
from crawler.sharepoint.identity import canonical_url, frontier_key, in_scope
from crawler.sharepoint.postback import page_postbacks
from crawler.sharepoint.refuse import Refusal, is_login_url, is_not_found_url, refusal

__all__ = [
    "Delta",
    "DeltaPage",
    "Refusal",
    "canonical_url",
    "delta_page",
    "frontier_key",
    "in_scope",
    "is_delta",
    "is_login_url",
    "is_not_found_url",
    "joined",
    "page_postbacks",
    "parse_delta",
    "refusal",
]
