"""What the crawler raises on purpose, below the archive's own root."""

from archive.errors import ArchiveError


class ProfileError(ArchiveError):
    """A profile sheet is unknown, malformed or contradicts itself; the message names file and key."""


class CrawlError(ArchiveError):
    """A crawl cannot start or go on; the message says what to do."""


class AlreadyRunning(CrawlError):
    """Another process holds this archive's crawl lock."""

    exit_code = 4


class Unreachable(CrawlError):
    """The portal gave no answer; nothing was written and a later run may succeed."""

    exit_code = 3


class OutsideHours(CrawlError):
    """The sheet forbids visits at this hour; nothing was asked and a later run may go on."""

    exit_code = 3
