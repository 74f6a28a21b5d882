"""The verbs that tell what an article said before, and what changed."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from archive import difference
from archive.difference import FieldDifference
from archive.errors import QueryError
from archive.marks import to_plain
from archive.show import ArticleRecord, Event, Row, Version, load_article
from crawler.commands.options import archive_option, json_option, print_json


@click.command()
@click.argument("article", metavar="URL|ID|NUMBER")
@click.option("--visits", is_flag=True, help="Also every visit that found nothing new.")
@archive_option
@json_option
def history(article: str, visits: bool, archive_path: Path, as_json: bool) -> None:
    """Tell an article's history: its versions, moves and absences, and how each came to be known.

    One line of time, whichever door a capture came through: live, a WARC file, a web archive, a text corpus.

    \b
    Examples:
      portal-archive history https://backan.gov.vn/Pages/example-a05b.aspx
      portal-archive history example-a05b --visits --json
    """
    record = load_article(archive_path, article)
    if as_json:
        told = {
            name: getattr(record, name)
            for name in ("urls", "versions", "absences", "timeline", "moved_to", "moved_from")
        }
        print_json({"id": record.article["id"], "status": record.article["status"], **told})
        return
    click.echo(click.style(to_plain(record.article["title"]), bold=True))
    for url in record.urls:
        click.echo(f"  {to_plain(url)}")
    changed = _changed(record)
    for before in record.moved_from:
        click.echo(f"goes on from {to_plain(before['canonical_url'])} (article {before['id']})")
    for event in record.timeline:
        for line in _lines(event, record, changed, visits=visits):
            click.echo(line)
    for absence in record.absences:
        click.echo(_absence(absence))
    if record.moved_to is not None:
        click.echo(f"goes on at {to_plain(record.moved_to['canonical_url'])} (article {record.moved_to['id']})")


@click.command()
@click.argument("article", metavar="URL|ID|NUMBER")
@click.option("--from", "old", type=click.IntRange(min=1), help="Version to begin with. [default: the one before --to]")
@click.option("--to", "new", type=click.IntRange(min=1), help="Version to end with. [default: the latest]")
@click.option("--full", is_flag=True, help="Whole texts, not the surroundings of changes alone.")
@archive_option
@json_option
def diff(article: str, old: int | None, new: int | None, full: bool, archive_path: Path, as_json: bool) -> None:
    """Show what changed between two versions of an article, word by word.

    What went and what came are marked; a word whose tone mark only moved (hoà, hòa) is marked as respelled.

    \b
    Examples:
      portal-archive diff https://backan.gov.vn/Pages/example-a05b.aspx
      portal-archive diff example-a05b --from 1 --to 3 --full
    """
    record = load_article(archive_path, article)
    before, after = _chosen(record, old, new)
    found = difference.differences(before.fields, after.fields)
    if as_json:
        print_json({"id": record.article["id"], "from": before.number, "to": after.number, "fields": found})
        return
    heading = f"version {before.number} of {before.seen_at} -> version {after.number} of {after.seen_at}"
    click.echo(click.style(to_plain(record.article["title"]), bold=True))
    click.echo(f"{heading}{' (read by other rules)' if after.cause == 'extractor' else ''}")
    for field in found:
        click.echo(f"\n{click.style(field.field, bold=True)}")
        click.echo(_shown(field, full=full))
    if not found:
        click.echo("they say the same")


def _chosen(record: ArticleRecord, old: int | None, new: int | None) -> tuple[Version, Version]:
    versions = {version.number: version for version in record.versions}
    last = max(versions, default=0)
    to = new if new is not None else last
    start = old if old is not None else max(1, to - 1)
    for number in (to, start):
        if number not in versions:
            raise QueryError(f"the article has {last} versions, no version {number}; list them with: history")
    if start == to and old is None:
        raise QueryError("the article has one version; there is nothing to compare it with")
    return versions[start], versions[to]


def _shown(field: FieldDifference, *, full: bool) -> str:
    segments = field.segments if full else difference.around(field.segments)
    return difference.to_ansi(segments) if sys.stdout.isatty() else difference.to_text(segments)


def _changed(record: ArticleRecord) -> dict[int, list[str]]:
    """Version number -> names of the fields that differ from the version before."""
    pairs = pairwise(record.versions)
    return {new.number: [d.field for d in difference.differences(old.fields, new.fields)] for old, new in pairs}


def _lines(event: Event, record: ArticleRecord, changed: dict[int, list[str]], *, visits: bool) -> list[str]:
    door = f" [{event.door}]" if event.door else ""
    if event.kind == "visit":
        return [f"{event.at}  visit    {event.what}{door}"] if visits else []
    if event.kind == "version":
        number = int(event.what.split()[1])
        version = next(v for v in record.versions if v.number == number)
        fields = changed.get(number)
        told = f": {', '.join(fields)}" if fields else ""
        return [f"{event.at}  {event.what}{told} [{version.door or 'unknown'}]"]
    if event.what in ("status", "url"):
        return [to_plain(f"{event.at}  {event.what}: {event.old} -> {event.new}")]
    return []


def _absence(absence: Row) -> str:
    attempts: list[dict[str, Any]] = json.loads(absence["evidence"])["attempts"]
    ended = f"found again {absence['found_at']}" if absence["found_at"] else "still missing"
    judged = f", {absence['status']} since {absence['judged_at']}" if absence["judged_at"] else ""
    told = "; ".join(f"{a['time']} {a['outcome']} {a['status']}" for a in attempts[-3:])
    return to_plain(f"missing from {absence['missing_since']}, {ended}{judged}; {absence['visits']} runs: {told}")
