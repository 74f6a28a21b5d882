"""WARC records read and extracted by several processes at once, and told in the order in which they stand.

A file whose records are gzip members of their own is cut into stretches at member boundaries, and each stretch is read
by whichever process is free. What other files hold is read here. A page that ends the process which reads it costs one
named outcome, as in a crawl.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import cast

from archive.accession import Accession, accession_of
from archive.indexed import Words, words_of
from archive.models import Capture, Outcome, Rejected, Source
from archive.takedown import admitted
from archive.warc import BadRecord, read_captures
from archive.warc.stretches import stretches
from archive.workers import end_with_parent
from crawler import reader
from crawler.profile import SiteProfile

#: Compressed bytes of a stretch: about a second of reading.
STRETCH = 400_000
#: Stretches handed out at a time, for each process.
AHEAD = 3
#: Records stored in one transaction, at least.
BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A part of a WARC file: the records that begin in it."""

    path: Path
    name: str
    """What its captures are filed under."""
    source: Source
    start: int
    end: int | None
    """None for the rest of the file."""
    known: frozenset[int] = frozenset()
    """Offsets of captures that need not be read."""

    @property
    def size(self) -> int:
        """Bytes of the file it takes up."""
        return (self.end if self.end is not None else self.path.stat().st_size) - self.start


Read = tuple[Capture, Outcome] | BadRecord
"""A capture without its body, and its outcome; or a record that could not be read."""

Told = Accession | BadRecord
"""What is to be stored of a capture; or a record that could not be read."""

_Answer = list[bytes]
"""Pickles, one a record: many small values in one place would be counted over and over by the collector of garbage."""


def cut(path: Path, name: str, source: Source, known: Callable[[int, int | None], frozenset[int]]) -> list[Stretch]:
    """The file's stretches. ``known`` tells which captures between two offsets need not be read."""
    return [
        Stretch(path=path, name=name, source=source, start=start, end=end, known=known(start, end))
        for start, end in stretches(path, STRETCH)
    ]


def read(profile: SiteProfile, parts: Iterable[Stretch], workers: int) -> Iterator[tuple[Stretch, list[Read]]]:
    """What every stretch holds, stretch by stretch in the order given."""
    for part, answer in _in_order(profile, parts, workers, _read_stretch):
        yield part, list(_one_by_one(profile, part)) if answer is None else list(map(pickle.loads, answer))


def accessions(
    profile: SiteProfile, parts: Iterable[Stretch], workers: int, buried: frozenset[str], words: Words
) -> Iterator[tuple[Stretch, list[Told]]]:
    """What is to be stored of every stretch, stretch by stretch in the order given; nothing of what is ``buried``.

    What the search index will hold of its articles has been put into ``words`` then.
    """
    for part, answer in _in_order(profile, parts, workers, partial(_tell_stretch, buried=buried)):
        told: list[Told] = []
        if answer is None:
            told += (_accession(record, buried) for record in _one_by_one(profile, part))
        for data in answer or ():
            one, known = pickle.loads(data)
            told.append(one)
            words.update(known)
        yield part, told


def batches(
    taken: Iterable[tuple[Stretch, list[Told]]],
) -> Iterator[list[tuple[Stretch, list[Told]]]]:
    """The same, as many at a time as belong into one transaction: a page of the database is best written once."""
    batch: list[tuple[Stretch, list[Told]]] = []
    for one in taken:
        batch.append(one)
        if sum(len(told) for _, told in batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _in_order(
    profile: SiteProfile, parts: Iterable[Stretch], workers: int, task: Callable[[Stretch], _Answer]
) -> Iterator[tuple[Stretch, _Answer | None]]:
    """The answer to every stretch, in the order given; None for one that ended the process which read it."""
    waiting: deque[tuple[Stretch, Future[_Answer]]] = deque()
    pool = _pool(profile, workers)
    rest = iter(parts)
    try:
        while True:
            for part in islice(rest, AHEAD * workers - len(waiting)):
                waiting.append((part, _handed(pool, task, part)))
            if not waiting:
                return
            done, result = waiting.popleft()
            try:
                answer: _Answer | None = result.result()
            except BrokenProcessPool:
                pool = _pool(profile, workers)
                waiting = deque((part, _handed(pool, task, part)) for part, _ in waiting)
                answer = None
            yield done, answer
    finally:
        pool.shutdown(cancel_futures=True)


def bare(profile: SiteProfile, parts: Iterable[Stretch], workers: int) -> int:
    """Every stretch read and extracted, and nothing done with it; how many captures there are."""
    with _pool(profile, workers) as pool:
        return sum(pool.map(_count_stretch, parts))


def _handed(pool: ProcessPoolExecutor, task: Callable[[Stretch], _Answer], part: Stretch) -> Future[_Answer]:
    """The answer to come; a pool that broke on a part before this one says so when it is asked for."""
    try:
        return pool.submit(task, part)
    except BrokenProcessPool as error:
        answer: Future[_Answer] = Future()
        answer.set_exception(error)
        return answer


def _one_by_one(profile: SiteProfile, part: Stretch) -> Iterator[Read]:
    """A stretch in which a page ends its reader, one record at a time."""
    pool = _pool(profile, 1)
    try:
        for record in _records(part):
            if isinstance(record, BadRecord):
                yield record
                continue
            try:
                outcome = pool.submit(_extract, record).result()
            except BrokenProcessPool:
                outcome = Rejected(reason="undecodable", detail="the page ends the process that reads it")
                pool = _pool(profile, 1)
            yield _without_body(record), outcome
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(profile: SiteProfile, workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(profile,))


# --- in the reading processes -----------------------------------------------------------------------------------------

_profile: SiteProfile


def _begin(profile: SiteProfile) -> None:
    global _profile
    _profile = profile
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the writer's
    reader.be_interruptible()


def _read_stretch(part: Stretch) -> _Answer:
    return [
        _pickled(record if isinstance(record, BadRecord) else (_without_body(record), _extract(record)))
        for record in _records(part)
    ]


def _tell_stretch(part: Stretch, *, buried: frozenset[str]) -> _Answer:
    told = []
    for record in _records(part):
        if isinstance(record, BadRecord):
            told.append(_pickled((record, {})))
            continue
        outcome = _extract(record)
        told.append(_pickled((_accession((record, outcome), buried), words_of(outcome))))
    return told


def _accession(record: Read, buried: frozenset[str]) -> Told:
    if isinstance(record, BadRecord):
        return record
    capture, outcome = record
    return accession_of(capture, admitted(capture, outcome, buried))


def _pickled(value: object) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _count_stretch(part: Stretch) -> int:
    return sum(not isinstance(record, BadRecord) and _extract(record) is not None for record in _records(part))


def _records(part: Stretch) -> Iterator[Capture | BadRecord]:
    for record in read_captures(part.path, start_offset=part.start, source=part.source, name=part.name):
        offset = cast(int, record.offset)
        if part.end is not None and offset >= part.end:
            return
        if offset not in part.known:
            yield record


def _extract(capture: Capture) -> Outcome:
    return reader.read_in_time(capture, _profile)


def _without_body(capture: Capture) -> Capture:
    kept = capture.body if capture.url.lower().endswith("/robots.txt") else b""
    return replace(capture, body=kept, request_body=b"")
