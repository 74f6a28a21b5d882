"""The verb that makes a database anew from WARC files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from crawler.commands.options import json_option, print_json, profile_option
from crawler.profile import SiteProfile
from crawler.rebuild import Built
from crawler.rebuild import rebuild as made_anew

#: Seconds between two lines where there is no terminal.
LINE = 30.0


@click.command()
@click.argument("new", metavar="NEW.db", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The warc folder of an archive.",
)
@profile_option
@click.option("--copy", is_flag=True, help="Copy WARC files that stand elsewhere; by default they are hard-linked.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that read pages. [default: one a core]")
@click.option("--quiet", "-q", is_flag=True, help="No progress display and no summary; errors still show.")
@json_option
def rebuild(
    new: Path, folder: Path, site: SiteProfile, copy: bool, workers: int | None, quiet: bool, as_json: bool
) -> int:
    """Make a database anew from WARC files alone.

    It holds the same articles, versions, absences and links as the runs left that wrote the files, read by today's
    extractor. WARC files that stand elsewhere are brought beside the new database. An archive that exists is never
    written over; after an interruption the same command goes on. What waits to be visited is not in WARC files: the
    next crawl finds it again.

    \b
    Examples:
      portal-archive rebuild data/new.db --from data/warc --profile bac-kan
      portal-archive rebuild saved/archive.db --from /backup/warc --copy
    """
    count = workers or len(os.sched_getaffinity(0))
    with _display(quiet or as_json) as told:
        built = made_anew(folder, new, site, way="copy" if copy else "link", workers=count, told=told)
    if as_json:
        print_json(built)
    elif not quiet:
        _tell(new, built)
    return 0


def _tell(new: Path, built: Built) -> None:
    click.echo(f"{new}: {built.articles:,} articles of {built.captures:,} captures, {built.runs:,} runs")
    for label, lines in (("bad records", built.bad), ("files of other portals left out", built.skipped)):
        if lines:
            click.echo(f"  {len(lines):,} {label}: {lines[0]}{' …' if len(lines) > 1 else ''}")


@contextmanager
def _display(hidden: bool) -> Iterator[Callable[[int, int, int], None]]:
    """A bar in bytes on a terminal, a line every half minute elsewhere."""
    screen = Console(stderr=True)
    if hidden or not screen.is_terminal:
        yield _lines() if not hidden else lambda done, whole, captures: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("reading WARC files")

        def told(done: int, whole: int, captures: int) -> None:
            bar.update(task, completed=done, total=whole, description=f"{captures:,} captures")

        yield told


def _lines() -> Callable[[int, int, int], None]:
    latest = monotonic()

    def told(done: int, whole: int, captures: int) -> None:
        nonlocal latest
        if monotonic() - latest >= LINE:
            latest = monotonic()
            print(f"{captures:,} captures, {done / max(1, whole):.0%} of the files read", file=sys.stderr, flush=True)

    return told
