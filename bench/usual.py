"""WARC files through warcio and trafilatura, run in their own environment: ``python usual.py PROCESSES FILE ...``.

A process takes every so-many-th record, as is usual with that library, which cannot start within a file without an
index. It prints how many answers there were. Nothing of the project is imported.
"""

from __future__ import annotations

import logging
import sys
from multiprocessing import Pool

from trafilatura import bare_extraction
from warcio.archiveiterator import ArchiveIterator


def read(part: tuple[int, int, list[str]]) -> int:
    """Answers among every ``step``-th record from ``first`` on; pages among them are extracted."""
    first, step, files = part
    answers = 0
    for name in files:
        with open(name, "rb") as stream:  # noqa: PTH123 - as its documents do
            for number, record in enumerate(ArchiveIterator(stream)):
                if number // 2 % step == first and record.rec_type == "response":  # a request goes with each
                    answers += 1
                    body = record.content_stream().read()
                    if "html" in (record.http_headers.get_header("Content-Type") or ""):
                        url = record.rec_headers.get_header("WARC-Target-URI")
                        bare_extraction(body, url=url, with_metadata=True, include_comments=False)
    return answers


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    processes = int(sys.argv[1])
    with Pool(processes) as pool:
        print(sum(pool.map(read, [(first, processes, sys.argv[2:]) for first in range(processes)])))
