"""An update's news as a text file for Prometheus' node exporter (its textfile collector)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from crawler.pulse import replace_file
from crawler.telling.news import News

_HELP = {
    "exit_code": "Exit code of the last update: 0 complete, 2 below expectation, 3 stopped early, 5 blocked.",
    "last_run_timestamp_seconds": "When the last update ended.",
    "last_success_timestamp_seconds": "When an update was last complete.",
    "articles": "Live articles in the archive.",
    "run_articles": "What the last update did to articles.",
    "run_requests": "Requests of the last update.",
    "run_seconds": "Seconds the last update took.",
    "run_outcomes": "Answers of the last run by outcome.",
    "open_failures": "Addresses that could not be read yet, by reason.",
    "waiting": "Addresses still to be visited.",
    "breaches": "Expectations that did not hold, by name.",
}


def write_metrics(path: Path, news: News) -> None:
    """The file holds the metrics of this portal's last update, replaced whole. Raises OSError."""
    if path.suffix != ".prom":
        raise OSError(f"{path}: the collector reads only files named *.prom")
    replace_file(path, as_metrics(news))


def as_metrics(news: News) -> str:
    """The exposition format, each metric with its help and type."""
    lines: list[str] = []
    last = ""
    for name, labels, value in _samples(news):
        if name != last:
            full = f"portal_archive_{name}"
            lines += [f"# HELP {full} {_HELP[name]}", f"# TYPE {full} gauge"]
            last = name
        told = ",".join(f'{key}="{_escaped(text)}"' for key, text in {"portal": news.portal, **labels}.items())
        number = int(value) if float(value).is_integer() else value
        lines.append(f"portal_archive_{name}{{{told}}} {number}")
    return "\n".join(lines) + "\n"


def _samples(news: News) -> Iterator[tuple[str, dict[str, str], float]]:
    yield "exit_code", {}, news.code
    yield "last_run_timestamp_seconds", {}, news.at.timestamp()
    if news.last_success_at:
        yield "last_success_timestamp_seconds", {}, datetime.fromisoformat(news.last_success_at).timestamp()
    r = news.report
    if r is None:
        return
    yield "articles", {}, r.articles
    for change in ("new", "changed", "unchanged", "moved", "gone", "restored"):
        yield "run_articles", {"change": change}, getattr(r, change)
    yield "run_requests", {}, r.requests
    yield "run_seconds", {}, r.seconds
    for outcome, count in r.captures.items():
        yield "run_outcomes", {"outcome": outcome}, count
    for reason, count in r.open_failures.items():
        yield "open_failures", {"reason": reason}, count
    yield "waiting", {}, r.waiting
    names = [breach["name"] for breach in r.breaches]
    for name in sorted(set(names)):
        yield "breaches", {"name": name}, names.count(name)
    if not names:
        yield "breaches", {"name": ""}, 0


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
