"""Articles written anew: versions from captures, changes from versions, row and parts from the latest version."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from itertools import count
from typing import Any

from archive import history, parts
from archive.cdx import surt, utc_text
from archive.contents import Content, content_of
from archive.history import Sighting
from archive.identity import hash_id
from archive.models import ArticleFound, Capture
from archive.proof.articles import COLUMNS, ITEMS
from archive.proof.versions import Version, change_wrong, changes_of, version_wrong, versions_of
from archive.shown import shown_columns
from crawler.mending.journal import Journal, row_of
from crawler.mending.sources import Sources

_SHOWING = """
select c.id, c.timestamp from captures c where c.outcome = 'article' and c.urlkey = ? order by c.timestamp, c.id
"""
_SEEN = "select max(timestamp) from captures where urlkey = ? and outcome in ('article', 'not_modified')"
_FILE = """
update attachments set digest = (select digest from captures where id = attachments.capture_id) where article_id = ?
"""


class ArticleMender:
    """Mends one article after the other, each in the caller's transaction."""

    def __init__(self, conn: sqlite3.Connection, sources: Sources, journal: Journal) -> None:
        self._conn = conn
        self._sources = sources
        self._journal = journal

    def mend(self, article_id: int, wrong: Iterable[str]) -> None:
        """The article, its versions, changes, addresses and parts are as its captures show them, as far as they do."""
        before = row_of(self._conn, "articles", article_id)
        versions = self._versions(article_id)
        if not versions:
            return
        latest = versions[-1]
        self._changes(article_id, versions)
        shown = self._shown(article_id, latest)
        if before is None:
            if shown is None:
                return
            self._insert(article_id, shown, versions)
        self._addresses(article_id, shown, versions)
        self._row(article_id, latest, shown)
        self._move(article_id)
        self._parts(article_id, latest, shown)
        self._conn.execute("insert or ignore into search_queue (article_id, indexed) values (?, null)", (article_id,))
        told = "; ".join(sorted(set(wrong)))
        self._journal.note("article_edited", f"article {article_id}", told, "written as its captures show it", before)

    # --- versions and changes -----------------------------------------------------------------------------------------

    def _versions(self, article_id: int) -> list[Version]:
        """The versions, each proved: what contradicts itself is read again, what is missing is put back."""
        for version in versions_of(self._conn, article_id):
            if version_wrong(article_id, version) is None and self._agrees(version):
                continue
            reading = self._sources.reading(version.capture_id) or self._reading_at(article_id, version)
            if reading is not None:
                self._rewrite(article_id, version, *reading)
        self._put_back(article_id)
        return versions_of(self._conn, article_id)

    def _agrees(self, version: Version) -> bool:
        """Does its capture, where it can be read by the same rules, show these very fields?"""
        reading = self._sources.reading(version.capture_id)
        if reading is None:
            return True
        content = _content(*reading)
        return content.encoded == version.encoded or content.digest != version.digest

    def _reading_at(self, article_id: int, version: Version) -> tuple[Capture, ArticleFound] | None:
        """The capture that brought the version, when the row names another: the one of its digest or moment."""
        for capture_id, reading in self._readings(article_id):
            content = _content(*reading)
            if content.digest == version.digest or utc_text(reading[0].fetched_at) == version.seen_at:
                self._conn.execute("update article_versions set capture_id = ? where id = ?", (capture_id, version.id))
                return reading
        return None

    def _rewrite(self, article_id: int, version: Version, capture: Capture, outcome: ArticleFound) -> None:
        content = _content(capture, outcome)
        number = version.number
        taken = {v.number for v in versions_of(self._conn, article_id) if v.id != version.id}
        if number < 1 or number in taken or hash_id("version", article_id, number) != version.id:
            # The number was edited when the id is still that of another number.
            number = next((n for n in range(1, len(taken) + 2) if hash_id("version", article_id, n) == version.id), 0)
            number = number or next(n for n in count(1) if n not in taken)
        seen_at = version.seen_at
        if not seen_at or "".join(filter(str.isdigit, seen_at)) < (version.captured or "") or len(seen_at) != 20:
            seen_at = utc_text(capture.fetched_at)
        before = row_of(self._conn, "article_versions", version.id)
        new_id = hash_id("version", article_id, number)
        self._conn.execute(
            "update article_versions set id = ?, number = ?, content_digest = ?, seen_at = ?, fields = ? where id = ?",
            (new_id, number, content.digest, seen_at, content.encoded, version.id),
        )
        self._conn.execute("update article_changes set version_id = ? where version_id = ?", (new_id, version.id))
        told = version_wrong(article_id, version) or "was not as its capture shows it"
        place = f"article {article_id}, version {number}"
        self._journal.note("version_edited", place, told, "read again from its capture", before)

    def _put_back(self, article_id: int) -> None:
        """Versions that captures show and no row tells of."""
        held = versions_of(self._conn, article_id)
        encoded = {version.encoded for version in held}
        for capture_id, (capture, outcome) in self._readings(article_id):
            content = _content(capture, outcome)
            if content.encoded in encoded:
                continue
            run = self._conn.execute(
                "select run_id, (select extractor_version from runs where id = run_id) from captures where id = ?",
                (capture_id,),
            ).fetchone()
            seen = Sighting(
                seen_at=utc_text(capture.fetched_at),
                capture_id=capture_id,
                run_id=run[0],
                extractor_version=run[1] or "",
            )
            number = self._free_number(article_id, capture_id)
            history.add_version(self._conn, article_id, number, content, seen)
            encoded.add(content.encoded)
            place = f"article {article_id}, version {number}"
            self._journal.note("version_chain", place, "the version was missing", "read from its capture")

    def _free_number(self, article_id: int, capture_id: int) -> int:
        """The number whose version left its changes behind, else the first that is free."""
        taken = {version.number for version in versions_of(self._conn, article_id)}
        query = "select distinct version_id from article_changes where article_id = ? and capture_id = ?"
        left = {row[0] for row in self._conn.execute(query, (article_id, capture_id))}
        numbers = [n for n in range(1, len(taken) + 50) if n not in taken]
        return next((n for n in numbers if hash_id("version", article_id, n) in left), numbers[0])

    def _readings(self, article_id: int) -> Iterable[tuple[int, tuple[Capture, ArticleFound]]]:
        """Captures of the article's addresses that show it, the oldest first."""
        urls = self._conn.execute(
            "select canonical_url from article_urls where article_id = ?1"
            " union select canonical_url from articles where id = ?1"
            " union select c.original from article_versions v join captures c on c.id = v.capture_id"
            " where v.article_id = ?1",
            (article_id,),
        ).fetchall()
        found = {row for (url,) in urls for row in self._conn.execute(_SHOWING, (surt(url),)).fetchall()}
        for capture_id, _ in sorted(found, key=lambda row: (row[1], row[0])):
            reading = self._sources.reading(capture_id)
            if reading is not None:
                yield capture_id, reading

    def _changes(self, article_id: int, versions: list[Version]) -> None:
        """Changes of fields follow from the versions; those of status and address stay where they prove themselves."""
        changes = changes_of(self._conn, article_id)
        own = {version.id for version in versions}
        for change in changes:
            bad = change_wrong(article_id, change, versions) is not None
            if bad and change.version_id is None and self._reworded(article_id, change.id):
                continue
            if bad or (change.version_id is not None and change.version_id not in own):
                self._drop_change(article_id, change.id)
        for number, version in enumerate(versions):
            told = {change.field for change in changes_of(self._conn, article_id) if change.version_id == version.id}
            olds = [other for other in versions if other is not version]
            if any(set(history.changed_fields(dict(o.fields), dict(version.fields))) == told for o in olds) and told:
                continue
            earliest = all(o.seen_at >= version.seen_at for o in versions if o.number < version.number)
            if earliest and not told:
                continue
            before = versions[number - 1] if number else None
            if before is not None:
                self._tell_change(article_id, before, version)

    def _reworded(self, article_id: int, change_id: int) -> bool:
        """A change of status or address whose digests still tell which value was edited is told again."""
        row = row_of(self._conn, "article_changes", change_id)
        assert row is not None
        known: dict[str | None, str | None] = {history.value_digest(text): text for text in STATUSES}
        for (url,) in self._conn.execute("select canonical_url from article_urls where article_id = ?", (article_id,)):
            known[history.value_digest(url)] = url
        known[None] = None
        for old in {row["old_value"], known.get(row["old_digest"], row["old_value"])}:
            for new in {row["new_value"], known.get(row["new_digest"], row["new_value"])}:
                for field in ("status", "url"):
                    key = (article_id, field, None, row["changed_at"], row["capture_id"], old, new)
                    if hash_id("change", *key) == change_id:
                        digests = (history.value_digest(old), history.value_digest(new))
                        self._conn.execute(
                            "update article_changes set field = ?, old_value = ?, new_value = ?, old_digest = ?,"
                            " new_digest = ? where id = ?",
                            (field, old, new, *digests, change_id),
                        )
                        place = f"article {article_id}, change {change_id}"
                        self._journal.note("change_edited", place, "it was edited", "told by its id again", row)
                        return True
        return False

    def _drop_change(self, article_id: int, change_id: int) -> None:
        before = row_of(self._conn, "article_changes", change_id)
        self._conn.execute("delete from article_changes where id = ?", (change_id,))
        place = f"article {article_id}, change {change_id}"
        self._journal.note("change_edited", place, "it follows from no versions", "taken out", before)

    def _tell_change(self, article_id: int, before: Version, version: Version) -> None:
        self._conn.execute("delete from article_changes where version_id = ?", (version.id,))
        run = self._conn.execute("select run_id from article_versions where id = ?", (version.id,)).fetchone()
        seen = Sighting(seen_at=version.seen_at, capture_id=version.capture_id, run_id=run[0], extractor_version="")
        old, new = dict(before.fields), dict(version.fields)
        names = history.changed_fields(old, new)
        history.add_changes(self._conn, article_id, version.id, old, new, names, seen)
        place = f"article {article_id}, version {version.number}"
        self._journal.note("version_chain", place, "its changes were not told", f"told: {', '.join(names)}")

    def _move(self, article_id: int) -> None:
        """An article that stands at another address than the one its id is of has a change that tells so."""
        canonical, portal = self._conn.execute(
            "select canonical_url, portal from articles where id = ?", (article_id,)
        ).fetchone()
        told = [c for c in changes_of(self._conn, article_id) if c.field == "url" and c.new_value == canonical]
        urls = dict(
            self._conn.execute(
                "select canonical_url, first_seen_at from article_urls where article_id = ?", (article_id,)
            ).fetchall()
        )
        first = next((url for url in urls if hash_id(portal, url) == article_id), None)
        if told or first in (canonical, None):
            return
        earlier = [url for url in urls if url != canonical and urls[url] <= urls[canonical]]
        old = max(earlier, key=lambda url: urls[url], default=first)
        stamp = "".join(filter(str.isdigit, urls[canonical]))
        query = "select id, run_id from captures where urlkey = ? and timestamp = ? order by id limit 1"
        capture = self._conn.execute(query, (surt(canonical), stamp)).fetchone() or (None, None)
        seen = Sighting(seen_at=urls[canonical], capture_id=capture[0], run_id=capture[1], extractor_version="")
        history.add_changes(self._conn, article_id, None, {"url": old}, {"url": canonical}, ("url",), seen)
        self._journal.note("version_chain", f"article {article_id}", "its move was not told", f"told: from {old}")

    # --- the row and its parts ----------------------------------------------------------------------------------------

    def _shown(self, article_id: int, latest: Version) -> tuple[int, Capture, ArticleFound] | None:
        """The latest capture that shows the latest version, and its reading."""
        row = self._conn.execute("select capture_id from articles where id = ?", (article_id,)).fetchone()
        found: tuple[int, Capture, ArticleFound] | None = None
        for capture_id, (capture, outcome) in self._readings(article_id):
            content: Content = _content(capture, outcome)
            if content.encoded == latest.encoded:
                found = (capture_id, capture, outcome)
                if row is not None and capture_id == row[0]:
                    return found
        return found

    def _insert(self, article_id: int, shown: tuple[int, Capture, ArticleFound], versions: list[Version]) -> None:
        """The row again, as far as it must be there before the others; ``_row`` fills it."""
        capture_id, capture, outcome = shown
        run = self._conn.execute(
            "select portal, profile, extractor_version from runs where id = (select run_id from captures where id = ?)",
            (capture_id,),
        ).fetchone()
        canonical = outcome.canonical_url or capture.url
        first = min(version.seen_at for version in versions)
        values = {
            "id": article_id,
            **shown_columns(capture.url, canonical, outcome),
            "portal": run[0],
            "profile": run[1],
            "extractor_version": run[2],
            "first_seen_at": first,
            "last_seen_at": versions[-1].seen_at,
            "capture_id": capture_id,
        }
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        self._conn.execute(f"insert into articles ({names}) values ({marks})", tuple(values.values()))

    def _addresses(
        self, article_id: int, shown: tuple[int, Capture, ArticleFound] | None, versions: list[Version]
    ) -> None:
        if shown is not None:
            canonical = shown[2].canonical_url or shown[1].url
            first = versions[0].seen_at
            self._conn.execute(
                "insert or ignore into article_urls (canonical_url, article_id, first_seen_at) values (?, ?, ?)",
                (canonical, article_id, first),
            )
        earliest = min(version.seen_at for version in versions)
        (least,) = self._conn.execute(
            "select min(first_seen_at) from article_urls where article_id = ?", (article_id,)
        ).fetchone()
        if least != earliest:
            self._conn.execute(
                "update article_urls set first_seen_at = ? where article_id = ? and first_seen_at = ?",
                (earliest, article_id, least),
            )

    def _row(self, article_id: int, latest: Version, shown: tuple[int, Capture, ArticleFound] | None) -> None:
        values: dict[str, Any] = {name: latest.fields.get(name) for name in COLUMNS}
        values["content_digest"] = history.fields_digest(values)
        values["word_count"] = len(str(values["body_text"]).split())
        (portal,) = self._conn.execute("select portal from articles where id = ?", (article_id,)).fetchone()
        if shown is not None:
            capture_id, capture, outcome = shown
            values |= shown_columns(capture.url, outcome.canonical_url or capture.url, outcome)
            values["capture_id"] = capture_id
        values["section_id"] = parts.section_id(self._conn, portal, values["section"])
        values |= self._lifetime(article_id, latest)
        settings = ", ".join(f"{name} = ?" for name in values)
        self._conn.execute(f"update articles set {settings} where id = ?", (*values.values(), article_id))

    def _lifetime(self, article_id: int, latest: Version) -> dict[str, Any]:
        """First and last sight, status and absence, as addresses, captures and history tell them."""
        urls = self._conn.execute(
            "select canonical_url, first_seen_at from article_urls where article_id = ?", (article_id,)
        ).fetchall()
        stamps = [self._conn.execute(_SEEN, (surt(url),)).fetchone()[0] for url, _ in urls]
        last = max([stamp for stamp in stamps if stamp] + ["".join(filter(str.isdigit, latest.seen_at))])
        told = [change for change in changes_of(self._conn, article_id) if change.field == "status"]
        status = told[-1].new_value if told else "live"
        evidence, since = self._conn.execute(
            "select removal_evidence, missing_since from articles where id = ?", (article_id,)
        ).fetchone()
        attempts = _attempts(evidence)
        gone = status in ("gone", "moved")
        first_missed = attempts[0]["time"] if attempts else since
        return {
            "first_seen_at": min(first for _, first in urls),
            "last_seen_at": f"{last[:4]}-{last[4:6]}-{last[6:8]}T{last[8:10]}:{last[10:12]}:{last[12:14]}Z",
            "status": status,
            "missing_since": first_missed if attempts else None,
            "missing_visits": len(attempts),
            "removed_at": first_missed if gone else None,
            "removal_evidence": evidence if attempts else None,
        }

    def _parts(self, article_id: int, latest: Version, shown: tuple[int, Capture, ArticleFound] | None) -> None:
        if shown is not None:
            _, capture, outcome = shown
            parts.save_images(self._conn, article_id, outcome.article)
            parts.save_attachments(self._conn, article_id, outcome.article)
            parts.save_document(self._conn, article_id, outcome.document)
            parts.save_links(self._conn, outcome.canonical_url or capture.url, outcome.links)
        else:
            self._listed(article_id, latest)
        self._conn.execute(_FILE, (article_id,))

    def _listed(self, article_id: int, latest: Version) -> None:
        """Pictures and files as the version lists them, where its page cannot be read again."""
        for table, columns in ITEMS.items():
            self._conn.execute(f"delete from {table} where article_id = ?", (article_id,))
            names = ", ".join(("id", "article_id", "position", *columns))
            marks = ", ".join("?" * (len(columns) + 3))
            for place, item in enumerate(latest.fields.get(table) or (), 1):
                key = hash_id(table.removesuffix("s"), article_id, place)
                values = (key, article_id, place, *(item.get(name) for name in columns))
                self._conn.execute(f"insert into {table} ({names}) values ({marks})", values)


def _content(capture: Capture, outcome: ArticleFound) -> Content:
    return content_of(outcome.canonical_url or capture.url, outcome)


STATUSES = ("live", "gone", "moved", "blocked")


def _attempts(evidence: str | None) -> list[dict[str, Any]]:
    try:
        told = json.loads(evidence or "{}")
    except ValueError:
        return []
    attempts = told.get("attempts") if isinstance(told, dict) else None
    return attempts if isinstance(attempts, list) else []
