"""Lone surrogates taken out of values: a page can write them as character references, no database can hold them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

_Value = TypeVar("_Value")


def scrubbed(value: _Value) -> _Value:
    """The value with every string in it, however deep, free of lone surrogates; each becomes a question mark.

    >>> scrubbed(("tin \\ud83d t\\u1ee9c", 1))
    ('tin ? tức', 1)
    """
    return _scrub(value)  # type: ignore[no-any-return]


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, tuple):
        return tuple(_scrub(item) for item in value)
    if isinstance(value, Mapping):
        return {_scrub(key): _scrub(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {
            f.name: _scrub(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init and f.name != "kind"
        }
        return dataclasses.replace(value, **changes)
    return value
