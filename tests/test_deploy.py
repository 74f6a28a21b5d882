"""The files under deploy/: they name what exists, start the site with options it takes, and give no rights away."""

from __future__ import annotations

import json
import re
import shlex

import click
import yaml

from crawler.cli import cli
from tests.replica import ROOT

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
SERVICE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]["reading-room"]


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", joined, re.M)


def parsed(words: list[str]) -> dict[str, object]:
    """The options a command line gives to the verb, read by the verb itself."""
    command = cli.commands[words[0]]
    return command.make_context(words[0], words[1:], parent=click.Context(cli)).params


def test_both_start_the_site_with_options_it_takes() -> None:
    assert instructions("ENTRYPOINT") == ['["portal-archive"]']
    image = parsed(json.loads(instructions("CMD")[-1]))
    compose = parsed(
        [str(word).replace("${PUBLIC_URL:-http://127.0.0.1:8001/}", "https://x.vn/") for word in SERVICE["command"]]
    )
    assert image["sql"] is compose["sql"] is False
    assert image["archive_path"] == compose["archive_path"]
    assert compose["public_url"] == "https://x.vn/"


def test_what_is_copied_exists_and_is_not_left_out_of_the_context() -> None:
    allowed = [
        line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    for line in instructions("COPY"):
        if not line.startswith("--from="):
            for source in shlex.split(line)[:-1]:
                assert (ROOT / source).exists(), source
                assert source in allowed, source


def test_the_locked_versions_are_those_that_are_tested() -> None:
    def versions(path: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / path).read_text(), re.M))

    assert versions("deploy/requirements.txt") <= versions("constraints.txt")
    lines = (DEPLOY / "requirements.txt").read_text().splitlines()
    assert sum("--hash=sha256:" in line for line in lines) > len(versions("deploy/requirements.txt"))
    assert not any(name in "\n".join(lines) for name in ("pytest==", "mypy==", "ruff=="))


def test_the_container_has_no_rights() -> None:
    assert instructions("USER") == ["reader"]
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert SERVICE["security_opt"] == ["no-new-privileges:true"]
    assert SERVICE["mem_limit"]
    assert SERVICE["pids_limit"]
    assert [volume["read_only"] for volume in SERVICE["volumes"]] == [True]
    assert all(port.startswith("127.0.0.1:") for port in SERVICE["ports"]), "only the machine's own proxy reaches it"
