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
@click.option("--open", "open_browser", is_flag=True, help="Open the browser, too.")
def serve(archive_path: Path, host: str, port: int, open_browser: bool) -> None:
    """Browse the archive with Datasette: tables, facets, ranked search, canned queries.

    It is read only, also while a crawl writes it. On another address than this machine's own, visitors can neither run
    SQL of their own nor download the file; put a proxy with HTTPS in front of it. Ctrl-C ends it.

    \b
    Examples:
      portal-archive serve --open
      portal-archive serve --archive demo/archive.db --port 0
    """
    from archive.site.serve import serve as serve_site

    serve_site(
        archive_path,
        host=host,
        port=port,
        open_browser=open_browser,
        announce=lambda url: click.echo(f"{archive_path} is open at {url} (Ctrl-C ends it)"),
    )
