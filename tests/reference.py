"""The generated parts of the documents: `make docs` writes them, tests/test_docs.py holds them to the code."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import crawler.profile
from crawler.cli import PROGRAM, cli
from crawler.profile import SiteProfile

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
WIDTH = 100
BEGIN, END = "<!-- commands: begin (tests/test_docs.py) -->", "<!-- commands: end -->"


# --- the command line -------------------------------------------------------------------------------------------------


def commands(command: click.Command = cli, path: tuple[str, ...] = (PROGRAM,)) -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, groups before their verbs."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from commands(command.commands[name], (*path, name))


def help_text(name: str, command: click.Command) -> str:
    """What ``NAME --help`` prints on a terminal of ``WIDTH`` columns."""
    parent: click.Context | None = None
    words = name.split(" ")
    node: click.Command = cli
    for index, word in enumerate(words):
        if index:
            assert isinstance(node, click.Group)
            node = node.commands[word]
        parent = click.Context(node, parent=parent, info_name=word, terminal_width=WIDTH, max_content_width=WIDTH)
    assert parent is not None
    assert node is command
    return command.get_help(parent)


def cli_page() -> str:
    """docs/cli.md: every verb's help."""
    parts = ["# The command line\n", "Written by `make docs` from `--help`; do not edit.\n"]
    for name, command in commands():
        level = min(4, 2 + name.count(" "))
        parts.append(f"{'#' * level} {name}\n\n```\n{help_text(name, command)}\n```\n")
    return "\n".join(parts)


def command_table() -> str:
    """README's table of verbs, one line each."""
    lines = ["| command | what it does |", "| --- | --- |"]
    for name, command in commands():
        if isinstance(command, click.Group):
            continue
        lines.append(f"| `{name}` | {command.get_short_help_str(limit=200).rstrip('.')} |")
    return "\n".join(lines)


def with_commands(text: str) -> str:
    """A readme with the table of verbs between its two marks."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{command_table()}\n{END}{rest.split(END)[1]}"


# --- profile sheets ---------------------------------------------------------------------------------------------------


def field_docs(kind: type) -> dict[str, str]:
    """Field name -> the docstring that follows it in the source."""
    tree = ast.parse(inspect.getsource(crawler.profile))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__)
    found: dict[str, str] = {}
    for node, following in itertools.pairwise(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(following, ast.Expr):
            assert isinstance(following.value, ast.Constant)
            found[node.target.id] = inspect.cleandoc(str(following.value.value)).replace("``", "`")
    return found


def type_words(hint: Any) -> str:
    """A key's type as a person who writes TOML would say it."""
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint in plain:
        return plain[hint]
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in args)
    if origin is tuple:
        if args[-1] is Ellipsis:
            return f"list of {type_words(args[0])}"
        return f"pair ({', '.join(type_words(a) for a in args)})"
    if origin is dict:
        return f"table of {type_words(args[1])}"
    if args:
        return type_words(next(a for a in args if a is not type(None)))
    return "date" if getattr(hint, "__name__", "") == "date" else "table"


def tables(
    kind: type, prefix: str = "", brackets: str = "{}"
) -> Iterator[tuple[str, type, list[tuple[str, Any, Any]]]]:
    """Every table of a sheet: heading, dataclass, and (key, type hint, default) of its plain keys."""
    hints = typing.get_type_hints(kind)
    plain, below = [], []
    for spec in dataclasses.fields(kind):
        hint = hints[spec.name]
        args = typing.get_args(hint)
        if dataclasses.is_dataclass(hint):
            below.append((f"[{prefix}{spec.name}]", hint, f"{prefix}{spec.name}."))
        elif typing.get_origin(hint) is tuple and dataclasses.is_dataclass(args[0]):
            below.append((f"[[{prefix}{spec.name}]]", args[0], f"{prefix}{spec.name}."))
        elif spec.name != "digest":
            default = spec.default_factory() if callable(spec.default_factory) else spec.default
            plain.append((spec.name, hint, default))
    yield brackets.format(prefix), kind, plain
    for heading, inner, inner_prefix in below:
        yield from tables(typing.cast(type, inner), inner_prefix, heading.replace("{", "{{"))


def default_words(value: Any) -> str:
    """A default as TOML, or that there is none."""
    if value is dataclasses.MISSING:
        return "required"
    if value in ("", (), {}, None):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value!r}`".replace("'", '"')


PROFILES_HEAD = """# Profile sheets

Written by `make docs` from `crawler/profile.py`; do not edit.

A sheet is a TOML file that says what is known of a portal. `extends = "NAME"` builds on another sheet: tables merge key
by key, lists and single values replace. A key that is not named here is an error. `portal-archive profile check FILE`
checks a sheet, `portal-archive profile show FILE` prints every key with the value in force.
"""


def profiles_page() -> str:
    """docs/profiles.md: every key of a sheet, its type, default and meaning."""
    parts = [PROFILES_HEAD]
    for heading, kind, keys in tables(SiteProfile, brackets="Top of the sheet"):
        docs = field_docs(kind)
        about = "" if kind is SiteProfile else f"{inspect.cleandoc(kind.__doc__ or '').replace('``', '`')}\n\n"
        rows = [
            f"| `{key}` | {type_words(hint)} | {default_words(default)} | {cell(docs.get(key, ''))} |"
            for key, hint, default in keys
        ]
        table = "\n".join(["| key | type | default | meaning |", "| --- | --- | --- | --- |", *rows])
        parts.append(f"## {heading if kind is SiteProfile else f'`{heading}`'}\n\n{about}{table}\n")
    return "\n".join(parts)


def cell(text: str) -> str:
    """Text fit for one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def pages() -> dict[Path, str]:
    """Every generated file with the text it should hold."""
    found = {DOCS / "cli.md": cli_page(), DOCS / "profiles.md": profiles_page()}
    for readme in ("README.md", "README.vi.md"):
        found[ROOT / readme] = with_commands((ROOT / readme).read_text("utf-8"))
    return found


if __name__ == "__main__":
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
