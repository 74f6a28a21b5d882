"""``make bench-extract``: our extractor beside others, on the same pages, in one run.

``python -m bench.extract [FOLDER ...] [--json FILE] [--ours]``. Sets: the saved real pages beside the project, the
replica, and any public benchmark in a folder that is named. The others run in an environment of their own, which ``make
bench-extract`` installs; without it only ours is measured. Times are processor time of one core. Exits non-zero when a
figure is below its mark.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.command import OUT, ROOT
from bench.cost import MOST_GROWTH, MOST_PARSES, Cost, captures_of, cost, growth, profile_named
from bench.gold import GoldSet, in_folder, real_pages, replica
from bench.real_pages import answer_of
from bench.scoring import Answer

RIVALS = ROOT / ".peers" / "extractors" / "bin" / "python"
NAMES = (
    "trafilatura",
    "trafilatura, precision",
    "trafilatura, recall",
    "newspaper4k",
    "readability-lxml",
    "resiliparse",
    "news-please",
)
OURS = "portal-archive"
LEAST_TIMES_FASTER = 8.0
Row = dict[str, Any]


def measured(gold: GoldSet, rivals: tuple[str, ...]) -> dict[str, Row]:
    """Every extractor's scores and speed on a set; ours first."""
    profile = profile_named(gold.profile)
    captures = captures_of(gold)
    ours: list[Answer] = [answer_of(capture, profile, lines=gold.name == "real pages") for capture in captures]
    spent = cost(captures, profile)
    rows = {OURS: _row(gold, ours, spent.extracted, spent)}
    for name, found in _rivals(gold, rivals).items():
        rows[name] = {
            **_row(gold, found["answers"], found["seconds"], spent),
            "version": found["version"],
            "failed": found["failed"],
        }
    return rows


def _row(gold: GoldSet, answers: list[Answer], seconds: float, spent: Cost) -> Row:
    return {
        **gold.score(gold.pages, answers),
        "seconds": seconds,
        "pages_a_second": len(gold.pages) / seconds,
        "parses": seconds / spent.parsed,
    }


def _rivals(gold: GoldSet, names: tuple[str, ...]) -> dict[str, Any]:
    """What the others make of the pages, run in their own environment."""
    if not names:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        pages = []
        for number, page in enumerate(gold.pages):
            path = Path(folder, f"{number}.html")
            path.write_bytes(page.body)
            pages.append({"path": str(path), "url": page.url})
        manifest, result = Path(folder, "manifest.json"), Path(folder, "result.json")
        manifest.write_text(json.dumps({"names": names, "pages": pages}), "utf-8")
        command = [str(RIVALS), str(ROOT / "bench" / "rivals.py"), str(manifest), str(result)]
        subprocess.run(command, check=True)
        found: dict[str, Any] = json.loads(result.read_text("utf-8"))
        return found


def table(name: str, pages: int, rows: dict[str, Row]) -> str:
    """The rows of a set as aligned text."""
    metrics = [key for key in next(iter(rows.values())) if key not in ("seconds", "version", "failed")]
    lines = [f"{name}, {pages} pages", f"  {'':24}" + "".join(f"{_head(metric):>11}" for metric in metrics)]
    for extractor, row in rows.items():
        label = f"{extractor} {row.get('version', '')}".strip()
        cells = "".join(f"{_cell(metric, row[metric]):>11}" for metric in metrics)
        lines.append(f"  {label:24.24}{cells}" + (f"  failed on {row['failed']}" if row.get("failed") else ""))
    return "\n".join(lines)


def _head(metric: str) -> str:
    return {"pages_a_second": "pages/s", "least_f1": "least F1", "all_f1": "F1, all"}.get(metric, metric)


def _cell(metric: str, value: float) -> str:
    if metric == "leaks":
        return f"{value:.0f}"
    return f"{value:.1f}" if metric in ("pages_a_second", "parses") else f"{value:.4f}"


def judged(gold: GoldSet, rows: dict[str, Row]) -> list[tuple[str, bool]]:
    """The marks of a set, and whether each is met."""
    ours, marks = rows[OURS], []
    if gold.name == "real pages":
        marks += [
            ("F1 of articles, events and documents at least 0.98", ours["f1"] >= 0.98),
            ("none of them below 0.93", ours["least_f1"] >= 0.93),
            ("titles exact", ours["titles"] == 1.0),
            ("dates exact, none invented", ours["dates"] == 1.0),
            ("no leak on any page", ours["leaks"] == 0),
        ]
    if gold.name == "replica":
        exact = (ours["f1"], ours["titles"], ours["dates"], ours["leaks"]) == (1.0, 1.0, 1.0, 0.0)
        marks.append(("text, titles and dates exact, no leak", exact))
    default = rows.get("trafilatura")
    if default is not None and gold.profile == "":
        marks.append(("F1 at least trafilatura's", ours["f1"] >= default["f1"]))
    if gold.profile:
        marks.append((f"at most {MOST_PARSES:g} parses: {ours['parses']:.1f}", ours["parses"] <= MOST_PARSES))
        if default is not None:
            faster = ours["pages_a_second"] / default["pages_a_second"]
            marks.append(
                (f"{LEAST_TIMES_FASTER:g} times trafilatura's speed: {faster:.1f}", faster >= LEAST_TIMES_FASTER)
            )
    return marks


def main(arguments: list[str]) -> int:
    """Print a table a set; 0 when every mark is met."""
    parser = argparse.ArgumentParser(prog="python -m bench.extract", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, help="folders of public benchmarks")
    parser.add_argument("--json", type=Path, default=OUT / "extract.json", help="where the figures go (%(default)s)")
    parser.add_argument("--ours", action="store_true", help="measure ours alone")
    options = parser.parse_args(arguments)
    try:
        sets = [gold for gold in (real_pages(), replica(), *map(in_folder, options.folders)) if gold is not None]
    except (ValueError, OSError) as error:
        parser.error(str(error))
    if sets[0].name != "real pages":
        print("the saved real pages are not beside this project (../shared/real-pages): skipped")
    rivals = NAMES if RIVALS.is_file() and not options.ours else ()
    if not rivals:
        print("the other extractors are not measured: 'make bench-extract' installs them")
    told: dict[str, Any] = {}
    good = True
    for gold in sets:
        rows = measured(gold, rivals)
        told[gold.name] = {"pages": len(gold.pages), "extractors": rows}
        print(table(gold.name, len(gold.pages), rows))
        for mark, met in judged(gold, rows):
            print(f"  {'met' if met else 'MISSED'}: {mark}")
            good &= met
        print(flush=True)
    times = growth()
    told["growth"] = times
    linear = times["ratio"] <= MOST_GROWTH
    print(f"a page of 5 MB costs {times['ratio']:.2f} times as much a byte as one of 0.3 MB (at most {MOST_GROWTH:g})")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(told, indent=1), "utf-8")
    return 0 if good and linear else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
