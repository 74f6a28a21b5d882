"""What a proof of an archive finds: one finding for each thing that is wrong, and how it is mended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

REPAIR = "portal-archive repair"

#: Kind of finding -> how it is mended. The names stand in ``--json`` and in the table repairs.
KINDS: dict[str, str] = {
    "database_damaged": "restore a backup or a snapshot, or make a new database from the WARC files",
    "index_broken": f"{REPAIR} makes the index anew from its table",
    "schema_differs": f"{REPAIR} makes a missing index anew; a missing table comes back from a backup alone",
    "foreign_key": f"{REPAIR} takes out rows that belong to nothing, and derives them anew where a capture shows them",
    "article_edited": f"{REPAIR} writes the row as its latest version and its capture show it",
    "article_parts": f"{REPAIR} writes the rows as the article's latest version tells them",
    "article_address": f"{REPAIR} notes the address again",
    "version_edited": f"{REPAIR} reads the version from its capture again",
    "version_chain": f"{REPAIR} derives the missing version or change from the captures, where they show it",
    "change_edited": f"{REPAIR} derives the change from the two versions",
    "reading_edited": f"{REPAIR} reads the capture again",
    "content_lost": f"{REPAIR} reads the capture again",
    "status_untold": f"{REPAIR} sets the status the history tells",
    "search_index": f"{REPAIR} makes the search index anew",
    "search_queue": f"{REPAIR} makes the search index anew",
    "file_missing": "restore the WARC file from a backup; its captures cannot be proved without it",
    "file_differs": "restore the WARC file from a copy; the manifest tells the digest it had",
    "record_damaged": "restore the WARC file from a copy; the record's bytes are lost here",
    "record_missing": f"{REPAIR} finds the record at its place; where none has it, restore the WARC file from a copy",
    "record_unknown": f"{REPAIR} stores what the record shows",
    "record_forgotten": "portal-archive forget URL drops it from the WARC file",
    "capture_edited": f"{REPAIR} writes the row as its WARC record shows it",
    "capture_loose": f"{REPAIR} takes out a capture that stands in no file although its source writes one",
    "frontier_state": f"{REPAIR} lets the address be visited again",
    "run_state": f"{REPAIR} ends the run as its report says",
    "tombstone_broken": "portal-archive forget URL takes out what came back",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that is wrong."""

    kind: str
    """One of ``KINDS``."""
    place: str
    """The row or file: ``articles 123``, ``a.warc.gz at 5678``."""
    wrong: str
    """One line for a person."""
    article_id: int | None = None
    capture_id: int | None = None
    filename: str | None = None
    offset: int | None = None

    @property
    def mend(self) -> str:
        """What to do."""
        return KINDS[self.kind]

    def __str__(self) -> str:
        about = f" (article {self.article_id})" if self.article_id and str(self.article_id) not in self.place else ""
        return f"{self.kind}: {self.place}{about}: {self.wrong}"


@dataclass(kw_only=True)
class Proof:
    """What a proof looked at and found."""

    mode: str
    checked: Counter[str] = field(default_factory=Counter)
    """What was compared -> how many."""
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is no fault but worth knowing: answers that the next start will store, what could not be compared."""

    @property
    def sound(self) -> bool:
        """Nothing is wrong."""
        return not self.findings

    def counts(self) -> dict[str, int]:
        """Kind -> findings."""
        return dict(Counter(finding.kind for finding in self.findings).most_common())

    def plain(self) -> dict[str, Any]:
        """As data for programs."""
        return {
            "sound": self.sound,
            "mode": self.mode,
            "checked": dict(self.checked),
            "counts": self.counts(),
            "findings": [{"kind": f.kind, "place": f.place, "wrong": f.wrong, "mend": f.mend} for f in self.findings],
            "notes": self.notes,
        }
