"""How the portals make addresses from titles: blindly."""

from __future__ import annotations

import hashlib
import re
import unicodedata


def ascii_slug(title: str) -> str:
    """Lower-case ASCII words joined by dashes; punctuation is deleted without a separator."""
    return cased_slug(title).lower()


def cased_slug(title: str) -> str:
    """The same with the title's capitals."""
    text = title.replace("đ", "d").replace("Đ", "D")
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return "-".join(re.sub(r"[^A-Za-z0-9 ]", "", text).split())


def hexes(*parts: object, length: int) -> str:
    """Lower-case hex digits that depend on the parts alone."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:length]


def base36(*parts: object, length: int) -> str:
    """Lower-case base-36 digits that depend on the parts alone."""
    number = int(hexes(*parts, length=40), 16)
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    out = []
    for _ in range(length):
        number, rest = divmod(number, 36)
        out.append(digits[rest])
    return "".join(out)


def guid(*parts: object) -> str:
    """A GUID in lower case that depends on the parts alone."""
    h = hexes(*parts, length=32)
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def main_page(title: str, code: str) -> str:
    """``/Pages/<slug cut at 50>-<4 hex>.aspx``; the cut may leave a dash at its end."""
    return f"/Pages/{ascii_slug(title)[:50]}-{code[:4]}.aspx"


def sub_page(folder: str, title: str, code: str) -> str:
    """``/Pages/<category folder>/<slug cut at 31>-<16 hex>.aspx``."""
    return f"/Pages/{folder}/{ascii_slug(title)[:31]}-{code[:16]}.aspx"


def service_page(title: str, day: str, tail: str) -> str:
    """``/portaldvc/Pages/<date>/<Slug><random base 36>.aspx``."""
    return f"/portaldvc/Pages/{day}/{cased_slug(title)[:58]}{tail}.aspx"
