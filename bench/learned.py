"""What learning is worth: the replica without its sheet, families never seen, pages undressed, real pages.

``python -m bench.learned`` prints:

- the replica crawled with its own sheet, then taken in anew from the crawl's WARC files with the sheet that was learned
  of them, ``bac-kan`` and every layout of the crawl's sheet gone, and held against the truth;
- each page family of the replica held back from learning in turn, and read with the sheet learned of the others;
- the replica's pages undressed (``tests.learning``), read by the general rules and by what their neighbours teach;
- the same sheet from the same pages in another order;
- the saved real pages of the host that has most of them, read with and without what they teach each other.

Exits non-zero below a mark: F1 0.99, titles and dates 0.99 and no leak with a learned sheet; F1 0.95 and no leak on
families held back; no real page read worse.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from archive.models import Capture
from bench.command import OUT, ROOT
from bench.real_pages import PAGES, answer_of, capture_of
from crawler.learn import LEAST, learn
from crawler.profile import SiteProfile, load
from tests import crawling
from tests.judge import Verdict, judge
from tests.learning import Figures, Told, measured, replica, token_f1, undressed
from tests.portal.sheet import sheet
from tests.replica import running
from tests.test_real_pages import script

FOLDER = OUT / "learned"
BASE = load("sharepoint")
SEED = 20240304


def main() -> int:
    """Print the figures; 0 when every mark is met."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    good = relearned()
    pages, told = replica("default")
    good &= held_back(pages, told)
    good &= undressed_pages([undressed(page) for page in pages], told)
    good &= any_order(pages)
    good &= real_pages()
    return 0 if good else 1


def relearned() -> bool:
    """The replica's own sheet deleted and learned again."""
    archive, again = FOLDER / "archive.db", FOLDER / "again.db"
    with running(FOLDER, "--size", "default") as portal:
        ran = crawling.run("crawl", archive, portal.profile)
        if ran.code != 0:
            sys.exit(f"the crawl ended with {ran.code}: {ran.stderr[-2000:]}")
        truth, port = portal.truth(), portal.port
    started = time.monotonic()
    command("profile", "learn", "--from", str(archive), "-o", str(FOLDER / "learned.toml"))
    print(f"learned of the crawl's own WARC in {time.monotonic() - started:.1f} s, the sheet bac-kan deleted:")
    (FOLDER / "crawl.toml").write_text(sheet(port, 0, base="learned.toml"), encoding="utf-8")
    warcs = sorted(str(path) for path in (FOLDER / "warc").rglob("*.warc.gz"))
    command("ingest", "warc", *warcs, "--archive", str(again), "--profile", str(FOLDER / "crawl.toml"), "--quiet")
    verdict = judge(again, {**truth, "urls": []}, load(FOLDER / "crawl.toml"))
    for line in verdict.lines():
        if not line.startswith("outcomes"):
            print(f"  {line}")
    return reached(verdict)


def reached(verdict: Verdict) -> bool:
    """Print body F1 and exact titles and dates over all articles, missing ones counted as nothing; whether they do."""
    wrong = Counter(name for _, name, _, _ in verdict.wrong_fields)
    found = verdict.articles - len(verdict.missing)
    short = sum(1 - token_f1(have or "", want) for _, name, want, have in verdict.wrong_fields if name == "body_text")
    f1, titles = (found - short) / verdict.articles, found - wrong["title"]
    dates = found - wrong["published_at"] - wrong["updated_at"]
    print(f"  body F1             {f1:.4f}")
    print(f"  titles, dates exact {titles}, {dates} of {verdict.articles}")
    exact = min(titles, dates) / verdict.articles
    return f1 >= 0.99 and exact >= 0.99 and not verdict.leaks and not verdict.extra


