"""Verbs about profile sheets: which there are, whether one is sound, what it says in full."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from crawler.commands.learn import learn_profile
from crawler.commands.lines import learn_lines
from crawler.commands.options import json_option, print_json, print_table
from crawler.layouts import findings
from crawler.profile import SiteProfile, load, names


@click.group()
def profile() -> None:
    """Profile sheets: list them, check one, show what one says, learn one from captured pages or texts.

    A sheet (TOML) holds what is known of a portal: hosts, seeds, layouts, dates, politeness. A new portal needs a
    sheet, not code; docs/profiles.md explains every key.
    """


profile.add_command(learn_profile)
profile.add_command(learn_lines)


@profile.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the profiles that come with the project."""
    sheets = [load(name) for name in names()]
    if as_json:
        print_json([{"name": s.name, "title": s.title, "hosts": s.scope.hosts} for s in sheets])
    else:
        print_table(
            ["name", "portal", "hosts", "layouts"],
            [(s.name, s.title, len(s.scope.hosts), ", ".join(x.name for x in s.layout)) for s in sheets],
        )


@profile.command()
@click.argument("sheet", metavar="NAME|FILE")
def check(sheet: str) -> None:
    """Check a sheet: every key known, every value of its type, every expression sound, every layout of use.

    \b
    Example:
      portal-archive profile check my-portal.toml
    """
    found = load(sheet)
    problems = list(gaps(found))
    for line in problems:
        click.echo(f"note: {line}")
    click.echo(f"{found.name}: sound; {len(found.layout)} layouts, {len(found.scope.hosts)} hosts, {found.digest[:12]}")


@profile.command("show")
@click.argument("sheet", metavar="NAME|FILE")
@json_option
def show_profile(sheet: str, as_json: bool) -> None:
    """Show every key of a sheet with the value in force, inherited and default ones too."""
    found = load(sheet)
    if as_json:
        print_json(found)
        return
    for key, value in flat("", found):
        click.echo(f"{key} = {value!r}")


def gaps(found: SiteProfile) -> Iterator[str]:
    """What a crawl with this sheet would miss, and what its layouts leave in doubt."""
    if not found.discover.seeds:
        yield "discover.seeds is empty: a crawl has nowhere to start"
    if not found.scope.hosts:
        yield "scope.hosts is empty: nothing is in scope"
    if not found.polite.contact:
        yield "polite.contact is empty: the portal's operators cannot reach you"
    yield from findings(found.layout)


def flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """A sheet's keys in dotted form, in the order of docs/profiles.md."""
    for spec in dataclasses.fields(value):
        key, inner = f"{prefix}{spec.name}", getattr(value, spec.name)
        if dataclasses.is_dataclass(inner):
            yield from flat(f"{key}.", inner)
        elif isinstance(inner, tuple) and inner and dataclasses.is_dataclass(inner[0]):
            for number, item in enumerate(inner):
                yield from flat(f"{key}[{number}].", item)
        else:
            yield key, str(inner) if isinstance(inner, Path) else inner
