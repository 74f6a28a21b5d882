"""What several verbs share: the options for archive, profile and JSON, and how tables and values are printed."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.profile import SiteProfile, load

DEFAULT_ARCHIVE = Path("data/archive.db")
DEFAULT_PROFILE = "bac-kan"

F = TypeVar("F", bound=Callable[..., Any])


class ProfileType(click.ParamType[SiteProfile]):
    """A profile by name, or the path of a sheet."""

    name = "profile"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> SiteProfile:
        return value if isinstance(value, SiteProfile) else load(value)


class DayType(click.ParamType[date]):
    """A day as ``2022-01-14``, or a month or year for its first day."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        parts = str(value).split("-")
        try:
            return date.fromisoformat("-".join([*parts, "01", "01"][:3]))
        except ValueError:
            self.fail(f"{value!r} is no date; write 2022-01-14, 2022-01 or 2022", param, ctx)


class SizeType(click.ParamType[int]):
    """A number of bytes as ``500MB``, ``2 GB``, ``1.5GiB`` or plain ``1000000``."""

    name = "size"
    _UNITS: ClassVar[dict[str, int]] = {
        "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30,
    }  # fmt: skip

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", str(value).strip().lower())
        if not found or found[2] not in self._UNITS or float(found[1]) <= 0:
            self.fail(f"{value!r} is no size; write it like 500MB or 2GB", param, ctx)
        return int(float(found[1]) * self._UNITS[found[2]])


def archive_option(command: F) -> F:
    """``--archive``, given on as ``archive_path``."""
    return click.option(
        "--archive",
        "archive_path",
        type=click.Path(path_type=Path, dir_okay=False),
        default=DEFAULT_ARCHIVE,
        envvar="PORTAL_ARCHIVE",
        show_default=True,
        show_envvar=True,
        help="The archive's SQLite file; its WARC files stand beside it.",
    )(command)


def profile_option(command: F) -> F:
    """``--profile``, given on as a loaded ``SiteProfile``."""
    return click.option(
        "--profile",
        "site",
        type=ProfileType(),
        default=DEFAULT_PROFILE,
        show_default=True,
        metavar="NAME|FILE",
        help="What is known of the portal: a profile's name (see 'profile list') or the path of a .toml sheet.",
    )(command)


def profiles_option(command: F) -> F:
    """``--profile``, given any number of times, given on as loaded ``sites``."""
    return click.option(
        "--profile",
        "sites",
        type=ProfileType(),
        multiple=True,
        default=(DEFAULT_PROFILE,),
        show_default=True,
        metavar="NAME|FILE",
        help="The sheets the archive was read with: name or path of a .toml file; may be given several times.",
    )(command)


def json_option(command: F) -> F:
    """``--json``, given on as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def console() -> Console:
    """Standard output; wide where it is no terminal, so that a row stays a line that can be cut and counted."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=2000)


def print_json(value: Any) -> None:
    """The value as indented JSON with Vietnamese letters as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    return str(value)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> None:
    """Rows under their column names; numbers to the right. Text of the archive is never read as markup."""
    rows = [tuple(row) for row in rows]
    table = Table(title=title, box=None, pad_edge=False, title_justify="left", header_style="bold")
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int | float | None) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    console().print(table)
