"""The replica's own rule for which addresses are one page, written apart from the crawler's: each checks the other.

- no fragment; scheme http; ``www`` (127.0.0.7) is the main host; ``:443`` and no port at all mean the replica's port;
- one spelling of every escape; on SharePoint paths all lower case;
- ``/``, ``/default.aspx``, ``/Pages/`` and ``/Pages/default.aspx`` are ``/``; elsewhere ``default.aspx`` stands;
- noise parameters go, the others are sorted, names in lower case on SharePoint paths (but the field name in
  ``p_Field``), GUIDs bare and lower case; the document list's print view is its display form.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from tests.portal.plan import HOSTS

ALWAYS_NOISE = frozenset(
    {"source", "isdlg", "mobile", "contenttypeid", "initialtabid", "visibilitycontext", "pageversion", "renditionid"}
)
EMPTY_NOISE = frozenset({"date", "rootfolder"})
SAFE = "/!$&'()*+,;=:@-._~"
GUID = re.compile(r"\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?", re.I)
SHAREPOINT = re.compile(
    r"\.aspx$|/attachments/"
    r"|^/(?:pages|lists|documents|sitecollectiondocuments|picturelibrary|style library|_layouts|_api)/",
    re.I,
)


def canonical(url: str, port: int) -> str:
    """The one address of a page of the replica; an address of another host comes back without its fragment."""
    parts = urlsplit(url)
    if parts.hostname not in {host.address for host in HOSTS.values()}:
        return url.split("#")[0]
    host = HOSTS["main"].address if parts.hostname == HOSTS["www"].address else parts.hostname
    path = unquote(parts.path or "/")
    sharepoint = bool(SHAREPOINT.search(path))
    if sharepoint:
        path = path.lower()
    if path in ("/default.aspx", "/pages/", "/pages/default.aspx"):
        path = "/"
    pairs = [_pair(name, value, sharepoint) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    kept = sorted(pair for pair in pairs if not _noise(pair, sharepoint))
    if path == "/lists/vanban/print.aspx":
        path, kept = "/lists/vanban/dispform.aspx", [("id", value) for _, value in kept]
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in kept)
    return f"http://{host}:{port}{quote(path, safe=SAFE)}" + (f"?{query}" if query else "")


def _pair(name: str, value: str, sharepoint: bool) -> tuple[str, str]:
    if sharepoint and not name.lower().startswith("p_"):
        name = name.lower()
    found = GUID.fullmatch(value)
    return name, found[1].lower() if found else value


def _noise(pair: tuple[str, str], sharepoint: bool) -> bool:
    name, value = pair
    if name == "fbclid":
        return True
    if not sharepoint:
        return False
    if name in EMPTY_NOISE:
        return not value
    return name in ALWAYS_NOISE or name == "keyword" or (name == "web" and value == "1")
