"""The verb that writes a profile sheet from captured pages."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from archive.models import Capture
from archive.warc import BadRecord
from crawler.commands.options import json_option, print_json
from crawler.errors import ProfileError
from crawler.learn import LEAST, Learned, learn
from crawler.learn.host import HostFound
from crawler.profile import load
from crawler.sources.kept import kept_captures, warc_files


@click.command("learn")
@click.option(
    "--from",
    "sources",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    required=True,
    metavar="ARCHIVE|WARC",
    help="An archive's SQLite file, a WARC file, or a folder of WARC files; may be given several times.",
)
@click.option("--host", metavar="HOST", help="Learn of this host alone. [default: all that are captured]")
@click.option(
    "--base", default="sharepoint", show_default=True, metavar="NAME|FILE", help="The profile the sheet builds on."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File the sheet is written to. [default: standard output]",
)
@click.option(
    "--least",
    type=click.IntRange(min=3),
    default=LEAST,
    show_default=True,
    help="Articles a page family must have for rules of its own.",
)
@click.option("--force", is_flag=True, help="Write over a sheet that is there already.")
@json_option
def learn_profile(
    sources: tuple[Path, ...], host: str | None, base: str, output: Path | None, least: int, force: bool, as_json: bool
) -> None:
    """Learn a portal's sheet from its captured pages.

    The pages of a host are compared: what repeats is the portal's dress, what varies is text. The sheet names the
    container of each page family's text, where title, date, lead, byline and source stand, and what is dropped, with
    the share of pages each rule explains and examples as comments. A rule is kept only where reading the same pages
    with it loses nothing. The same captures give the same sheet, to the byte.

    \b
    Examples:
      portal-archive profile learn --from data/archive.db -o my-portal.toml
      portal-archive profile learn --from old-crawl.warc.gz --host sotuphap.backan.gov.vn
      portal-archive profile check my-portal.toml
    """
    if output is not None and output.exists() and not force:
        raise ProfileError(f"{output} is there already; name another file, or write over it with --force")
    if as_json and output is None:
        raise click.UsageError("--json prints figures; name a file for the sheet with --output")
    site = load(base)
    files = [file for source in sources for file in warc_files(source)]
    bad: list[str] = []
    with _shown() as shown:
        learned = learn(
            _read(files, bad, shown),
            site,
            host=host,
            name=re.sub(r"[^\w.-]+", "-", output.stem if output else host or "learned"),
            extends=_extends(base, output),
            least=least,
            progress=lambda done, whole: shown("comparing pages", done, whole),
        )
    if output is None:
        click.echo(learned.text, nl=False)
    else:
        output.write_text(learned.text, encoding="utf-8")
    _tell(learned, output, bad, as_json)


_Shown = Callable[[str, int, int], None]


def _read(files: list[Path], bad: list[str], shown: _Shown) -> Iterator[Capture]:
    """The captures of these files; records that cannot be read go to ``bad``."""
    whole, before = sum(file.stat().st_size for file in files), 0
    for file in files:
        for record in kept_captures([file]):
            if isinstance(record, BadRecord):
                bad.append(str(record))
                continue
            shown("reading WARC bytes", before + (record.offset or 0), whole)
            yield record
        before += file.stat().st_size


@contextmanager
def _shown() -> Iterator[_Shown]:
    """Shows how far each step is: a bar on a terminal, a line when it begins elsewhere."""
    screen = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        tasks = {}

        def show(step: str, done: int, whole: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=whole)
                if not screen.is_terminal:
                    click.echo(f"{step}: {whole:,}", err=True)
            bar.update(tasks[step], completed=done)

        yield show


def _extends(base: str, output: Path | None) -> str:
    """How the sheet calls its base: a name as it is, a file as seen from where the sheet will stand."""
    if not base.endswith(".toml"):
        return base
    return Path(os.path.relpath(base, output.parent if output else Path.cwd())).as_posix()


def _tell(learned: Learned, output: Path | None, bad: list[str], as_json: bool) -> None:
    """The figures; beside a sheet on standard output they go to standard error."""
    if as_json:
        hosts = [_figures(host) for host in learned.hosts]
        told = {"sheet": str(output), "layouts": learned.layouts, "hosts": hosts}
        print_json({**told, "left_out": learned.left_out, "bad": bad})
        return
    aside = output is None
    for host in learned.hosts:
        read = sum(len(layout.pages) for layout in host.layouts)
        click.echo(
            f"{host.host}: {host.sampled:,} of {host.seen:,} pages compared, {host.articles:,} articles,"
            f" {read:,} of them read by {len(host.layouts)} layouts",
            err=aside,
        )
    if learned.left_out:
        click.echo(f"no room for {', '.join(learned.left_out)}; learn of each with --host", err=True)
    if bad:
        click.echo(f"{len(bad):,} bad records passed over, first {bad[0]}", err=True)
    if output is not None:
        click.echo(f"{output}: {learned.layouts} layouts; look it through, then: portal-archive profile check {output}")


def _figures(host: HostFound) -> dict[str, object]:
    return {
        "host": host.host,
        "seen": host.seen,
        "compared": host.sampled,
        "articles": host.articles,
        "families": [
            {
                "pages": family.pages,
                "outcomes": dict(sorted(family.outcomes.items())),
                "layouts": [layout.layout.name for layout in family.layouts],
                "inherited": family.inherited,
            }
            for family in host.families
        ],
    }
