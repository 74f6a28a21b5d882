"""An http address taken apart and put together again. Total: odd input gives None or text, never an error."""

from __future__ import annotations

import ipaddress
import re
import string
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

_WEB_SCHEME = re.compile(r"(https?)(?::|%3a|&#58;|&#x3a;)(?:[/\\]|%2f)*", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE)
_PARTS = re.compile(r"([^/?#]*)([^?#]*)(?:\?([^#]*))?", re.DOTALL)
_PORT = re.compile(r"(.*?)(?::([0-9]{0,9}))?", re.DOTALL)
_MINIMAL = re.compile(r"(.*?)/_layouts/\d+/start\.aspx#(?=/)", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?")
_ENDS = "".join(map(chr, range(0x21))) + "\u00a0\u00ad\u200b\u200c\u200d\u2060\u3000\ufeff"
_LONGEST_HOST = 253
_LINE_ENDS = str.maketrans("", "", "\t\r\n")

_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_PATH_SAFE = _UNRESERVED | frozenset("/!$&'()*+,;=:@")
_NOT_IN_PATH = re.compile(r"%([0-9A-Fa-f]{2})|[^" + re.escape("".join(sorted(_PATH_SAFE))) + "]")
_SCRIPT_ESCAPE = re.compile(r"%u([0-9A-Fa-f]{4})")
_SESSION = re.compile(r"/\((?:[A-Za-z]\([^()/]*\))+\)(?=/)")


class Address(NamedTuple):
    """An absolute http or https address, host and port normalised, path and query as found."""

    scheme: str
    host: str
    port: str
    """Empty for the scheme's own port, and for 80 and 443 with either scheme."""
    path: str
    query: str

    @property
    def netloc(self) -> str:
        """``host`` or ``host:port``."""
        return f"{self.host}:{self.port}" if self.port else self.host


def cleaned(text: str) -> str:
    """The address without blanks and invisible signs around it and line ends inside; a colon or slashes that were
    written as an escape (``https%3a//``, ``https&#58;//``) or backwards are mended.

    >>> cleaned(" https&#58;//backan.gov.vn/Pages/a.aspx\\n")
    'https://backan.gov.vn/Pages/a.aspx'
    """
    text = text.strip(_ENDS).translate(_LINE_ENDS)
    while "start.aspx#/" in text and (found := _MINIMAL.match(text)):  # SharePoint 2013 loads the page after the sharp
        text = found[1] + text[found.end() :]
    web = _WEB_SCHEME.match(text)
    return f"{web[1].lower()}://{text[web.end() :]}" if web else text


def scheme_of(text: str) -> str:
    """Scheme of a cleaned address in lower case, empty for a relative one."""
    found = _SCHEME.match(text)
    return found[0][:-1].lower() if found else ""


def parse(text: str) -> Address | None:
    """A cleaned absolute address taken apart; None unless it is http or https with a sound host and port.

    A user name in the address is dropped: it is no part of a page's identity and must not be recorded.
    """
    scheme, mark, rest = text.partition("://")
    if not mark or scheme not in ("http", "https"):
        return None
    found = _PARTS.match(rest)
    assert found is not None  # every part may be empty
    authority, path, query = found[1], found[2], found[3] or ""
    if "\\" in authority:  # browsers read a backslash as a slash
        authority, _, tail = authority.partition("\\")
        path = f"/{tail}{path}"
    netloc = _netloc(authority.rpartition("@")[2])
    if netloc is None:
        return None
    host, port = netloc
    if port in ("80", "443"):
        scheme, port = ("http" if port == "80" else "https"), ""
    return Address(scheme, host, port, path, query)


def _netloc(authority: str) -> tuple[str, str] | None:
    split = _PORT.fullmatch(authority)
    if split is None:
        return None
    host, port = split[1], split[2] or ""
    if port:
        if not 0 < int(port) < 65536:
            return None
        port = str(int(port))
    if host.startswith("["):
        return (host.lower(), port) if _is_ipv6(host) else None
    name = _host(host)
    return (name, port) if name else None


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host[1:-1] if host.endswith("]") else "")
    except ValueError:
        return False
    return "%" not in host


