"""The index fields of a capture as the web archiving world writes them: ``urlkey`` and ``timestamp``."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import unquote_to_bytes

_PARTS = re.compile(r"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?")
_BREAKS = re.compile(r"[\t\r\n]")
_WWW = re.compile(r"www\d*\.")
_SESSION = re.compile(
    r"^(?:jsessionid=[0-9a-z]{32}|phpsessid=[0-9a-z]{32}|sid=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}"
    r"|cfid=[^&]+|cftoken=[^&]+)$"
)
_PATH_SESSION = re.compile(r";jsessionid=[0-9a-z]{32}$|/\((?:[a-z]\([0-9a-z]{24}\))+\)(?=/)|/\([0-9a-z]{24}\)(?=/)")
_PLAIN = re.compile(r"[!\"$&-~]*")  # nothing to undo and nothing to escape
_PORTS = {"http": "80", "https": "443"}


@lru_cache(maxsize=4096)
def surt(url: str) -> str:
    """The address as a sort key: host labels reversed, then path and sorted query, all in lower case.

    One key stands for http and https, with and without ``www``, in every spelling of case, escapes and default port,
    with every session id, so that all captures of a page stand together. It is ASCII without blanks.

    >>> surt("https://www.backan.gov.vn:443/Pages/Tin-Tuc.aspx?b=2&A=1#top")
    'vn,gov,backan)/pages/tin-tuc.aspx?a=1&b=2'
    """
    found = _PARTS.match(_BREAKS.sub("", url).strip())
    scheme, netloc, path, query = found.groups() if found else (None, None, url, None)
    scheme = (scheme or "http").lower()
    if netloc is None:  # no web address (mailto:, urn:): the whole of it is the key
        return _escaped(url.strip()).lower()
    path = _escaped(path).lower()
    if ";" in path or "(" in path:
        path = _PATH_SESSION.sub("", path)
    if path[:1] != "/" or path[-1:] == "/" or "//" in path or "/." in path:
        path = _resolved(path)
    key = f"{_host_key(netloc, scheme)}){path}"
    if not query:
        return key
    terms = sorted(term for term in _escaped(query).lower().split("&") if term and not _SESSION.match(term))
    return f"{key}?{'&'.join(terms)}" if terms else key


@lru_cache(maxsize=64)
def timestamp(moment: datetime) -> str:
    """Fourteen digits in UTC.

    >>> timestamp(datetime(2026, 11, 24, 8, 5, tzinfo=UTC))
    '20261124080500'
    """
    text = moment.astimezone(UTC).isoformat()
    return f"{text[:4]}{text[5:7]}{text[8:10]}{text[11:13]}{text[14:16]}{text[17:19]}"


@lru_cache(maxsize=64)
def utc_text(moment: datetime) -> str:
    """An instant as the tables hold it: ISO 8601 in UTC, whole seconds, ``Z``.

    >>> utc_text(datetime(2026, 11, 24, 8, 5, 9, 999999, tzinfo=UTC))
    '2026-11-24T08:05:09Z'
    """
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"


@lru_cache(maxsize=256)
def _host_key(netloc: str, scheme: str) -> str:
    host, _, port = netloc.rpartition("@")[2].partition(":") if "]" not in netloc else netloc.rpartition("]:")
    host, port = (f"{host}]", port) if "[" in host and "]" not in host else (host or port, port if host else "")
    host = _escaped(_idna(host.strip(".").lower())).lower()
    host = _WWW.sub("", host, count=1) if _WWW.match(host) and host.count(".") > 1 else host
    if not re.fullmatch(r"[\d.]+", host) and "[" not in host:  # the parts of an IP address are not turned round
        host = ",".join(reversed(host.split(".")))
    return f"{host}:{port}" if port and port != _PORTS.get(scheme) else host


def _idna(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _resolved(path: str) -> str:
    """Without dot segments, empty segments and the last slash."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == ".." and kept:
            kept.pop()
        elif segment not in ("", ".", ".."):
            kept.append(segment)
    return "/" + "/".join(kept)


def _escaped(text: str) -> str:
    """Every escape undone, however often it was escaped, and what cannot stand in a key escaped once."""
    if _PLAIN.fullmatch(text):
        return text
    raw = text.encode("utf-8", "surrogatepass")
    while b"%" in raw:
        plain = unquote_to_bytes(raw)
        if plain == raw:
            break
        raw = plain
    return "".join(chr(b) if 0x20 < b < 0x7F and b not in b"#%" else f"%{b:02x}" for b in raw)
