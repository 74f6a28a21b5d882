"""SharePoint's addresses and lists, all pure: identity of pages, refusals, postback paging, UpdatePanel answers."""

from __future__ import annotations

from crawler.sharepoint.address import joined, web_origin
from crawler.sharepoint.controls import form_encoded, script_text
from crawler.sharepoint.delta import Delta, DeltaPage, delta_page, is_delta, parse_delta
from crawler.sharepoint.identity import canonical_url, frontier_key, in_scope, spelled_url
from crawler.sharepoint.kinds import address_kind
from crawler.sharepoint.postback import page_postbacks, plain_post
from crawler.sharepoint.refuse import Refusal, is_login_url, is_not_found_url, refusal

__all__ = [
    "Delta",
    "DeltaPage",
    "Refusal",
    "address_kind",
    "canonical_url",
    "delta_page",
    "form_encoded",
    "frontier_key",
    "in_scope",
    "is_delta",
    "is_login_url",
    "is_not_found_url",
    "joined",
    "page_postbacks",
    "parse_delta",
    "plain_post",
    "refusal",
    "script_text",
    "spelled_url",
    "web_origin",
]
