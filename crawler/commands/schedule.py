"""The verb that writes timers."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import click

from crawler.commands.options import archive_option
from crawler.errors import CrawlError
from crawler.schedule import KINDS, Plan, plan_name
from crawler.sheets import find


@click.group()
def schedule() -> None:
    """Timers for updates: systemd, cron, compose, GitHub Actions."""


@schedule.command("print")
@click.argument("kind", type=click.Choice(list(KINDS)))
@archive_option
@click.option("--profile", default="bac-kan", show_default=True, metavar="NAME|FILE", help="The portal's profile.")
@click.option("--at", default="02:30", show_default=True, metavar="HH:MM", help="When it starts, Vietnamese time.")
@click.option("--splay", type=click.IntRange(min=0), default=30, show_default=True, help="Random delay, minutes.")
@click.option("--minutes", type=click.IntRange(min=1), default=300, show_default=True, help="What one update may take.")
@click.option("--user", default="", metavar="NAME", help="Who runs it, for units of the whole system.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write the files into this folder instead."
)
def print_schedule(
    kind: str, archive_path: Path, profile: str, at: str, splay: int, minutes: int, user: str, out: Path | None
) -> None:
    """Print a timer with the paths of this installation, or write its files.

    \b
    Examples:
      portal-archive schedule print cron --at 03:15
      portal-archive schedule print systemd --user archive --out /etc/systemd/system
    """
    time = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", at)
    if not time:
        raise click.UsageError(f"--at {at!r} is no time; write it like 02:30")
    sheet = find(profile)
    named = str(sheet.absolute()) if profile.endswith(".toml") else profile
    plan = Plan(
        program=_program(),
        folder=Path.cwd(),
        archive=archive_path.absolute(),
        profile=named,
        name=plan_name(profile),
        hour=int(time[1]),
        minute=int(time[2]),
        splay=splay,
        minutes=minutes,
        user=user,
    )
    files = KINDS[kind](plan)
    if out is None:
        click.echo(
            "\n".join(f"# --- {name}\n{text}" if len(files) > 1 else text for name, text in files.items()), nl=False
        )
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (out / name).write_text(text, "utf-8")
            click.echo(f"wrote {out / name}")
    except OSError as error:
        raise CrawlError(f"cannot write into {out}: {error.strerror}") from error


def _program() -> tuple[str, ...]:
    """How this very installation is started from anywhere."""
    beside = Path(sys.executable).parent / "portal-archive"
    found = str(beside) if beside.exists() else shutil.which("portal-archive")
    return (found,) if found else (sys.executable, "-m", "crawler")
