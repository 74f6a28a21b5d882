"""Addresses that are never visited: other people's hosts, logins, and paths without end."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from crawler.profile import SiteProfile
from crawler.sharepoint.address import cleaned, lowered, normal_path, parse, taken_apart
from crawler.sharepoint.identity import ITEM_PARAMS, canonical_url, query_names
from crawler.sharepoint.rules import rules_of

Refusal = Literal["out_of_scope", "trap", "login", "too_deep", "too_long"]

_LOGIN = re.compile(
    r"/(?:_login|_trust|_forms)(?:/|$)"
    r"|/_layouts/(?:.*/)?(?:authenticate|signout|accessdenied|closeconnection|login|reqacc|reqgroup)\.aspx"
    r"|/(?:authenticate|signout|accessdenied|closeconnection)\.aspx$"
)
_NOT_FOUND = re.compile(
    r"/(?:pagenotfounderror|pagenotfound|filenotfound|notfound|error404|404|spnotfound)\.(?:aspx|html?|php)$"
)
_SYSTEM = re.compile(
    r"/(?:_vti_[a-z]+|_api|_catalogs|_controltemplates|_wpresources|_windows|_admin|_app_bin)(?:/|$)"
    r"|/owssvr\.dll$|\.(?:asmx|svc)(?:/|$)"
)
_LAYOUTS = re.compile(r"/_layouts(?:/|$)")
_LAYOUTS_READ = re.compile(r"/_layouts/(?:\d+/)?(?:listfeed|feed|inplview)\.aspx$")
_EDITING = re.compile(r"/(?:editform|newform|editpost|newpost|upload|multiupload|webfldr|combine|repair)\.aspx$")
_LIST_VIEW = re.compile(r"/forms/[^/]+\.aspx$|/allitems\.aspx$")
_LIST_PAGING = frozenset({"paged", "pagedprev", "pagefirstrow", "view"})

_ENDLESS = re.compile(
    r"(?:sortfield|sortdir|calendardate|calendarperiod|rootfolder|folderctid|groupstring|isgroupreq"
    r"|filter(?:field|value|name|multivalue|op|lookupid|data|fields|values)\d*)$"
)
_DAY = re.compile(r"(?:day|ngay|date|(?:tu|den)_?ngay|(?:from|to|start|end)_?date|archive_?date|selected_?date)$")
_DAY_VALUE = re.compile(r"\d{1,2}|\d{8}|\d{1,4}(?:[-./]|%2F)\d{1,2}(?:(?:[-./]|%2F)\d{1,4})?(?:(?:T|%20).*)?", re.I)
_DATE_VALUE = re.compile(r"\d{8}|\d{1,4}(?:[-./]|%2F)\d{1,2}(?:[-./]|%2F)\d{1,4}(?:(?:T|%20).*)?", re.I)
_MONTHS = (frozenset({"thang", "nam"}), frozenset({"month", "year"}))
_ESCAPED_OVER_AND_OVER = re.compile(r"%25(?:25){2}")

#: Times one name may stand in a path. Real list forms hold it twice (``/Lists/ChuyenMuc/ChuyenMuc/ChuyenMuc.aspx``).
_REPEATS = 2
_SEGMENTS = 16
#: An address this many times over the limit is not even taken apart.
_HOPELESS = 8
_CACHED_LENGTH = 2048


def refusal(url: str, profile: SiteProfile, depth: int) -> Refusal | None:
    """Why an address is not visited, or None when it may be; ``depth`` is counted in links from a seed.

    ``out_of_scope``: another host, not http(s), or outside ``scope.allow``. ``too_long``: the canonical address has
    more characters than ``scope.max_url_length``. ``login``: part of the sign-in chain. ``trap``: one of the paths that
    breed more of themselves (calendars, sorted and filtered lists, folders, day archives, system pages) or match
    ``scope.deny``. Never raises.
    """
    word = _refused(url, profile) if len(url) > _CACHED_LENGTH else _remembered(url, profile)
    if word is None and depth > profile.scope.max_depth:
        return "too_deep"
    return word


def is_login_url(url: str) -> bool:
    """Whether an address belongs to SharePoint's sign-in chain, by its path."""
    return _LOGIN.search(_path_of(url)) is not None


def is_not_found_url(url: str) -> bool:
    """Whether an address is a page that says "not found", in a page library of any language.

    >>> is_not_found_url("https://molisa.gov.vn/Trang/PageNotFoundError.aspx?requestUrl=https://molisa.gov.vn/x.aspx")
    True
    """
    return _NOT_FOUND.search(_path_of(url)) is not None


@lru_cache(maxsize=16)
def _path_of(url: str) -> str:
    """The path of an address in lower case; remembered, for a page's own address is asked about more than once."""
    address = taken_apart(url)
    return lowered(normal_path(address.path if address else url.partition("?")[0]))


@lru_cache(maxsize=32768)
def _remembered(url: str, profile: SiteProfile) -> Refusal | None:
    return _refused(url, profile)


def _refused(url: str, profile: SiteProfile) -> Refusal | None:
    address = parse(cleaned(url))
    if address is None:
        return "out_of_scope"
    rules = rules_of(profile)
    longest = profile.scope.max_url_length
    if len(url) > longest * _HOPELESS:
        return "too_long" if rules.holds(rules.aliases.get(address.netloc, address.netloc)) else "out_of_scope"
    canonical = canonical_url(url, profile)
    address = parse(canonical)
    if address is None or not rules.holds(address.netloc):
        return "out_of_scope"
    if len(canonical) > longest:
        return "too_long"
    path = lowered(address.path)
    if _LOGIN.search(path):
        return "login"
    local = address.path + (f"?{address.query}" if address.query else "")
    if _is_trap(path, canonical) or any(expression.search(local) for expression in rules.deny):
        return "trap"
    if rules.allow and not any(expression.search(local) for expression in rules.allow):
        return "out_of_scope"
    return None


def _is_trap(path: str, canonical: str) -> bool:
    if _SYSTEM.search(path) or (_LAYOUTS.search(path) and not _LAYOUTS_READ.search(path)):
        return True
    if _EDITING.search(path) or _ESCAPED_OVER_AND_OVER.search(canonical) or _grows(path):
        return True
    params = query_names(canonical)
    if not params:
        return False
    if _LIST_VIEW.search(path) and any(not _is_paging(name) for name, _ in params):
        return True
    return any(_ENDLESS.match(name) for name, _ in params) or _is_day_archive(params)


def _is_paging(name: str) -> bool:
    return name in _LIST_PAGING or name.startswith("p_")


def _grows(path: str) -> bool:
    """Whether a path repeats itself, as broken relative links make it: ``/a/b/a/b/a/b``."""
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) <= _REPEATS:
        return False
    if len(segments) > _SEGMENTS:
        return True
    names = [segment for segment in segments if not (segment.isdigit() and len(segment) < 5)]
    return len(names) - len(set(names)) >= _REPEATS and any(names.count(name) > _REPEATS for name in names)


def _is_day_archive(params: list[tuple[str, str]]) -> bool:
    """Whether the query picks a day or month of an archive that has no end in either direction."""
    names = {name for name, _ in params}
    if not names.isdisjoint(ITEM_PARAMS):
        return False  # one entry, whatever day stands beside it
    if any(months <= names for months in _MONTHS):
        return True
    for name, value in params:
        if _DAY.match(name):
            pattern = _DAY_VALUE if name in ("ngay", "day") else _DATE_VALUE
            if pattern.fullmatch(value):
                return True
    return False
