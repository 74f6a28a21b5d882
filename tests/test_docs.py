"""The documents say what the code does: generated pages are fresh, named commands exist, nothing is left out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from archive.errors import ArchiveError
from crawler.cli import cli
from crawler.profile import SiteProfile
from tests.reference import ROOT, VIETNAMESE, commands, field_docs, pages, tables, verbs

READMES = ("README.md", "README.vi.md")


@pytest.mark.parametrize("path", list(pages()), ids=lambda path: path.name)
def test_generated_pages_are_fresh(path: Path) -> None:
    assert path.read_text("utf-8") == pages()[path], f"run `make docs` to write {path.name} anew"


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=[name for name, _ in commands()])
def test_every_command_teaches(name: str, command: click.Command) -> None:
    assert command.help, name
    assert command.help.strip().splitlines()[0].endswith("."), f"{name}: the first line is the table's"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts[0]} has no help"


def test_the_vietnamese_table_names_every_verb_and_no_other() -> None:
    assert set(VIETNAMESE) == {name for name, _ in verbs()}


def test_every_profile_key_is_explained() -> None:
    bare = [
        f"{heading} {key}"
        for heading, kind, keys in tables(SiteProfile)
        for key, _, _ in keys
        if not field_docs(kind).get(key)
    ]
    assert bare == []


def lines_of_code(text: str) -> list[str]:
    return [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines() if line]


@pytest.mark.parametrize("readme", READMES)
def test_commands_in_the_readme_exist(readme: str) -> None:
    """Every verb named exists, and every example's options are ones the verb takes."""
    lines = [line for line in lines_of_code((ROOT / readme).read_text("utf-8")) if line.startswith("portal-archive ")]
    assert lines
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        command: click.Command = cli
        while isinstance(command, click.Group):
            assert words[0] in command.commands, line
            command = command.commands[words.pop(0)]
        options = {opt for p in command.params for opt in (*p.opts, *p.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= options, line


@pytest.mark.parametrize("readme", READMES)
def test_make_targets_in_the_readme_exist(readme: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    code = re.findall(r"`[^`\n]+`|^make .*$", (ROOT / readme).read_text("utf-8"), re.M)
    named = set(re.findall(r"\bmake ([a-z]+)\b", " ".join(code)))
    assert {"demo", "test"} <= named
    for target in named:
        assert re.search(rf"^(?:[a-z ]+ )?{target}(?: [a-z ]+)?:", makefile, re.M), target


@pytest.mark.parametrize("readme", READMES)
def test_links_in_the_readme_lead_somewhere(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (ROOT / target).exists(), target


def test_both_readmes_tell_the_same() -> None:
    """The twins have the same sections, code and tables of names."""

    def shape(readme: str) -> tuple[list[str], list[str], list[str]]:
        text = (ROOT / readme).read_text("utf-8")
        levels = re.findall(r"^(#+) ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M)
        code = [line.partition("#")[0].rstrip() for line in lines_of_code(text)]
        return levels, code, re.findall(r"^\| (`[^|]+`(?:, `[^|]+`)*|\d+) \|", text, re.M)

    assert shape("README.md") == shape("README.vi.md")


def test_the_exit_codes_are_those_of_the_errors() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.M)}

    def below(kind: type[ArchiveError]) -> set[int]:
        return {kind.exit_code}.union(*(below(child) for child in kind.__subclasses__()))

    assert below(ArchiveError) <= codes
