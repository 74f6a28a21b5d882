"""Does an abbreviation find the texts that name the thing in full, and the full form those that abbreviate it?

    python -m bench.search_abbreviations

For every line of the reviewed list that real news use both ways: the share of the texts naming the thing, in either
form, that a search for one form finds.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from pathlib import Path

from archive.abbreviations import Meaning, abbreviations
from archive.asked import Asked
from archive.filters import Filters
from archive.query import parse
from bench.search_quality import archive_of
from bench.search_sets import Absent, Text, news_articles

#: Least share.
MARK = 0.95
_TEXTS = 10_000
_FEWEST = 5


def _naming(meaning: Meaning, texts: list[str]) -> tuple[set[int], set[int]]:
    full = re.compile(r"(?<!\w)" + r"\W+".join(map(re.escape, meaning.full)) + r"(?!\w)")
    short = [re.compile(r"(?<!\w)" + r"\W*".join(map(re.escape, form)) + r"(?!\w)") for form in meaning.short]
    in_full = {n for n, text in enumerate(texts) if full.search(text)}
    return in_full, {n for n, text in enumerate(texts) if any(form.search(text) for form in short)}


def main() -> int:
    """Print the shares; 0 when every one is enough."""
    try:
        texts: list[Text] = random.Random(8).sample(news_articles(), _TEXTS)
    except Absent as absent:
        print(f"left out; {absent}")
        return 0
    lowered = [f"{text.title}\n{text.lead}\n{text.body}".lower() for text in texts]
    least, tried = 1.0, 0
    with tempfile.TemporaryDirectory() as folder:
        conn, places = archive_of(texts, Path(folder))
        for meaning in abbreviations().meanings:
            in_full, in_short = _naming(meaning, lowered)
            naming = in_full | in_short
            if len(in_full) < _FEWEST or len(in_short) < _FEWEST:
                continue
            tried += 1
            for form in (meaning.full, meaning.short[0]):
                asked = Asked(conn, parse(" ".join(form)), Filters())
                found = {places[key] for key in asked.matches.first(_TEXTS)}
                share = len(found & naming) / len(naming)
                least = min(least, share)
                if share < MARK:
                    print(f"  {' '.join(form)}: {share:.3f} of {len(naming)}")
    print(f"{tried} abbreviations used both ways in {_TEXTS:,} news: each finds at least {least:.3f} (wanted {MARK})")
    return 0 if tried and least >= MARK else 1


if __name__ == "__main__":
    sys.exit(main())
