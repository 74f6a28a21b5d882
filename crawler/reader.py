"""Pages read in a process of its own: a page that crashes or stalls a parser costs one named outcome, not the crawl.

It also lets the next answer be fetched and stored while a page is read. The two talk over pipes, in pickles with their
length before them; when the crawl dies, the pipe ends and so does the reader.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pickle
import signal
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from types import FrameType
from typing import Any, BinaryIO

from archive.indexed import Words, words_of
from archive.models import Capture, Outcome, Rejected
from crawler.extract import extract
from crawler.profile import SiteProfile

#: Seconds one page may take; the slowest of thousands of mutilated real pages took a third of one.
READ_SECONDS = 60.0

#: Bytes below which a page is read on the spot.
SHORT = 2_000

#: Bytes either pipe may hold.
PIPE_BYTES = 1 << 20

_LENGTH = struct.Struct(">I")


class Reader:
    """Reads captures with one profile, in order. Close it when the crawl ends.

    What the search index will hold of the articles read is put into ``known``.
    """

    def __init__(self, profile: SiteProfile, known: Words) -> None:
        self._profile = profile
        self._known = known
        self._process: Process | None = None
        self._waiting: deque[tuple[Capture, asyncio.Future[Outcome | None]]] = deque()
        self._starting = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None

    async def read(self, capture: Capture) -> Outcome:
        """The capture's outcome, as ``extract`` gives it.

        A page that is not read in ``READ_SECONDS``, or that ends the process which reads it, is ``undecodable``.
        """
        if capture.status != 200 or len(capture.body) < SHORT or _is_file(capture):
            return extract(capture, self._profile)
        while True:
            process = await self._running()
            assert process.stdin is not None
            answer: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()
            self._waiting.append((capture, answer))
            process.stdin.write(_frame(capture))
            outcome = await answer
            if outcome is not None:
                return outcome

    async def close(self) -> None:
        """End the reading process; pages it still had are not read."""
        if self._listening is not None:
            self._listening.cancel()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _running(self) -> Process:
        async with self._starting:
            if self._process is None:
                command = (sys.executable, "-m", "crawler.reader")
                self._process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
                assert self._process.stdin is not None
                self._process.stdin.write(_frame(self._profile))
                self._listening = asyncio.create_task(self._listen(self._process))
            return self._process

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        try:
            while True:
                (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
                outcome, words = pickle.loads(await process.stdout.readexactly(length))
                self._known.update(words)
                self._waiting.popleft()[1].set_result(outcome)
        except (asyncio.IncompleteReadError, ConnectionError):
            await self._bury(process)

    async def _bury(self, process: Process) -> None:
        """The process has ended on the page it was reading, the first that waits; the others are read by a new one."""
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        self._process = None
        dead, self._waiting = self._waiting, deque()
        for number, (_, answer) in enumerate(dead):
            ended = Rejected(reason="undecodable", detail="the page ends the process that reads it")
            if not answer.done():
                answer.set_result(ended if number == 0 else None)


def _is_file(capture: Capture) -> bool:
    """By its media type nothing that is read as text."""
    kind = capture.mimetype
    return kind.startswith(("image/", "audio/", "video/", "font/")) or (
        kind.startswith("application/") and not kind.endswith(("xml", "json", "octet-stream"))
    )


def _frame(value: Any) -> bytes:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


# --- the reading process ----------------------------------------------------------------------------------------------


class _TooLong(Exception):
    """The page's time is up."""


def main() -> None:
    """Read a profile, then captures, from standard input; write outcomes to standard output until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the crawl's: it still wants the pages under way
    signal.signal(signal.SIGALRM, _time_is_up)
    for pipe in (0, 1):  # a page goes through in one piece; where the system allows less, in several
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    asked, told = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not speak between the frames
    profile = _next(asked)
    while (capture := _next(asked)) is not None:
        outcome = read_in_time(capture, profile)
        told.write(_frame((outcome, words_of(outcome))))
        told.flush()


def _next(stream: BinaryIO) -> Any:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    data = stream.read(*_LENGTH.unpack(head))
    return pickle.loads(data)


def _time_is_up(number: int, frame: FrameType | None) -> None:
    raise _TooLong


def be_interruptible() -> None:
    """From now on ``read_in_time`` keeps its time in this process, whose main thread it is called from."""
    signal.signal(signal.SIGALRM, _time_is_up)


def read_in_time(capture: Capture, profile: SiteProfile) -> Outcome:
    """The capture's outcome; ``undecodable`` for a page that is not read in ``READ_SECONDS``."""
    signal.setitimer(signal.ITIMER_REAL, READ_SECONDS)
    try:
        return extract(capture, profile)
    except _TooLong:
        return Rejected(reason="undecodable", detail=f"not read within {READ_SECONDS:g} s")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()
