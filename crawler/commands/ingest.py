"""The verbs that take in pages others kept: text records and WARC files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from archive import __version__
from archive.models import Article, ArticleFound, Outcome, Rejected, outcome_name
from archive.runs import load_run
from archive.store import SaveResult
from archive.warc import WarcWriter, info_of, safe_stem
from crawler.commands.options import DayType, archive_option, json_option, print_json, profile_option
from crawler.intake import opened
from crawler.profile import SiteProfile
from crawler.sources.text import known_text, read_text, write_text

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

    The same text of the same address again adds nothing, unless --date says that it was seen on another day.

    \b
    Example:
      portal-archive ingest text bac-kan-2019.txt --url https://backan.gov.vn/Pages/example-a05b.aspx
    """
    body, now = read_text(file, url), datetime.now(UTC)
    taken = datetime(taken_on.year, taken_on.month, taken_on.day, tzinfo=UTC) if taken_on else None
    with opened(archive_path, site, may_be_idle=True) as intake:
        archive, stem = intake.archive, safe_stem(f"{archive_path.stem}-{site.name}-text")
        intake.take_left_over(stem)
        known = known_text(archive, body, url, taken)
        if known is not None:
            outcome, result = intake.again(known)
        else:
            software, info = f"portal-archive/{__version__}", info_of(load_run(archive.conn, intake.run.run_id))
            with WarcWriter(archive.warc_folder, stem, software=software, info=info, now=now) as writer:
                capture = write_text(body, url, taken or now, writer)
            outcome, result = intake.store(capture)
    _tell_page(url, outcome, result, as_json)
    return 0 if isinstance(outcome, ArticleFound) else 2


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
