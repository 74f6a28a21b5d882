"""Markup kept as markup: files of fragments, each headed by a line ``==== name``.

``[[name]]`` is filled when the fragment is used, ``[[!name]]`` is a noise token that the server fills for each answer.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "templates"
HEAD = re.compile(r"^==== (\w+)\n", re.M)
MARK = re.compile(r"\[\[(\w+)\]\]")
NOISE = re.compile(r"\[\[!(\w+)\]\]")


class Template:
    """One fragment, cut at its marks once."""

    def __init__(self, text: str) -> None:
        self._pieces = MARK.split(NOISE.sub("\x02\\1\x02", text))

    def fill(self, **values: str) -> str:
        """The fragment with its marks filled; every mark needs a value (KeyError), values are HTML already."""
        pieces = self._pieces.copy()
        pieces[1::2] = [values[name] for name in pieces[1::2]]
        return "".join(pieces)


@cache
def fragments(name: str) -> dict[str, Template]:
    """The fragments of one file by name."""
    parts = HEAD.split((FOLDER / f"{name}.html").read_text("utf-8"))
    return {key: Template(text.removesuffix("\n")) for key, text in zip(parts[1::2], parts[2::2], strict=True)}
