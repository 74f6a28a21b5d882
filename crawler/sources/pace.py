"""The limits a web archive asks its visitors to keep, kept over processes and restarts.

A service counts what comes from one address, whatever program sends it; so the state is a file of its own, beside no
archive, and the process that holds it is the only one that asks.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from crawler.errors import AlreadyRunning, CrawlError


class Blocked(CrawlError):
    """The service asks to be left alone for longer than this run waits; a later run may go on."""

    exit_code = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a service publishes, and what its users have learned."""

    per_minute: Mapping[str, float]
    """Kind of request -> requests a minute; they are spread evenly."""
    throttled_pause: float
    """Seconds of silence after 429 or 503 at the least; doubled each time in a row."""
    refused_pause: float
    """Seconds of silence after a refused connection, which is how a firewall says no; doubled each time in a row."""
    patience: float = 900.0
    """Seconds of silence that a run sits through; longer ones end it."""


class Pace:
    """When the next request may go out. A context manager that holds the service's state file.

    Raises AlreadyRunning when another process holds it, CrawlError when it cannot be written.
    """

    def __init__(
        self,
        path: Path,
        service: str,
        limits: Limits,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        told: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._path = path
        self._service = service
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._told = told
        self._file: IO[str] | None = None
        self._last: dict[str, float] = {}
        self._until = 0.0
        self._strikes = 0

    def __enter__(self) -> Pace:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+")
        except OSError as error:
            raise CrawlError(
                f"cannot write {self._path}: {error.strerror}; name another file with --pace-file"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise AlreadyRunning(f"another run is asking {self._service}, which allows one; wait for it") from error
        self._file = file
        self._read(file)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def wait(self, kind: str) -> None:
        """Sleep until a request of this kind may go out, and note that it does. Raises Blocked."""
        now = self._clock()
        if self._until > now:
            self._sit_out(self._until - now)
        gap = 60.0 / self._limits.per_minute[kind]
        due = self._last.get(kind, 0.0) + gap
        now = self._clock()
        if now < due <= now + gap:  # a clock that was set back must not silence a run for long
            self._sleep(due - now)
        self._last[kind] = self._clock()
        self._write()

    def answered(self) -> None:
        """The service answers again."""
        if self._strikes:
            self._strikes = 0
            self._write()

    def throttled(self, asked: float | None) -> None:
        """It said 429 or 503; ``asked`` is its Retry-After in seconds. The silence is kept by the next ``wait``."""
        self._rest(max(self._limits.throttled_pause * 2**self._strikes, asked or 0.0))

    def refused(self) -> None:
        """It does not take the connection."""
        self._rest(self._limits.refused_pause * 2**self._strikes)

    def _rest(self, seconds: float) -> None:
        self._until = self._clock() + min(seconds, 86_400.0)
        self._strikes = min(self._strikes + 1, 10)
        self._write()

    def _sit_out(self, seconds: float) -> None:
        until = datetime.fromtimestamp(self._until, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        if seconds > self._limits.patience:
            raise Blocked(f"{self._service} is to be left alone until {until}; run the same command again after that")
        self._told(f"{self._service} asks for a pause: going on at {until}")
        self._sleep(seconds)

    def _read(self, file: IO[str]) -> None:
        file.seek(0)
        try:
            state: Any = json.load(file)
            last, until, strikes = dict(state["last"]), float(state["until"]), int(state["strikes"])
            self._last = {str(kind): float(moment) for kind, moment in last.items()}
        except (ValueError, TypeError, KeyError):  # new, or cut by a crash: nothing is known of earlier requests
            return
        if until < self._clock() + 86_400.0:  # written by a clock that ran ahead, else
            self._until = until
        self._strikes = min(max(strikes, 0), 10)

    def _write(self) -> None:
        assert self._file is not None, "the pace is kept inside its with block"
        self._file.seek(0)
        self._file.truncate()
        json.dump({"last": self._last, "until": self._until, "strikes": self._strikes}, self._file)
        self._file.flush()
