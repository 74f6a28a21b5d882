"""An update's news as plain text, for mails and files."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.telling.news import News


def as_text(news: News) -> str:
    """Headline, causes, figures; lines of plain text with a newline at the end."""
    return "\n".join(_lines(news)) + "\n"


def _lines(news: News) -> Iterator[str]:
    yield news.headline
    yield f"archive {news.archive}, {news.at:%Y-%m-%d %H:%M:%S} UTC"
    yield f"last complete run: {news.last_success_at or 'never'}"
    if news.causes:
        yield ""
        yield "What is the matter:"
        yield from (f"- {line}" for line in news.causes)
    if news.steps:
        yield ""
        yield "Steps: " + ", ".join(f"{name} {told}" for name, told in news.steps.items())
    r = news.report
    if r is None:
        return
    yield ""
    yield f"Run {r.run_id} ({r.kind}), {r.seconds:.0f} s, {r.requests} requests, {r.bytes / 1e6:.1f} MB"
    yield (
        f"Articles: {r.articles} live; {r.new} new, {r.changed} changed, {r.unchanged} unchanged, "
        f"{r.moved} moved, {r.gone} gone, {r.restored} restored"
    )
    for title, counts in (
        ("Answers", r.captures), ("Never visited", r.refused), ("Not read yet", r.open_failures),
    ):  # fmt: skip
        if counts:
            yield f"{title}: " + ", ".join(f"{count} {name}" for name, count in counts.items())
    if r.waiting:
        yield f"Waiting: {r.waiting} addresses"
    if r.robots_ignored:
        yield f"robots.txt was ignored: {r.robots_ignored}"
    for host, why in r.tls_unverified.items():
        yield f"The certificate of {host} was not verified: {why}"
