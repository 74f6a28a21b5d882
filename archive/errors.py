"""Everything this package raises on purpose.

    ArchiveError              one line for a person: what happened and what to do next
    ├── DatabaseError         the database is missing, foreign, locked, newer, or its disk is full
    ├── WarcError             a WARC file cannot be read or written
    └── QueryError            a search or SQL query cannot be answered as asked

A message is one line, names the file or URL it is about, and says what to do.
"""


class ArchiveError(Exception):
    """Root of the tree. ``exit_code`` is what a command ends with when nothing catches it."""

    exit_code = 1


class DatabaseError(ArchiveError):
    """The database cannot be used as it is; nothing was written."""


class WarcError(ArchiveError):
    """A WARC file cannot be read or written; what was read before it stays."""


class QueryError(ArchiveError):
    """The query cannot be answered; rephrase it."""
