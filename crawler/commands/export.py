"""The verb that gives articles away, all of them or those that are asked for."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click
from rich.progress import Progress

from archive.bundle import bundle_wacz, bundle_warc, chosen
from archive.database import open_readonly, warc_folder
from archive.errors import WarcError
from archive.export import ExportError, Record, records, write_csv, write_jsonl, write_parquet, write_whole
from archive.search import STATUSES
from archive.selection import Selection, selection
from crawler.commands.options import archive_option

_ALL = 1 << 62
#: Forms that hold what the portal sent, not what was read from it.
_RAW = ("warc", "wacz")
_WRITERS: dict[str, Any] = {"jsonl": write_jsonl, "csv": write_csv}


@click.command()
@click.argument("form", metavar="jsonl|csv|parquet|warc|wacz", type=click.Choice(["jsonl", "csv", "parquet", *_RAW]))
@click.argument("words", nargs=-1)
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), help="File to write.")
@click.option("--section", metavar="NAME", help="Only this section's articles (its whole path).")
@click.option("--year", metavar="YEAR", help="Only articles of this year.")
@click.option("--month", metavar="MONTH", help="Only articles of this month: 2022-03.")
@click.option("--author", metavar="NAME", help="Only this author's articles.")
@click.option("--status", type=click.Choice(STATUSES), help="Only live, gone, moved or blocked articles.")
@click.option("--type", metavar="NAME", help="Only legal documents of this type, such as 'Quyết định'.")
@click.option("--files", is_flag=True, help="Only articles with attachments.")
@archive_option
def export(
    form: str, words: tuple[str, ...], output: Path | None, archive_path: Path, files: bool, **given: Any
) -> None:
    """Write articles as JSON lines, CSV or Parquet, or their captures as WARC or WACZ: all, or what words select.

    JSON lines hold everything of an article, documents, files and pictures too. CSV is safe to open in a spreadsheet:
    no cell is a formula. Without --output, or with -, JSON lines and CSV go to standard output. A file is replaced only
    when all of it was written. WARC and WACZ hold every capture of the articles, of their files and pictures, as the
    portal sent them; without words and options, every capture there is.

    \b
    Examples:
      portal-archive export jsonl -o articles.jsonl
      portal-archive export csv 'nong thon moi' --year 2021 > found.csv
      portal-archive export wacz --year 2019 -o portal-2019.wacz
      portal-archive export parquet --type 'Quyết định' -o decisions.parquet
    """
    asked = _selected({"q": " ".join(words), "files": "1" if files else "", **given})
    if output is not None and str(output) != "-" and not output.parent.is_dir():
        raise ExportError(f"{output}: the folder {output.parent} does not exist; make it first")
    with open_readonly(archive_path) as conn:
        if form in _RAW:
            _give_away(form, conn, archive_path, asked.ids(conn, _ALL) if asked.params else None, output)
            return
        count = _write(form, _progressing(conn, asked.ids(conn, _ALL)), output)
    click.echo(f"{count:,} articles written{f' to {output}' if output and str(output) != '-' else ''}", err=True)


def _give_away(form: str, conn: sqlite3.Connection, archive: Path, ids: list[int] | None, output: Path | None) -> None:
    if output is None or str(output) == "-":
        raise click.UsageError(f"a {form.upper()} file is no text; name it with --output FILE")
    captures, now = chosen(conn, ids), datetime.now(UTC)
    with Progress(transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("captures", total=len(captures))
        folder = warc_folder(archive)

        def told(number: int) -> None:
            progress.update(task, completed=number)

        if form == "warc":
            done = bundle_warc(captures, folder, output, now, told)
        else:
            done = bundle_wacz(conn, captures, folder, output, now, title=archive.stem, told=told)
    for line in done.lost[:20]:
        click.echo(f"portal-archive: {line}", err=True)
    click.echo(f"{done.captures:,} captures written to {output}", err=True)
    if done.lost:
        raise WarcError(f"{len(done.lost):,} captures could not be read and are not in {output}; run verify")


def _selected(given: dict[str, str | None]) -> Selection:
    """The selection; what an address would pass over in silence is an error here."""
    asked = selection(given)
    for name, value in given.items():
        if value and not getattr(asked, name):
            raise click.UsageError(f"--{name} {value!r} is not understood; write 2022 for a year, 2022-03 for a month")
    return asked


def _write(form: str, found: Iterator[Record], output: Path | None) -> int:
    if output is None or str(output) == "-":
        if form == "parquet":
            raise click.UsageError("a Parquet file is no text; name it with --output FILE")
        return int(_WRITERS[form](found, sys.stdout))
    if form == "parquet":
        return int(write_whole(output, lambda path: write_parquet(found, path)))

    def text(path: Path) -> int:
        with path.open("w", encoding="utf-8", newline="") as file:
            return int(_to(form, found, file))

    return int(write_whole(output, text))


def _to(form: str, found: Iterator[Record], file: IO[str]) -> int:
    return int(_WRITERS[form](found, file))


def _progressing(conn: sqlite3.Connection, ids: list[int]) -> Iterator[Record]:
    """The records, with a bar on a terminal."""
    if not sys.stderr.isatty():
        yield from records(conn, ids)
        return
    with Progress(transient=True) as progress:
        yield from progress.track(records(conn, ids), total=len(ids), description="articles")
