"""The verb that takes a page down."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from archive.backup import backups
from archive.errors import ArchiveError
from archive.store import Archive
from archive.takedown import Page, find_page, forget
from crawler.commands.options import archive_option, json_option, print_json, profile_option
from crawler.lock import take_lock
from crawler.profile import SiteProfile
from crawler.sharepoint import canonical_url


@click.command("forget")
@click.argument("url")
@click.option("--reason", required=True, help="Why; it stays in the archive and in the WARC files.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@archive_option
@profile_option
@json_option
def forget_page(url: str, reason: str, yes: bool, archive_path: Path, site: SiteProfile, as_json: bool) -> int:
    """Take a page down for good: its texts, versions, search entry, and its records in the WARC files.

    A tombstone keeps the address, the day, the reason and digests. The page is never visited, taken in or rebuilt again
    under its addresses. Headlines of it in lists and links of other pages go from the tables; raw records of those
    pages stay, and so do backups and snapshots made before: delete them yourself. Doing it again finishes what was
    interrupted.

    \b
    Example:
      portal-archive forget https://backan.gov.vn/Pages/example-a05b.aspx --reason "asked for by the person named"
    """
    if not reason.strip():
        raise click.UsageError("--reason must say why")
    with take_lock(archive_path), Archive.open(archive_path) as archive:
        page = _find(archive, url, site)
        if not yes and not _confirmed(page):
            raise ArchiveError("nothing was taken down; say --yes where nobody can be asked")
        dropped = forget(archive.conn, archive.warc_folder, page, reason.strip(), datetime.now(UTC))
    beside = archive_path.parent
    bags = [path for path in (beside / "bag",) if path.exists()]
    copies = [str(path) for path in (*backups(archive_path), *sorted((beside / "snapshots").glob("*.db")), *bags)]
    told = {"urls": page.urls, "article": page.article_id, "captures": len(page.captures), "records": dropped}
    if as_json:
        print_json({**told, "copies": copies})
        return 0
    click.echo(f"taken down: {', '.join(page.urls)}")
    click.echo(f"  {len(page.captures)} captures, {dropped} records dropped from WARC files")
    if copies:
        click.echo(f"  copies that may still hold it: {', '.join(copies)}")
    return 0


def _find(archive: Archive, url: str, site: SiteProfile) -> Page:
    """By the canonical address, or as it was typed where the archive knows that."""
    canonical = canonical_url(url, site)
    known = archive.conn.execute(
        "select 1 from article_urls where canonical_url = ? union select 1 from tombstones where url = ?", (url, url)
    ).fetchone()
    return find_page(archive.conn, url if known else canonical)


def _confirmed(page: Page) -> bool:
    click.echo(f"{page.title or 'no article'}", err=True)
    for url in page.urls:
        click.echo(f"  {url}", err=True)
    click.echo(f"  {len(page.digests)} versions, {len(page.captures)} captures", err=True)
    return sys.stdin.isatty() and click.confirm("Take it down for good?", err=True)