def command(*arguments: str) -> None:
    """``portal-archive`` in a process of its own; any exit but 0 ends the measurement."""
    done = subprocess.run([sys.executable, "-m", "crawler", *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr[-2000:]}")


def learned_profile(pages: Iterable[Capture], name: str, least: int = LEAST) -> SiteProfile:
    """A sheet learned of these pages, written and loaded."""
    path = FOLDER / f"{name}.toml"
    path.write_text(learn(pages, BASE, name=name, least=least).text, encoding="utf-8")
    return load(path)


def held_back(pages: Sequence[Capture], told: Mapping[str, Told]) -> bool:
    """Each family read with what the others teach."""
    print("each family held back from learning:")
    good = True
    for family in sorted({truth["layout_family"] for truth in told.values()}):
        held = [page for page in pages if page.url in told and told[page.url]["layout_family"] == family]
        unknown = {page.url for page in held}
        profile = learned_profile([page for page in pages if page.url not in unknown], f"without-{family}")
        figures = measured(held, told, profile)[family]
        print(f"  {family:3}{figures.line()}")
        good &= figures.f1 >= 0.95 * figures.articles and not figures.leaks
    return good


def undressed_pages(pages: Sequence[Capture], told: Mapping[str, Told]) -> bool:
    """Pages whose names and headings say nothing, by the general rules and by a learned sheet."""
    before = measured(pages, told, BASE)
    after = measured(pages, told, learned_profile(pages, "undressed"))
    print("undressed, general rules:")
    show(before)
    print("undressed, learned:")
    show(after)
    return all(met(figures) for figures in after.values())


def show(found: Mapping[str, Figures]) -> None:
    """A line a family."""
    for family, figures in found.items():
        print(f"  {family:3}{figures.line()}")


def met(figures: Figures) -> bool:
    """The marks of a learned sheet."""
    exact = min(figures.titles, figures.dates)
    return figures.f1 >= 0.99 * figures.articles and exact >= 0.99 * figures.articles and not figures.leaks


def any_order(pages: Sequence[Capture]) -> bool:
    """The same pages in another order give the same bytes."""
    other = list(pages)
    random.Random(SEED).shuffle(other)
    started = time.process_time()
    same = learn(pages, BASE).text == learn(other, BASE).text
    each = (time.process_time() - started) / 2 / len(pages) * 1000
    print(
        f"in another order (seed {SEED}): {'the same sheet' if same else 'ANOTHER SHEET'}; {each:.1f} ms of CPU a page"
    )
    return same


def real_pages() -> bool:
    """The saved pages of one host with at least three articles, with and without what they teach each other."""
    if not PAGES.is_dir():
        print("the saved real pages are not beside this project; not measured")
        return True
    score = script(PAGES / "score.py")
    known = [(name, capture_of(raw, gold["url"], kind), gold) for name, raw, kind, gold in score.pages()]
    html = [(name, capture, gold) for name, capture, gold in known if capture.source != "text"]
    profile = learned_profile([capture for _, capture, _ in html], "real", least=3)
    print(f"real pages, learned of each other on {', '.join(profile.scope.hosts)}:")
    good = True
    for name, capture, gold in html:
        if urlsplit(capture.url).netloc in profile.scope.hosts:
            before, after = (score.run_one(reader(capture, p), capture.body, "", gold, False) for p in (BASE, profile))
            told = f"F1 {before['f1']:.4f} -> {after['f1']:.4f}  title {before['title_ok']} -> {after['title_ok']}"
            print(f"  {name:16}{told}  leaks {len(before['leaks'])} -> {len(after['leaks'])}")
            good &= after["f1"] >= before["f1"] and after["title_ok"] >= before["title_ok"]
            good &= len(after["leaks"]) <= len(before["leaks"])
    return good


def reader(capture: Capture, profile: SiteProfile) -> Callable[[bytes, str], dict[str, Any]]:
    """What ``score.py`` asks: title, date and text of a page."""
    return lambda _body, _url: answer_of(capture, profile, lines=True)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    sys.exit(main())
