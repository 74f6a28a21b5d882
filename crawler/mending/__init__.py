"""Mending an archive from its WARC files: what they prove is written anew, what they cannot prove is named.

repair     proof, backup, mending, proof again
sources    captures and what they show
captures   rows of captures;  articles  articles, versions, changes and parts;  rows  indexes, orphans, frontier, runs
journal    what was done, in the table repairs
"""

from crawler.mending.repair import MENDABLE, Repaired, repair

__all__ = ["MENDABLE", "Repaired", "repair"]
