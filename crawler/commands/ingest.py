"""The verbs that take in pages others kept: text records and WARC files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from archive import __version__
from archive.models import Article, ArticleFound, Capture, Outcome, Rejected, outcome_name
from archive.store import SaveResult
from archive.warc import WarcWriter, read_captures
from crawler.commands.options import DayType, archive_option, json_option, print_json, profile_option
from crawler.intake import Intake, Tally, opened
from crawler.profile import SiteProfile
from crawler.sources.text import text_capture
from crawler.sources.warc import warc_captures

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def ingest() -> None:
    """Take in pages that others kept: a page's text, or WARC files.

    They go the same way as a crawl's answers: raw into the archive's warc folder, through extraction, into the tables.
    """


@ingest.command("text")
@click.argument("file", type=FILE)
@click.option("--url", required=True, help="The page's address.")
@click.option("--date", "taken_on", type=DayType(), help="Day the text was taken from the portal. [default: now]")
@archive_option
@profile_option
@json_option
def ingest_text(
    file: Path, url: str, taken_on: date | None, archive_path: Path, site: SiteProfile, as_json: bool
) -> int:
    """Take in one page as a text corpus stores it: plain UTF-8, navigation and all.

    \b
    Example:
      portal-archive ingest text bac-kan-2019.txt --url https://backan.gov.vn/Pages/example-a05b.aspx
    """
    now = datetime.now(UTC)
    taken = datetime(taken_on.year, taken_on.month, taken_on.day, tzinfo=UTC) if taken_on else now
    with opened(archive_path, site) as intake:
        software = f"portal-archive/{__version__}"
        with WarcWriter(intake.archive.warc_folder, f"{site.name}-text", software=software, now=now) as writer:
            capture = text_capture(file, url, taken, writer)
        outcome, result = intake.store(capture)
    _tell_page(url, outcome, result, as_json)
    return 0 if isinstance(outcome, ArticleFound) else 2


@ingest.command("warc")
@click.argument("files", nargs=-1, required=True, type=FILE)
@archive_option
@profile_option
@click.option("--quiet", "-q", is_flag=True, help="No progress display and no summary; errors still show.")
@json_option
def ingest_warc(files: tuple[Path, ...], archive_path: Path, site: SiteProfile, quiet: bool, as_json: bool) -> int:
    """Take in WARC or ARC files, gzipped or not; WET files too.

    Each file is copied below the archive's warc folder, so that every row of captures points to a file that is there;
    another file of the same name gets its digest into the name. Taking a file in again changes nothing. Bad records are
    counted and named, and cost no others.

    \b
    Examples:
      portal-archive ingest warc old-crawl.warc.gz --profile bac-kan
      portal-archive ingest warc saved/*.warc.gz --profile sharepoint
    """
    for file in files:
        next(read_captures(file), None)  # raises for what is no WARC file, before anything is written
    with opened(archive_path, site) as intake, _bar(quiet or as_json) as bar:
        for file in files:
            _take_file(intake, file, bar)
    tally = intake.tally
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
        _tell_tally(tally, archive_path)
    if tally.nothing:
        click.echo(f"portal-archive: error: no capture could be read from {', '.join(map(str, files))}", err=True)
        return 2
    return 0


def _take_file(intake: Intake, file: Path, bar: Progress | None) -> None:
    captures = warc_captures(file, intake.archive.warc_folder)
    if bar is None:
        intake.take(captures)
        return
    task = bar.add_task(file.name, total=file.stat().st_size)
    intake.take(captures, seen=_advance(bar, task))
    bar.update(task, completed=file.stat().st_size)


def _advance(bar: Progress, task: Any) -> Callable[[Capture], None]:
    def advance(capture: Capture) -> None:
        bar.update(task, completed=(capture.offset or 0) + (capture.length or 0))

    return advance


@contextmanager
def _bar(hidden: bool) -> Iterator[Progress | None]:
    """A bar for each file, in bytes; none where nobody would see it."""
    screen = Console(stderr=True)
    if hidden or not screen.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        yield bar


def _tell_tally(tally: Tally, archive_path: Path) -> None:
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


def _tell_page(url: str, outcome: Outcome, result: SaveResult, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"url": url, "outcome": outcome_name(outcome), "result": result.kind.value}
        if isinstance(outcome, ArticleFound):
            told |= {"id": result.article_id, "article": outcome.article, "document": outcome.document}
        elif isinstance(outcome, Rejected):
            told["detail"] = outcome.detail
        print_json(told)
    elif isinstance(outcome, ArticleFound):
        _tell_article(outcome.article, result)
    else:
        detail = outcome.detail if isinstance(outcome, Rejected) and outcome.detail else "kept as a capture only"
        click.echo(f"portal-archive: error: {url}: {outcome_name(outcome)}: {detail}", err=True)


def _tell_article(article: Article, result: SaveResult) -> None:
    facts = {
        "title": article.title,
        "published": article.published_at,
        "updated": article.updated_at,
        "author": article.author,
        "source": article.source,
        "section": article.section,
        "lead": article.lead,
        "text": f"{article.word_count:,} words in {article.body_text.count(chr(10)) + 1} paragraphs",
        "captions": "; ".join(image.caption for image in article.images if image.caption) or None,
        "attachments": "; ".join(file.filename or file.url for file in article.attachments) or None,
    }
    click.echo(f"article {result.article_id}: {result.kind.value}")
    for name, value in facts.items():
        if value:
            click.echo(f"  {name:<12}{value}")
