"""The versions of an article and the changes between them: each proved by its digests, its id and its neighbours."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.history import SHORT, VERSIONED, changed_fields, encode, fields_digest, value_digest, value_text
from archive.identity import hash_id
from archive.proof.finding import Finding

_VERSIONS = """
select v.id, v.number, v.content_digest, v.seen_at, v.capture_id, v.fields, c.timestamp, c.outcome
from article_versions v left join captures c on c.id = v.capture_id where v.article_id = ? order by v.seen_at, v.number
"""
_CHANGES = """
select id, version_id, field, old_digest, new_digest, old_value, new_value, changed_at, capture_id
from article_changes where article_id = ? order by changed_at, rowid
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A row of ``article_versions``."""

    id: int
    number: int
    digest: str
    seen_at: str
    capture_id: int
    encoded: str
    fields: Mapping[str, Any]
    """Empty when ``encoded`` cannot be read."""
    captured: str | None
    """Timestamp of its capture; None when that is not there."""
    outcome: str | None
    """What its capture shows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A row of ``article_changes``."""

    id: int
    version_id: int | None
    field: str
    old_digest: str | None
    new_digest: str | None
    old_value: str | None
    new_value: str | None
    changed_at: str
    capture_id: int | None


def versions_of(conn: sqlite3.Connection, article_id: int) -> list[Version]:
    """The article's versions in the order they were seen; the last one is what it says now."""
    found = []
    for row in conn.execute(_VERSIONS, (article_id,)):
        number, place, digest, seen_at, capture_id, encoded, captured, outcome = row
        found.append(
            Version(
                id=number,
                number=place,
                digest=digest,
                seen_at=seen_at,
                capture_id=capture_id,
                encoded=encoded,
                fields=_fields(encoded),
                captured=captured,
                outcome=outcome,
            )
        )
    return found


def changes_of(conn: sqlite3.Connection, article_id: int) -> list[Change]:
    """The article's changes in the order they were seen."""
    names = tuple(Change.__dataclass_fields__)
    return [Change(**dict(zip(names, row, strict=True))) for row in conn.execute(_CHANGES, (article_id,))]


def check_history(article_id: int, versions: Sequence[Version], changes: Sequence[Change]) -> Iterator[Finding]:
    """What is wrong with an article's versions and changes."""
    numbers = sorted(version.number for version in versions)
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        told = ", ".join(map(str, numbers)) or "none"
        yield _found("version_chain", article_id, f"its versions are {told}, not 1 to the last without a gap")
    for version in versions:
        wrong = version_wrong(article_id, version)
        if wrong:
            yield _found("version_edited", article_id, f"version {version.number} {wrong}")
    made: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        if change.version_id is not None:
            made[change.version_id].append(change)
        wrong = change_wrong(article_id, change, versions)
        if wrong:
            yield _found("change_edited", article_id, f"change {change.id} of {change.field} {wrong}")
    for version in versions:
        if not _follows(version, versions, {change.field for change in made[version.id]}):
            told = f"no change rows tell how version {version.number} came from another"
            yield _found("version_chain", article_id, told)


def version_wrong(article_id: int, version: Version) -> str | None:
    """How a version contradicts itself or its capture; None when it does not."""
    if set(version.fields) != set(VERSIONED) or encode(dict(version.fields)) != version.encoded:
        return "holds no readable fields"
    if fields_digest(version.fields) != version.digest:
        return "does not have the content its digest was counted over"
    if hash_id("version", article_id, version.number) != version.id:
        return "does not have the id of its article and number"
    if len(_digits(version.seen_at)) != 14:
        return f"was seen at no time ({version.seen_at})"
    if version.captured is not None and _digits(version.seen_at) < version.captured:
        return f"is older ({version.seen_at}) than the capture that brought it"
    if version.outcome not in ("article", None):
        return f"names a capture that shows no article ({version.outcome})"
    return None


def change_wrong(article_id: int, change: Change, versions: Sequence[Version]) -> str | None:
    """How a change contradicts itself or the versions; None when it does not."""
    if change.version_id is None:
        before, after = change.old_value, change.new_value
    else:
        own = next((version for version in versions if version.id == change.version_id), None)
        if own is None or change.field not in VERSIONED:
            return "belongs to no version of its article"
        after = value_text(own.fields.get(change.field))
        olds = [value_text(v.fields.get(change.field)) for v in versions if v is not own]
        if change.old_digest is not None and change.old_digest not in map(value_digest, olds):
            return "has an old value that no version had"
        before = next((text for text in olds if value_digest(text) == change.old_digest), None)
    if (change.old_digest, change.new_digest) != (value_digest(before), value_digest(after)):
        return "has values that differ from those its digests were counted over"
    short = max(len(before or ""), len(after or "")) <= SHORT
    if (change.old_value, change.new_value) != ((before, after) if short else (None, None)):
        return "shows other values than the versions"
    wanted = hash_id(
        "change", article_id, change.field, change.version_id, change.changed_at, change.capture_id, before, after
    )
    return None if wanted == change.id else "does not have the id of what it tells"


def _follows(version: Version, versions: Sequence[Version], changed: set[str]) -> bool:
    """Do the changes told with the version lead to it from another one?"""
    if not changed:  # the first, or one that came in later and was older than all before it
        return all(other.seen_at >= version.seen_at for other in versions if other.number < version.number)
    old = (other.fields for other in versions if other is not version)
    return any(set(changed_fields(dict(fields), dict(version.fields))) == changed for fields in old)


def _fields(encoded: str) -> dict[str, Any]:
    try:
        fields = json.loads(encoded)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _digits(moment: str) -> str:
    return "".join(letter for letter in moment if letter.isdigit())


def _found(kind: str, article_id: int, wrong: str) -> Finding:
    return Finding(kind=kind, place=f"article {article_id}", wrong=wrong, article_id=article_id)
