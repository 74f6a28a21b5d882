"""Every figure of search: quality beside other engines, abbreviations, speed, size, whatever is typed.

    python -m bench.search [ARTICLES ...] [--quick]

``ARTICLES`` are sizes of archives, 100000 and 1000000 where none is given; ``--quick`` measures one of 20,000
alone. Public question sets that are not there are left out with a
line that tells how to get them.
"""

from __future__ import annotations

import sys

from bench import search_abbreviations, search_quality, search_speed

ARTICLES = (100_000, 1_000_000)
FUZZ = 200_000


def main(arguments: list[str]) -> int:
    """Print the figures; 0 when every mark is met."""
    if "--quick" in arguments:
        return search_speed.main(["--articles", "20000", "--fuzz", "2000"])
    codes = [search_quality.main(["--peers"]), search_abbreviations.main()]
    sizes = [int(argument) for argument in arguments if argument.isdecimal()] or list(ARTICLES)
    for articles in sizes:
        fuzzed = ["--fuzz", str(FUZZ)] if articles == sizes[0] else []
        codes.append(search_speed.main(["--articles", str(articles), *fuzzed]))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
