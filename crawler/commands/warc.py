"""Verbs about WARC files: make one of saved pages, check what one holds."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from archive.errors import WarcError
from archive.warc import BadRecord, Saved, pack, read_captures
from crawler.commands.options import DayType, json_option, print_json
from crawler.sources.saved import noted_address, stated_address

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def warc() -> None:
    """WARC files: pack saved pages into one, check one.

    What a crawl fetched stands in the archive's warc folder, one gzip member a record, readable by any WARC tool.
    """


@warc.command("pack")
@click.argument("pages", nargs=-1, required=True, type=FILE)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder the file is written to. [default: here]",
)
@click.option("--name", default="packed", show_default=True, help="What the file's name begins with.")
@click.option("--url", help="Address of the page, when there is one page.")
@click.option("--urls", type=FILE, metavar="MAP.TSV", help="File name and address in each line, a tab between them.")
@click.option("--date", "saved_on", type=DayType(), help="Day the pages were saved. [default: each file's own time]")
@json_option
def pack_pages(
    pages: tuple[Path, ...],
    out: Path,
    name: str,
    url: str | None,
    urls: Path | None,
    saved_on: date | None,
    as_json: bool,
) -> None:
    """Pack saved pages into a WARC file, so that they go through the archive like any capture.

    A page's address is taken from --url or --urls, else from the note beside it (page.gold.json, page.json: "url"),
    else from the page itself: the comment a browser leaves when it saves, or the canonical link.

    \b
    Examples:
      portal-archive warc pack --out saved pages/*.html
      portal-archive ingest warc saved/*.warc.gz --profile sharepoint
    """
    if url and len(pages) > 1:
        raise click.UsageError(f"--url names one address, but there are {len(pages)} pages; use --urls MAP.TSV")
    known = {pages[0].name: url} if url else _map(urls) if urls else {}
    saved = [Saved(path=page, url=_address(page, known), saved_at=_saved_at(page, saved_on)) for page in pages]
    places = pack(saved, out, prefix=name, software="portal-archive", now=datetime.now(UTC))
    written = sorted({str(out / place.filename) for place in places})
    if as_json:
        print_json({"files": written, "pages": [{"file": str(s.path), "url": s.url} for s in saved]})
        return
    for path in written:
        click.echo(path)


@warc.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@json_option
def check(files: tuple[Path, ...], as_json: bool) -> int:
    """Read every record, compare payloads with their digests; exit with 1 when a record is bad.

    \b
    Example:
      portal-archive warc check data/warc/*.warc.gz
    """
    found = [_checked(path) for path in files]
    if as_json:
        print_json(found)
    else:
        for one in found:
            click.echo(f"{one['file']}: {one['captures']} captures, {len(one['bad'])} bad records")
            for line in one["bad"]:
                click.echo(f"  {line}")
    return 1 if any(one["bad"] for one in found) else 0


def _checked(path: Path) -> dict[str, Any]:
    bad: list[str] = []
    counts: Counter[str] = Counter()
    for record in read_captures(path, verify=True):
        if isinstance(record, BadRecord):
            bad.append(str(record))
        else:
            counts[str(record.status)] += 1
    return {"file": str(path), "captures": counts.total(), "statuses": dict(sorted(counts.items())), "bad": bad}


def _map(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.reader(lines, delimiter="\t") if row]
    if short := next((row for row in rows if len(row) < 2), None):
        raise WarcError(f"{path}: {short[0]!r} has no address; write file name, tab, address in each line")
    return {Path(row[0]).name: row[1].strip() for row in rows}


def _address(page: Path, known: Mapping[str, str]) -> str:
    address = known.get(page.name) or noted_address(page)
    if address is None:
        address = stated_address(page.read_bytes())
    if address is None:
        raise WarcError(f"{page} does not say its address; give it with --url or --urls")
    return address


def _saved_at(page: Path, saved_on: date | None) -> datetime:
    if saved_on is not None:
        return datetime(saved_on.year, saved_on.month, saved_on.day, tzinfo=UTC)
    return datetime.fromtimestamp(int(page.stat().st_mtime), UTC)
