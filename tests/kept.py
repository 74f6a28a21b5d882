"""A small archive with a history, made without a server: what the replica answers at two moments of its life is written
to WARC files and taken in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from archive.warc import WarcWriter, read_captures
from crawler.intake import opened
from crawler.profile import SiteProfile, load
from tests.portal.noise import Noise
from tests.portal.plan import HOSTS
from tests.portal.replies import Request, standing_headers
from tests.portal.sheet import sheet
from tests.portal.site import Site
from tests.portal.world import World

PORT = 8080
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
#: Epochs of the replica that are visited; articles are edited between them.
EPOCHS = (0, 1, 2, 3)


def make_archive(folder: Path, *, articles: int = 40, max_bytes: int = 120_000) -> tuple[Path, SiteProfile]:
    """An archive at ``folder/archive.db`` with its WARC files, and the sheet it was read with."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "replica.toml").write_text(sheet(PORT, articles), "utf-8")
    profile = load(str(folder / "replica.toml"))
    archive = folder / "archive.db"
    for epoch in EPOCHS:
        moment = START + timedelta(days=30 * epoch)
        site = Site(World(size="small", epoch=epoch, faults=False), PORT)
        chosen = [one for one in site.world.every() if one.fate.live and one.section.host == "main"]
        pages = [one.path for one in chosen[:: max(1, len(chosen) // articles)][:articles]]
        take(archive, profile, write(site, archive, ["/", "/robots.txt", *pages], moment, max_bytes))
        later = moment + timedelta(hours=1)
        take(archive, profile, write(site, archive, file_targets(archive), later, max_bytes))
    return archive, profile


def write(site: Site, archive: Path, targets: Iterable[str], moment: datetime, max_bytes: int) -> list[Path]:
    """The WARC files of a visit to these addresses, beside the archive."""
    folder = archive.parent / "warc"
    with WarcWriter(folder, "archive-replica", max_bytes=max_bytes, software="portal-archive/0", now=moment) as writer:
        for number, target in enumerate(targets):
            noise = Noise(number, moment + timedelta(seconds=number))
            reply = site.respond(Request(host="main", target=target))
            body = noise.fill(reply.pieces)
            writer.write_exchange(
                url=f"{site.origins['main']}{target}",
                request_headers=[("User-Agent", "portal-archive/0")],
                status=reply.status,
                response_headers=[
                    *standing_headers(reply, HOSTS["main"], noise),
                    ("Content-Length", str(len(body))),
                ],
                body=body,
                fetched_at=noise.now,
            )
    return sorted(folder.glob(f"archive-replica-{moment:%Y%m%d%H%M%S}-*.warc.gz"))


def take(archive: Path, profile: SiteProfile, files: list[Path]) -> None:
    """Store every capture of the files, in one run."""
    with opened(archive, profile) as intake:
        for path in files:
            intake.take(capture for capture in read_captures(path, source="live"))


def file_targets(archive: Path, most: int = 12) -> list[str]:
    """Some files and pictures of the portal's own host that articles name."""
    with closing(sqlite3.connect(archive)) as conn:
        rows = conn.execute("select url from attachments union select url from images order by 1").fetchall()
    parts = [urlsplit(url) for (url,) in rows]
    return [part.path for part in parts if part.hostname == HOSTS["main"].address][:most]
