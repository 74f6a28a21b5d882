"""Datasette on one archive, in this process, until it is interrupted."""

from __future__ import annotations

import errno
import os
import socket
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from datasette.app import Datasette
from datasette.database import Database

from archive.database import OLDER, open_readonly, steps_of, warc_folder
from archive.errors import ArchiveError, DatabaseError
from archive.site import NAME, PLUGINS, SETTINGS, SQL_SETTINGS, metadata
from archive.snapshot import is_snapshot


class ServeError(ArchiveError):
    """The site cannot be opened at that address; the message says what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """On what terms the site is open."""

    sql: bool = False
    """Visitors may run SELECTs of their own; time, rows and values are limited, the frontier stays veiled."""
    public_url: str | None = None
    """Where the world sees the site, behind a proxy: ``https://example.org/kho/``. Its path becomes the prefix."""

    @property
    def prefix(self) -> str:
        """Path the site stands under, with a slash at both ends. Raises ServeError when the address is none."""
        if self.public_url is None:
            return "/"
        parts = urlsplit(self.public_url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ServeError(f"{self.public_url!r} is no address of a site; write https://example.org/ or with a path")
        path = parts.path.strip("/")
        return f"/{path}/" if path else "/"


def serve(
    path: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    terms: Terms | None = None,
    open_browser: bool = False,
    announce: Callable[[str], object] | None = None,
) -> None:
    """The archive at ``path`` is a web site at that address until SIGINT or SIGTERM; a crawl may go on writing it.

    ``port`` 0 takes a free one. ``announce`` is called with the site's URL as soon as it can be visited. What a proxy
    on this machine says of a visitor's scheme is believed. Raises ServeError when the address is taken or is none of
    this machine's, DatabaseError as ``open_readonly``; then nothing was opened.
    """
    path, terms = Path(path), terms or Terms()
    prefix = terms.prefix
    with open_readonly(path) as conn:  # refuses what is missing or no archive, before a port is taken
        if steps_of(conn):
            raise DatabaseError(f"{path} {OLDER}")
    listening = _listen(host, port)
    url = _url(host, listening.getsockname()[1]) + prefix.lstrip("/")
    app = site(path, terms).app()
    config = uvicorn.Config(app, log_level="warning", lifespan="on", server_header=False, timeout_keep_alive=15)
    server = uvicorn.Server(config)
    if announce:
        announce(url)
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass  # the usual way to end it
    finally:
        listening.close()


def site(path: Path, terms: Terms | None = None) -> Any:
    """The Datasette application for one archive, with the reading room, descriptions and canned queries."""
    terms = terms or Terms()
    # A snapshot, or a copy in a folder nobody can write, is opened as one that never changes; a crawl's own file never
    # is. A link to the latest snapshot is followed once, so that all of the site shows the same one.
    real = path.resolve()
    log = real.with_name(real.name + "-wal")
    fixed = is_snapshot(real) or (not os.access(real.parent, os.W_OK) and not log.exists())
    app = Datasette(
        [],
        memory=True,
        metadata=metadata(sql=terms.sql, public_url=terms.public_url, warcs=str(warc_folder(path.absolute()))),
        plugins_dir=str(PLUGINS),
        settings={**SETTINGS, **(SQL_SETTINGS if terms.sql else {}), "base_url": terms.prefix},
    )
    app.remove_database("_memory")
    app.add_database(Database(app, path=_held(real) if fixed else str(real), is_mutable=not fixed), name=NAME)
    return app


def _held(path: Path) -> str:
    """The file by a descriptor that stays open, so that it can be read on after a newer snapshot took its place."""
    held = Path(f"/proc/self/fd/{os.open(path, os.O_RDONLY)}")
    return str(held if held.exists() else path)


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port < 1 << 16:
        raise ServeError(f"{port} is no port; choose one from 1024 to 65535, or 0 for any free one")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise ServeError(f"{host} port {port} is no address of this machine; leave --host out for 127.0.0.1") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise ServeError(_told(error, host, port)) from error
    return listening


def _told(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; choose another with --port, or --port 0 for any free one"
    if error.errno == errno.EACCES:
        return f"port {port} may not be opened by this user; choose one above 1023 with --port"
    return f"{host} port {port} is no address of this machine; leave --host out for 127.0.0.1"


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
