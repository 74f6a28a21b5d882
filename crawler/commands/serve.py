"""The verb that opens the archive in a browser."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.commands.options import archive_option


@click.command()
@archive_option
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; only this machine by default."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="Port; 0 takes a free one."
)
@click.option("--sql", is_flag=True, help="Let visitors run SELECTs of their own, within limits of time and rows.")
@click.option(
    "--public-url",
    metavar="URL",
    help="Where the world sees the site, behind a proxy: https://example.org/kho/. Its path becomes the prefix.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the browser, too.")
def serve(
    archive_path: Path,
    host: str,
    port: int,
    sql: bool,
    public_url: str | None,
    open_browser: bool,
) -> None:
    """Open the archive as a web site: search, articles and their history, documents, changes, health, data.

    It is read only, also while a crawl writes it, and made to be published: no script but its own, nothing fetched
    from elsewhere, nothing of the machine told, limits of time and rows. Put a proxy with HTTPS in front of it before
    you let strangers in; docs/publishing.md says how. Ctrl-C ends it.

    \b
    Examples:
      portal-archive serve --open
      portal-archive serve --archive demo/archive.db --port 0 --sql
      portal-archive serve --archive data/snapshots/archive-latest.db --public-url https://example.org/kho/
    """
    from archive.site.serve import Terms
    from archive.site.serve import serve as serve_site

    serve_site(
        archive_path,
        host=host,
        port=port,
        terms=Terms(sql=sql, public_url=public_url),
        open_browser=open_browser,
        announce=lambda url: click.echo(f"{archive_path} is open at {url} (Ctrl-C ends it)"),
    )
