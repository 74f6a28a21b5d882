"""The verbs that take in files others kept: ``ingest warc``, ``ingest wacz`` and ``ingest wet``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from archive.errors import WarcError
from archive.warc import adopt, is_wacz, read_captures, unpack
from archive.warc.adopt import IMPORTED
from crawler.commands.options import F, archive_option, json_option, print_json, profile_option
from crawler.intake import Intake, Tally, opened
from crawler.profile import SiteProfile
from crawler.sources.download import download
from crawler.sources.paths import is_address, named_files
from crawler.sources.warc import warc_captures

#: Bytes up to which files are read on the spot: starting other processes would take longer.
SMALL = 2_000_000

Advance = Callable[[int], None]


def _taking_options(command: F) -> F:
    options = (
        click.argument("paths", nargs=-1, required=True, metavar="PATH..."),
        archive_option,
        profile_option,
        click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Reading processes."),
        click.option("--quiet", "-q", is_flag=True, help="No progress display and no summary; errors still show."),
        json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("warc")
@_taking_options
def ingest_warc(
    paths: tuple[str, ...], archive_path: Path, site: SiteProfile, workers: int, quiet: bool, as_json: bool
) -> int:
    """Take in WARC or ARC files, gzipped or not; WACZ and WET files too.

    PATH is a file, a folder, a pattern or a web address. Each file is copied below the archive's warc folder, so that
    every row of captures points to a file that is there; another file of the same name gets its digest into the name.
    Taking a file in again changes nothing, and after an interruption the same command goes on. Bad records are counted
    and named, and cost no others.

    \b
    Examples:
      portal-archive ingest warc old-crawl.warc.gz --profile bac-kan
      portal-archive ingest warc saved/ 'more/*.wacz' --profile sharepoint
      portal-archive ingest warc https://example.org/crawl.warc.gz
    """
    return _take(paths, archive_path, site, workers, quiet, as_json)


@click.command("wacz")
@_taking_options
def ingest_wacz(
    paths: tuple[str, ...], archive_path: Path, site: SiteProfile, workers: int, quiet: bool, as_json: bool
) -> int:
    """Take in WACZ files: the WARC files in them, as 'ingest warc' does.

    A file in them that differs from its stated digest is told and taken in; its records have digests of their own.

    \b
    Example:
      portal-archive ingest wacz portal-2019.wacz --profile bac-kan
    """
    return _take(paths, archive_path, site, workers, quiet, as_json)


@click.command("wet")
@_taking_options
def ingest_wet(
    paths: tuple[str, ...], archive_path: Path, site: SiteProfile, workers: int, quiet: bool, as_json: bool
) -> int:
    """Take in WET files: pages as plain text, without markup. A page's WARC capture tells more; it wins when it comes.

    \b
    Example:
      portal-archive ingest wet CC-MAIN-20190220140532-00017.warc.wet.gz --profile bac-kan
    """
    return _take(paths, archive_path, site, workers, quiet, as_json)


def _take(
    paths: tuple[str, ...], archive_path: Path, site: SiteProfile, workers: int, quiet: bool, as_json: bool
) -> int:
    files = named_files(paths)
    for file in files:
        if not is_wacz(file):
            next(read_captures(file), None)  # raises for what is no WARC file, before anything is written
    with _bar(quiet or as_json) as bar, opened(archive_path, site) as intake:
        imported = intake.archive.warc_folder / IMPORTED
        fetched = [_fetched(address, imported, bar) for address in paths if is_address(address)]
        problems = _take_all(intake, [*files, *fetched], workers, bar)
    tally = intake.tally
    tally.bad[:0] = problems
    if as_json:
        print_json(
            {
                "captures": tally.captures,
                "known": tally.known,
                "outcomes": dict(tally.outcomes.most_common()),
                "articles": dict(tally.articles),
                "bad": tally.bad,
            }
        )
    elif not quiet:
        _tell(tally, archive_path)
    if tally.nothing:
        click.echo(f"portal-archive: error: no capture could be read from {', '.join(paths)}", err=True)
        return 2
    return 0


def _take_all(intake: Intake, files: list[Path], workers: int, bar: Progress | None) -> list[str]:
    """Take the files in; what could not be taken out of WACZ files, one line each."""
    folder = intake.archive.warc_folder
    problems: list[str] = []
    adopted: list[tuple[Path, str]] = []
    for file in files:
        if is_wacz(file):
            unpacked = unpack(file, folder / IMPORTED)
            problems += unpacked.problems
            adopted += [(path, f"{IMPORTED}/{path.name}") for path in unpacked.files]
        else:
            name = adopt(file, folder)
            adopted.append((folder / name, name))
    size = sum(path.stat().st_size for path, _ in adopted)
    advance = _advance(bar, "reading", size)
    if size > SMALL:
        intake.take_files(adopted, workers, advance)
        return problems
    for path, _ in adopted:
        try:
            intake.take(warc_captures(path, folder))
        except WarcError as error:  # out of a WACZ file: its name promised a WARC file
            problems.append(str(error))
        advance(path.stat().st_size)
    return problems


def _fetched(address: str, folder: Path, bar: Progress | None) -> Path:
    if bar is None:
        return download(address, folder)
    task = bar.add_task("fetching", total=None)
    path = download(address, folder, lambda done, whole: bar.update(task, completed=done, total=whole))
    bar.remove_task(task)
    return path


def _advance(bar: Progress | None, step: str, size: int) -> Advance:
    if bar is None:
        return lambda done: None
    task = bar.add_task(step, total=size)
    return lambda done: bar.advance(task, done)


@contextmanager
def _bar(hidden: bool) -> Iterator[Progress | None]:
    """One bar over all files, in bytes; none where nobody would see it."""
    screen = Console(stderr=True)
    if hidden or not screen.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        yield bar


def _tell(tally: Tally, archive_path: Path) -> None:
    outcomes = ", ".join(f"{count:,} {name}" for name, count in tally.outcomes.most_common())
    articles = ", ".join(f"{count:,} {name}" for name, count in tally.articles.items())
    click.echo(f"{archive_path}: {tally.captures:,} new captures, {tally.known:,} known before")
    if outcomes:
        click.echo(f"  outcomes: {outcomes}")
    if articles:
        click.echo(f"  articles: {articles}")
    if tally.bad:
        click.echo(f"  {len(tally.bad):,} bad records:")
        for line in tally.bad[:20]:
            click.echo(f"    {line}")
        if len(tally.bad) > 20:
            click.echo(f"    ... and {len(tally.bad) - 20:,} more (--json names all)")
