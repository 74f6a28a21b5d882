"""The verb that reads one article."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from archive.marks import to_plain
from archive.show import ArticleRecord, Event, Row, load_article
from crawler.commands.options import archive_option, json_option, print_json

#: Label -> column, in reading order.
FACTS = {
    "published": "published_at",
    "updated": "updated_at",
    "author": "author",
    "source": "source",
    "section": "section",
    "status": "status",
    "removed": "removed_at",
    "address": "url",
    "first seen": "first_seen_at",
    "last seen": "last_seen_at",
}
DOCUMENT_FACTS = {
    "number": "number",
    "type": "type",
    "issuer": "issuer",
    "signer": "signer",
    "issued": "issued_on",
    "effective": "effective_on",
    "standing": "status",
    "abstract": "abstract",
}


@click.command()
@click.argument("article", metavar="URL|ID|NUMBER")
@click.option("--history", is_flag=True, help="Also every visit, version and change.")
@click.option("--html", "as_html", is_flag=True, help="Print the article's safe HTML and nothing else.")
@archive_option
@json_option
def show(article: str, history: bool, as_html: bool, archive_path: Path, as_json: bool) -> None:
    """Show one article: its fields, its text, its files, its history.

    It is named by its address (a piece of it will do), its id, or a document's number.

    \b
    Examples:
      portal-archive show https://backan.gov.vn/Pages/example-a05b.aspx
      portal-archive show example-a05b --history
      portal-archive show 902/QĐ-UBND --json
    """
    record = load_article(archive_path, article)
    if as_json:
        print_json(record)
    elif as_html:
        click.echo(record.article["body_html"])
    else:
        _print(record, history=history)


def _print(record: ArticleRecord, *, history: bool) -> None:
    article = record.article
    click.echo(click.style(_safe(article["title"]), bold=True))
    _print_facts(article, FACTS)
    if record.document:
        _print_facts(record.document, DOCUMENT_FACTS)
    click.echo()
    width = min(Console().width, 100) if sys.stdout.isatty() else 0
    text = article["body_text"]
    if article["lead"] and article["lead"] not in text:
        text = f"{article['lead']}\n{text}"
    for paragraph in text.split("\n"):
        click.echo(textwrap.fill(_safe(paragraph), width) if width else _safe(paragraph))
    _print_list("Pictures", (_beside(image["caption"] or image["alt"], image["url"]) for image in record.images))
    _print_list("Files", (_beside(file["text"] or file["filename"], file["url"]) for file in record.attachments))
    if history:
        _print_list("Addresses", record.urls)
        _print_list("History", map(_event, record.timeline))
    elif len(record.versions) > 1:
        click.echo(f"\n{len(record.versions)} versions; --history tells what changed when")


def _print_facts(row: Row, facts: dict[str, str]) -> None:
    for label, column in facts.items():
        if row[column] not in (None, ""):
            click.echo(f"  {click.style(f'{label:<11}', dim=True)}{_safe(row[column])}")


def _print_list(heading: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if lines:
        click.echo(f"\n{click.style(heading, bold=True)}")
        for line in lines:
            click.echo(f"  {_safe(line)}")


def _beside(text: str | None, url: str) -> str:
    return f"{text}: {url}" if text else url


def _event(event: Event) -> str:
    change = f": {event.old!r} -> {event.new!r}" if event.old is not None or event.new is not None else ""
    place = f" ({event.place})" if event.place else ""
    return f"{event.at}  {event.kind:<8}{event.what}{change}{place}"


def _safe(value: Any) -> str:
    """Text of the archive without the control characters that could steer a terminal."""
    return to_plain(str(value))
