"""Which addresses are one page.

The rules, in order:

1.  Fragment, user name, blanks around and line ends inside go; ``https%3a//`` and ``https&#58;//`` are read as meant.
2.  Host in lower case (IDNA), without a last dot; ports 80 and 443 go; aliases of the profile are replaced; hosts in
    scope get the profile's scheme.
3.  Path: one spelling of every escape (unreserved signs plain, hex in upper case, UTF-8), no empty or dot segments.
    A SharePoint path (``.aspx``, ``/Pages/``, ``/Lists/``, ``/_layouts/``, a document library …) is lower-cased wholly:
    the server does not tell cases apart. Other paths keep their case.
4.  ``/default.aspx``, ``/Pages/`` and ``/Pages/default.aspx`` at the root are ``/``. Elsewhere ``x/default.aspx`` is
    ``x/``; but inside a page library the file name stands (``/pages/cat-1/`` is ``/pages/cat-1/default.aspx``), because
    there the bare folder opens the library's own view on a real farm.
5.  Viewer pages (``download.aspx?SourceUrl=``, ``WopiFrame.aspx?sourcedoc=``) are the file they open.
6.  Query: names lower-cased on SharePoint paths and folders (the field name in ``p_Field`` keeps its case); noise goes;
    GUIDs bare and lower-case; values escaped in one spelling; sorted by name; exact doubles once.
7.  Rewrites of the profile, on path and query, then all of it again.
"""

from __future__ import annotations

import re
from functools import lru_cache

from crawler.profile import SiteProfile
from crawler.sharepoint.address import (
    Address,
    cleaned,
    decoded,
    encoded,
    joined,
    lowered,
    normal_path,
    parse,
)
from crawler.sharepoint.rules import Rules, rules_of

_LIBRARIES = "pages|trang|sitepages|paginas|seiten|p%C3%A1ginas"
_SHAREPOINT = re.compile(
    rf"\.as[hmp]x(?:/|$)|/(?:{_LIBRARIES}|lists|forms|documents|shared%20documents|sitecollectiondocuments|siteassets"
    r"|sitecollectionimages|publishingimages|picturelibrary|style%20library|attachments|_[a-z]+)/",
    re.IGNORECASE,
)
_LIBRARY = re.compile(rf"/(?:{_LIBRARIES})/", re.IGNORECASE)
_ROOT_PAGE = re.compile(rf"/(?:(?:{_LIBRARIES})/)?(?:default\.aspx)?", re.IGNORECASE)
_VIEWER = re.compile(r"/_layouts/(?:\d+/)?(?:download|wopiframe2?|wordviewer|xlviewer|powerpoint|docidredir)\.aspx$")
_VIEWED = frozenset({b"sourceurl", b"sourcedoc", b"id", b"presentationid"})
_GUID = re.compile(rb"\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?")

#: Never part of a page's identity on SharePoint: dialogs, ribbon, mobile and print views, the way back.
_NOISE = frozenset(
    {
        *("source", "isdlg", "mobile", "contenttypeid", "initialtabid", "visibilitycontext", "pageversion"),
        *("renditionid", "printview", "isprint", "toolpaneview", "controlmode", "displaymode", "ribboncmd"),
        *("showribbon", "loginasanotheruser"),
    }
)
#: Never part of a page's identity anywhere: tracking and sessions.
_TRACKING = frozenset(
    {
        *("fbclid", "gclid", "msclkid", "zarsrc", "mc_cid", "mc_eid", "_ga"),
        *("phpsessid", "jsessionid", "asp.net_sessionid"),
    }
)
#: Without a value they say nothing.
_VOID = frozenset({"date", "keyword", "rootfolder", "folderctid"})
#: ``?web=1`` opens the office viewer; ``web=/pressroom`` names the site of a feed.
_SWITCHES = frozenset({"web", "print"})
#: Parameters that name one entry, in lower case.
ITEM_PARAMS = frozenset(
    {"itemid", "id", "nid", "newsid", "id_news", "p", "newid", "articleid", "tinid", "idtin", "baivietid", "docid"}
)

_REWRITES = 5
_CACHED_LENGTH = 2048
_VIEWER_LENGTH = 4096


def canonical_url(url: str, profile: SiteProfile) -> str:
    """The one address a page goes by under this profile; see the module for the rules.

    Total and idempotent. Text that is no sound http or https address comes back only cleaned of blanks around it.
    """
    if len(url) > _CACHED_LENGTH:
        return _canonical(url, profile)
    return _remembered(url, profile)


def spelled_url(canonical: str, url: str) -> str | None:
    """The canonical address in the case its writer gave it, or None where that is no other.

    A server that lower-cases nothing on its way (a proxy, a cache) is asked in the spelling the portal itself uses.

    >>> spelled_url("http://a.vn/pages/tin-1a2b.aspx?itemid=3", "http://a.vn:80/Pages/Tin-1A2B.aspx?ItemID=3&IsDlg=1")
    'http://a.vn/Pages/Tin-1A2B.aspx?itemid=3'
    """
    address = parse(cleaned(url))
    if address is None:
        return None
    path = normal_path(address.path)
    start = canonical.find("/", canonical.find("://") + 3)
    end = canonical.find("?", start)
    own = canonical[start:] if end < 0 else canonical[start:end]
    if path == own or lowered(path) != own:
        return None
    return canonical[:start] + path + ("" if end < 0 else canonical[end:])


