"""TOML sheets read into frozen values: found by name, merged with the sheets they build on, checked key by key."""

from __future__ import annotations

import dataclasses
import re
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, Literal

from crawler.errors import ProfileError

PROFILES = Path(__file__).parent / "profiles"

#: The one list that is laid over, not replaced: what is known of other templates stays true.
LAYOUTS = "layout"


def names() -> list[str]:
    """Names of the profiles that come with the project."""
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def find(name_or_path: str | Path) -> Path:
    """The sheet of that name among the project's, or the file itself; ProfileError when there is none."""
    text = str(name_or_path)
    path = Path(text)
    if path.suffix == ".toml":
        if not path.is_file():
            raise ProfileError(f"profile sheet {text} does not exist; name one of {', '.join(names())} or a .toml file")
        return path
    known = PROFILES / f"{text}.toml"
    if not re.fullmatch(r"[\w.-]+", text) or not known.is_file():
        known_names = ", ".join(names())
        raise ProfileError(f"unknown profile {text!r}; known are {known_names}, or give the path of a .toml file")
    return known


def merged(path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The sheet laid over those it extends; ProfileError for a circle or a file that is no TOML."""
    place = path.resolve()
    if place in seen:
        raise ProfileError(f"{path.name}: extends itself; remove the circle")
    try:
        sheet = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProfileError(f"{path.name}: not a TOML sheet: {error}") from error
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}") from error
    base = sheet.pop("extends", None)
    if base is None:
        return sheet
    if not isinstance(base, str):
        raise ProfileError(f"{path.name}: extends must be the name of a profile")
    sibling = path.parent / base
    parent = sibling if base.endswith(".toml") and sibling.is_file() else find(base)
    below = merged(parent, (*seen, place))
    below.pop("name", None)  # a portal's name is its own: two sheets must not share one history
    return _overlay(below, sheet)


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _overlay(old, value)
        else:
            merged[key] = _followed(value, old) if key == LAYOUTS else value
    return merged


def _followed(above: Any, below: Any) -> Any:
    """A sheet's own layouts, then those of the sheet it builds on whose names it does not use itself."""
    if not (isinstance(above, list) and isinstance(below, list)):
        return above
    own = {layout.get("name") for layout in above if isinstance(layout, dict)}
    return above + [layout for layout in below if isinstance(layout, dict) and layout.get("name") not in own]


def build(kind: type, sheet: dict[str, Any], where: str, prefix: str = "") -> object:
    """A dataclass filled from a table. ProfileError names an unknown key with those known, or a value of wrong type."""
    hints = typing.get_type_hints(kind)
    fields = {f.name for f in dataclasses.fields(kind)}
    for key in sheet:
        if key not in fields or (prefix and key == "digest"):
            known = ", ".join(sorted(fields - {"digest"}))
            raise ProfileError(f"{where}: unknown key {prefix}{key}; known here: {known}")
    values = {key: _value(hints[key], value, where, f"{prefix}{key}") for key, value in sheet.items()}
    try:
        return kind(**values)
    except TypeError as error:
        needed = (f.name for f in dataclasses.fields(kind) if f.default is f.default_factory is dataclasses.MISSING)
        missing = ", ".join(name for name in needed if name not in values)
        raise ProfileError(f"{where}: {prefix.rstrip('.') or 'sheet'} lacks {missing}") from error


def _value(hint: Any, value: Any, where: str, key: str) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, dict):
            return build(hint, value, where, f"{key}.")
    elif origin is tuple and isinstance(value, list):
        inner = args[0]
        if args[-1] is Ellipsis:
            return tuple(_value(inner, item, where, f"{key}[{n}]") for n, item in enumerate(value))
        if len(value) == len(args):
            return tuple(_value(a, item, where, key) for a, item in zip(args, value, strict=True))
    elif origin is dict and isinstance(value, dict):
        return {str(k): _value(args[1], v, where, f"{key}.{k}") for k, v in value.items()}
    elif origin is Literal:
        if value in args:
            return value
        raise ProfileError(f"{where}: {key} must be one of {', '.join(map(str, args))}, not {value!r}")
    elif origin in (types.UnionType, typing.Union):
        return _value(next(a for a in args if a is not type(None)), value, where, key)
    elif hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif isinstance(hint, type) and type(value) is hint:
        return value
    raise ProfileError(f"{where}: {key} has the wrong type: {value!r}")
