"""Other extractors, run in an environment of their own: ``python rivals.py MANIFEST RESULT``.

The manifest names extractors and pages; the result holds what each made of every page and the processor time it took.
Nothing of the project is imported, so that its environment and theirs need not agree. Every extractor gets the same
text, decoded once outside the clock; a page on which one fails counts as an empty answer, and is counted as failed.
"""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
Reader = Callable[[str, str], Answer]

#: Pages read before the clock starts: imports, compiled patterns and word lists are loaded by then.
WARM = 3


def trafilatura_with(**options: bool) -> Reader:
    """trafilatura with its metadata; ``options`` are those of its ``extract``."""
    from trafilatura import bare_extraction

    def read(text: str, url: str) -> Answer:
        found = bare_extraction(text, url=url, with_metadata=True, include_comments=False, **options)
        return answer(found.title, found.date, found.text) if found is not None else {}

    return read


def newspaper4k() -> Reader:
    """newspaper4k on a page that is here already."""
    from newspaper import Article

    def read(text: str, url: str) -> Answer:
        article = Article(url)
        article.download(input_html=text)
        article.parse()
        return answer(article.title, article.publish_date, article.text)

    return read


def readability() -> Reader:
    """readability-lxml's summary, a break after every block; it reads no dates."""
    from lxml import html
    from readability import Document

    blocks = ("p", "div", "li", "ul", "ol", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "br", "blockquote")

    def read(text: str, url: str) -> Answer:
        document = Document(text, url=url)
        tree = html.fromstring(document.summary())
        for element in tree.iter(*blocks):
            element.tail = "\n" + (element.tail or "")
        for element in tree.iter("td", "th"):
            element.tail = " " + (element.tail or "")
        return answer(document.short_title(), None, tree.text_content())

    return read


def resiliparse() -> Reader:
    """resiliparse's main content; its title is the title element, and it reads no dates."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def read(text: str, url: str) -> Answer:
        tree = HTMLTree.parse(text)
        return answer(tree.title, None, extract_plain_text(tree, main_content=True))

    return read


def news_please() -> Reader:
    """news-please on a page that is here already."""
    from newsplease import NewsPlease

    def read(text: str, url: str) -> Answer:
        article = NewsPlease.from_html(text, url=url)
        return answer(article.title, article.date_publish, article.maintext)

    return read


READERS: dict[str, tuple[str, Callable[[], Reader]]] = {
    "trafilatura": ("trafilatura", trafilatura_with),
    "trafilatura, precision": ("trafilatura", lambda: trafilatura_with(favor_precision=True)),
    "trafilatura, recall": ("trafilatura", lambda: trafilatura_with(favor_recall=True)),
    "newspaper4k": ("newspaper4k", newspaper4k),
    "readability-lxml": ("readability-lxml", readability),
    "resiliparse": ("resiliparse", resiliparse),
    "news-please": ("news-please", news_please),
}


def answer(title: Any, published: Any, text: Any) -> Answer:
    """A page's answer; a date is its day."""
    day = published.isoformat() if hasattr(published, "isoformat") else published
    return {"title": title or "", "published": str(day)[:10] if day else None, "text": text or ""}


def decoded(body: bytes) -> str:
    """The text of a page: UTF-8, or what the page calls itself."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        named = re.search(rb"charset=[\"']?([\w-]+)", body[:4096])
        return body.decode(named.group(1).decode() if named else "windows-1252", "replace")


def run(name: str, pages: list[tuple[str, str]]) -> dict[str, Any]:
    """What an extractor makes of the pages, and processor seconds for all of them."""
    package, load = READERS[name]
    read = load()
    for text, url in pages[:WARM]:
        attempt(read, text, url)
    started = time.process_time()
    answers = [attempt(read, text, url) for text, url in pages]
    seconds = time.process_time() - started
    failed = sum(found is None for found in answers)
    return {
        "version": version(package),
        "seconds": seconds,
        "failed": failed,
        "answers": [found or {} for found in answers],
    }


def attempt(read: Reader, text: str, url: str) -> Answer | None:
    """One page's answer; None where the extractor fails, whatever it raises."""
    try:
        return read(text, url)
    except Exception:
        return None


def no_network(*_: Any, **__: Any) -> Any:
    """Some of them look up lists of domains or pictures: here they find out at once that nothing can be reached."""
    raise socket.gaierror("extraction is measured without a network")


def main(manifest: Path, result: Path) -> int:
    """Run every named extractor on every page."""
    socket.getaddrinfo = no_network
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    told = json.loads(manifest.read_text("utf-8"))
    pages = [(decoded(Path(page["path"]).read_bytes()), page["url"]) for page in told["pages"]]
    found = {}
    for name in told["names"]:
        print(f"  {name} reads {len(pages)} pages ...", file=sys.stderr, flush=True)
        found[name] = run(name, pages)
    result.write_text(json.dumps(found), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
