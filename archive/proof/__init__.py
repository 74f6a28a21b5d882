"""Proof that an archive is what it says: what is wrong, where, and how it is mended.

finding     what can be wrong, and the result of a proof
tables      pages, indexes, keys, schema
articles    article rows and their parts;  versions  what they were before
readings    what captures said of articles
index       the search index against the articles
records     captures against WARC records;  files  which WARC files there are
runs        runs and the frontier;  tombstones  what was taken down
verify      all of it, in order
"""

from archive.proof.finding import KINDS, Finding, Proof
from archive.proof.verify import CYCLE, Scope, verify

__all__ = ["CYCLE", "KINDS", "Finding", "Proof", "Scope", "verify"]