def _host(text: str) -> str | None:
    if "%" in text:
        text = unquote_to_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
    if len(text) > _LONGEST_HOST:
        return None
    if not text.isascii():
        try:
            text = text.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    text = text.lower().rstrip(".")
    return text if _HOST.fullmatch(text) else None


def normal_netloc(text: str) -> str:
    """``host[:port]`` as written in a profile, spelled as in a canonical address; ``*.`` in front is kept."""
    star = "*." if text.startswith("*.") else ""
    split = _netloc(text[len(star) :])
    if split is None:
        return text.lower()
    host, port = split
    return f"{star}{host}:{port}" if port not in ("", "80", "443") else star + host


def normal_path(path: str) -> str:
    """The path with one spelling of every escape, without empty, ``.`` and ``..`` segments and cookieless sessions.

    >>> normal_path("/Lists//Vn%20b\\u1ea3n/../%41.aspx")
    '/Lists/A.aspx'
    """
    path = path.replace("\\", "/")
    if _NOT_IN_PATH.search(path):
        path = _NOT_IN_PATH.sub(_path_sign, path)
    if "(" in path:
        path = _SESSION.sub("", path)
    if "//" not in path and "/." not in path and path.startswith("/"):
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    folder = segments[-1] in ("", ".", "..") and kept
    return "/" + "/".join(kept) + ("/" if folder else "")


def _path_sign(found: re.Match[str]) -> str:
    escaped = found[1]
    if escaped is None:
        return quote_from_bytes(found[0].encode("utf-8", "surrogatepass"), safe="")
    sign = chr(int(escaped, 16))
    return sign if sign in _UNRESERVED else found[0].upper()


def lowered(path: str) -> str:
    """A normal path in lower case, letters written as UTF-8 escapes too; escapes stay upper-case hex."""
    if "%" not in path:
        return path.lower()
    return re.sub(r"((?:%[0-9A-F]{2})+)|[^%]+", _lowered_run, path)


def _lowered_run(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0].lower()
    try:
        text = unquote_to_bytes(found[1]).decode("utf-8")
    except UnicodeDecodeError:
        return found[0]
    return quote_from_bytes(text.lower().encode("utf-8"), safe="")


def decoded(text: str) -> bytes:
    """A query name or value as the server reads it: ``+`` is a blank, ``%uXXXX`` the script escape ASP.NET knows."""
    if "%u" in text:
        text = _SCRIPT_ESCAPE.sub(_script_sign, text)
    return unquote_to_bytes(text.replace("+", " ").encode("utf-8", "surrogatepass"))


def _script_sign(found: re.Match[str]) -> str:
    sign = chr(int(found[1], 16))
    return found[0] if "\ud800" <= sign <= "\udfff" else quote_from_bytes(sign.encode("utf-8"), safe="")


def encoded(value: bytes) -> str:
    """A query name or value in its one spelling: everything but unreserved letters escaped."""
    return quote_from_bytes(value, safe="")


@lru_cache(256)
def taken_apart(url: str) -> Address | None:
    """``parse`` of an address as found; remembered, for a page's own address is asked for with each of its links."""
    return parse(cleaned(url))


def web_origin(url: str) -> str:
    """``https://host[:port]`` of an address, empty for text that is no sound http or https address."""
    address = taken_apart(url)
    return f"{address.scheme}://{address.netloc}" if address else ""


def joined(base: str, reference: str) -> str:
    """``reference`` as seen from the page ``base``, absolute where ``base`` is; both may be any text.

    >>> joined("https://a.vn/x/y.aspx?q=1", "./z.aspx")
    'https://a.vn/x/./z.aspx'
    """
    reference = cleaned(reference)
    if scheme_of(reference):
        return reference
    start = taken_apart(base)
    if start is None:
        return reference
    if reference[:2] in ("//", "\\\\", "/\\", "\\/"):
        return f"{start.scheme}:{reference}"
    origin = f"{start.scheme}://{start.netloc}"
    if reference[:1] in ("/", "\\"):
        return origin + reference
    path = start.path or "/"
    if not reference or reference.startswith("#"):
        return origin + path + (f"?{start.query}" if start.query else "")
    if reference.startswith("?"):
        return origin + path + reference
    return origin + path[: path.rfind("/") + 1] + reference