def frontier_key(method: str, url: str, postback_key: str | None, profile: SiteProfile) -> str:
    """What a request is known by in the frontier: method, canonical address and, for a post, what it asks for."""
    key = f"{method.upper()} {canonical_url(url, profile)}"
    return f"{key} {postback_key}" if postback_key else key


def in_scope(url: str, profile: SiteProfile) -> bool:
    """Whether the address belongs to one of the portal's hosts (aliases count)."""
    address = parse(cleaned(url))
    if address is None:
        return False
    rules = rules_of(profile)
    return rules.holds(rules.aliases.get(address.netloc, address.netloc))


def query_names(canonical: str) -> list[tuple[str, str]]:
    """Names in lower case and values, still escaped, of a canonical address's query."""
    query = canonical.partition("?")[2]
    pairs = (pair.partition("=") for pair in query.split("&")) if query else ()
    return [(name.lower(), value) for name, _, value in pairs]


def _canonical(url: str, profile: SiteProfile) -> str:
    rules = rules_of(profile)
    text = cleaned(url)
    for _ in range(_REWRITES):
        address = parse(text)
        if address is None:
            return text
        text = _normal(address, rules)
        rewritten = _rewritten(text, rules)
        if rewritten == text:
            return text
        text = cleaned(rewritten)
    address = parse(text)
    return _normal(address, rules) if address else text


@lru_cache(maxsize=8192)
def _remembered(url: str, profile: SiteProfile) -> str:
    return _canonical(url, profile)


def _normal(address: Address, rules: Rules) -> str:
    opened = _viewed(address)
    while opened is not None:
        address = opened
        opened = _viewed(address)
    origin = _origin(address, rules)
    path = normal_path(address.path)
    sharepoint = bool(_SHAREPOINT.search(path))
    path = _welcome(lowered(path) if sharepoint else path)
    if not address.query:
        return origin + path
    query = _query(address.query, rules, sharepoint=sharepoint or path.endswith("/"))
    return f"{origin}{path}?{query}" if query else origin + path


def _origin(address: Address, rules: Rules) -> str:
    netloc = rules.aliases.get(address.netloc, address.netloc)
    scheme = rules.scheme if rules.scheme and rules.holds(netloc) else address.scheme
    return f"{scheme}://{netloc}"


def _welcome(path: str) -> str:
    if _ROOT_PAGE.fullmatch(path):
        return "/"
    if path.endswith("/"):
        return f"{path}default.aspx" if _LIBRARY.search(path) else path
    if path.endswith("/default.aspx") and not _LIBRARY.search(path) and "/_" not in path:
        return path.removesuffix("default.aspx")
    return path


def _viewed(address: Address) -> Address | None:
    """The file a viewer page opens; each step is shorter than the one before."""
    if not address.query or len(address.query) > _VIEWER_LENGTH:
        return None
    if not _VIEWER.search(lowered(normal_path(address.path))):
        return None
    for pair in address.query.split("&"):
        name, _, value = pair.partition("=")
        target = decoded(value)
        if decoded(name).lower() in _VIEWED and target.startswith((b"/", b"http:", b"https:")):
            return parse(joined(f"{address.scheme}://{address.netloc}/", _as_path(target)))
    return None


def _as_path(target: bytes) -> str:
    """A decoded address made ready to be read as one again: a sharp or question mark in it is part of its file name."""
    return target.replace(b"%", b"%25").replace(b"#", b"%23").replace(b"?", b"%3F").decode("utf-8", "replace")


def _query(query: str, rules: Rules, *, sharepoint: bool) -> str:
    pairs: dict[tuple[str, str | None], None] = {}
    for pair in query.split("&"):
        name, mark, value = pair.partition("=")
        while name.startswith("amp;"):  # escaped twice by the site
            name = name[4:]
        plain = decoded(name)
        key = encoded(plain.lower() if sharepoint and plain[:2].lower() != b"p_" else plain)
        if key:
            pairs[key, _value(key.lower(), value) if mark else None] = None
    names = {name.lower() for name, _ in pairs}
    kept = [(name, value) for name, value in pairs if not _is_noise(name.lower(), value, names, rules, sharepoint)]
    kept.sort(key=lambda pair: pair[0])
    return "&".join(name if value is None else f"{name}={value}" for name, value in kept)


def _value(name: str, value: str) -> str:
    plain = decoded(value)
    guid = _GUID.fullmatch(plain)
    if guid:
        return guid[1].decode("ascii").lower()
    return encoded(plain.upper() if name in ("paged", "pagedprev") else plain)


def _is_noise(name: str, value: str | None, names: set[str], rules: Rules, sharepoint: bool) -> bool:
    if name in rules.keep:
        return False
    if name in rules.drop or name in _TRACKING or name.startswith("utm_"):
        return True
    if not sharepoint:
        return False
    if name in _VOID and not value:
        return True
    if name == "keyword" and not names.isdisjoint(ITEM_PARAMS):
        return True  # only marks the words on the page
    return name in _NOISE or (name in _SWITCHES and value in ("0", "1"))


def _rewritten(text: str, rules: Rules) -> str:
    if not rules.rewrite:
        return text
    cut = text.find("/", text.find("://") + 3)
    origin, local = text[:cut], text[cut:]
    for pattern, new in rules.rewrite:
        changed = pattern.sub(new, local)
        if changed != local:
            return changed if changed.startswith(("http://", "https://")) else origin + changed
    return text
