"""Coverage-guided fuzzing of ``extract``, in an environment of its own: ``make fuzz`` (``ARGS=-max_total_time=600``).

The fuzzer (atheris) follows which lines an input reaches and breeds those that reach new ones, beginning with the
golden pages. It stops at the first input that raises, hangs or yields unsafe HTML, and leaves it in ``bench/out/fuzz``.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["archive", "crawler"]):
    from archive.models import ArticleFound, Capture, outcome_name
    from bench.mutants import FETCHED, GOLDEN, TYPES, URLS
    from crawler.extract import extract
    from crawler.extract.body import is_safe
    from crawler.profile import load

from bench.command import OUT

PROFILE = load("bac-kan")
#: Seconds one input may take before it counts as a hang.
HANG = 5


def read(data: bytes) -> None:
    """Read one input: its first bytes choose address and media type, the rest is the body."""
    chosen = atheris.FuzzedDataProvider(data)
    url, kind = chosen.PickValueInList(list(URLS)), chosen.PickValueInList(list(TYPES))
    body = chosen.ConsumeBytes(chosen.remaining_bytes())
    capture = Capture(url=url, fetched_at=FETCHED, status=200, headers=(("Content-Type", kind),), body=body)
    outcome = extract(capture, PROFILE)
    assert outcome_name(outcome)
    if isinstance(outcome, ArticleFound):
        assert is_safe(outcome.article.body_html)


def main() -> None:
    """Fuzz until the time is up; options are libFuzzer's."""
    corpus = OUT / "fuzz"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(sorted(GOLDEN.glob("*/*/page.*"))):
        (corpus / f"golden-{number}").write_bytes(page.read_bytes())
    options = [f"-timeout={HANG}", "-max_len=20000", f"-artifact_prefix={corpus}/", *sys.argv[1:]]
    atheris.Setup([sys.argv[0], *options, str(corpus)], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
