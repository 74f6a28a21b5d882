"""The verb that writes a profile sheet from text records: the lines that repeat from page to page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click

from archive.errors import ArchiveError
from archive.models import Capture
from crawler.commands.options import json_option, print_json
from crawler.errors import ProfileError
from crawler.extract.decode import decode
from crawler.extract.dom import line_key
from crawler.extract.repeats import LEAST_SHARE, Repeated, repeated_lines
from crawler.extract.textual import is_record
from crawler.profile import SiteProfile, load
from crawler.sources.kept import kept_captures, warc_files


@click.command("lines")
@click.option(
    "--from",
    "sources",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    required=True,
    metavar="ARCHIVE|WET",
    help="An archive's SQLite file, a WET file, or a folder of them; may be given several times.",
)
@click.option("--host", metavar="HOST", help="Learn of this host alone. [default: all that have text records]")
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=LEAST_SHARE,
    show_default=True,
    help="Share of a host's pages a line must stand on.",
)
@click.option(
    "--base", default="sharepoint", show_default=True, metavar="NAME|FILE", help="The profile the sheet builds on."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File the sheet is written to. [default: standard output]",
)
@click.option("--force", is_flag=True, help="Write over a sheet that is there already.")
@json_option
def learn_lines(
    sources: tuple[Path, ...],
    host: str | None,
    share: float,
    base: str,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Learn from text records which lines are a portal's dress.

    Text records (WET files, `ingest text`) show no markup: a greeting bar or a footer is known only because it stands
    at the edge of page after page. The sheet names these lines as boilerplate; give it with --profile when the records
    are taken in.

    \b
    Example:
      portal-archive profile lines --from portal.wet.gz --base bac-kan -o portal-text.toml
      portal-archive ingest warc portal.wet.gz --profile portal-text.toml
    """
    if output is not None and output.exists() and not force:
        raise ProfileError(f"{output} is there already; give --force to write over it")
    found = {name: repeated_lines(texts, least_share=share) for name, texts in sorted(_records(sources, host).items())}
    if not found:
        raise ArchiveError("no text record was found; give a WET file, or an archive that holds some")
    if as_json:
        print_json(found)
        return
    sheet = sheet_of(base, load(base), found)
    if output is None:
        click.echo(sheet, nl=False)
    else:
        output.write_text(sheet, "utf-8")
        click.echo(f"{output}: {sum(map(len, found.values()))} lines of {len(found)} hosts")


def _records(sources: tuple[Path, ...], host: str | None) -> dict[str, list[str]]:
    """Host -> the texts of its records, the latest of an address."""
    texts: dict[str, dict[str, str]] = {}
    for capture in _captures(sources):
        name = urlsplit(capture.url).netloc.lower()
        if host and host.lower() not in (name, name.partition(":")[0]):
            continue
        text = decode(capture.body, capture.header("Content-Type")).text
        if is_record(capture, text):
            texts.setdefault(name, {})[capture.url] = text
    return {name: list(pages.values()) for name, pages in texts.items()}


def _captures(sources: tuple[Path, ...]) -> Iterator[Capture]:
    for source in sources:
        yield from (record for record in kept_captures(warc_files(source)) if isinstance(record, Capture))


def sheet_of(base_name: str, base: SiteProfile, found: dict[str, list[Repeated]]) -> str:
    """The sheet as TOML: the base's own lines, then those of each host with the share of its pages they stand on."""
    lines = [f"extends = {json.dumps(base_name, ensure_ascii=False)}", "", "boilerplate = ["]
    known: set[str] = set()
    for text in base.boilerplate:
        lines.append(f"  {json.dumps(text, ensure_ascii=False)},")
        known.add(line_key(text))
    for host, repeated in found.items():
        lines.append(f"  # {host}")
        for line in repeated:
            if line_key(line.text) not in known:
                known.add(line_key(line.text))
                lines.append(
                    f"  {json.dumps(line.text, ensure_ascii=False)},  # {line.share:.0%} of {host}: {line.pages} pages"
                )
    return "\n".join([*lines, "]", ""])
