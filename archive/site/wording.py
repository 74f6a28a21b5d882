"""What every template can say and link to."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from markupsafe import Markup

from archive import marks
from archive.site import NAME, STATIC
from archive.site.gate import STATIC_PATH
from archive.site.room import Room
from archive.site.safe_html import web_address


def template_words(room: Room) -> dict[str, Any]:
    """Names for templates: ``t`` the catalogue's texts, ``known`` its words for stored codes, ``n`` numbers, ``day``
    and ``date`` dates, ``url`` addresses on the site, ``asset`` those of its own files."""
    language = room.language
    return {
        "t": language.text,
        "known": language.known,
        "n": language.number,
        "day": language.day,
        "date": language.date,
        "half": language.half,
        "size": language.size,
        "lang": language.code,
        "room": room,
        "url": room.url,
        "asset": lambda name: f"{room.url(STATIC_PATH + name)}?v={_version(name)}",
        "marked": lambda text: Markup(marks.to_html(text)),
        "web_address": web_address,
        "facet_word": lambda name, value: _facet_word(room, name, value),
        "field_word": lambda name: _field_word(room, name),
        "archive_name": NAME,
        "may_sql": bool(room.option("sql")),
    }


def _facet_word(room: Room, name: str, value: str) -> str:
    """A filter's value as a visitor reads it."""
    if name == "files":
        return room.language.text("results.with_files")
    if name == "month":
        return room.language.day(value)
    return room.language.known({"status": "status", "source": "capture"}.get(name, ""), value)


def _field_word(room: Room, name: str) -> str:
    """A versioned field's name; ``document.number`` is a field of the document."""
    first, _, rest = name.partition(".")
    return room.language.known("document", rest) if rest else room.language.known("field", first)


@cache
def _version(name: str) -> str:
    """Changes with the file, so that browsers may keep it for ever."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
