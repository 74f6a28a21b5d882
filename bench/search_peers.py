"""tantivy and bm25s over the texts and queries given as JSON on standard input; run in their own environment."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import bm25s
import tantivy


def main() -> None:
    """Print, for every engine, the first ten texts' places of every query, and the middle query's milliseconds."""
    given = json.load(sys.stdin)
    texts, queries = given["texts"], given["queries"]
    told = {}
    for name, engine in (("tantivy", with_tantivy), ("bm25s", with_bm25s)):
        ask = engine(texts)
        hits, times = [], []
        for query in queries:
            started = time.process_time()
            hits.append(ask(query))
            times.append((time.process_time() - started) * 1000)
        told[name] = {"hits": hits, "ms": sorted(times)[len(times) // 2]}
    json.dump(told, sys.stdout)


def with_tantivy(texts: list[str]) -> Callable[[str], list[int]]:
    """BM25 of tantivy, any word."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text")
    builder.add_integer_field("place", stored=True)
    index = tantivy.Index(builder.build())
    writer = index.writer()
    for place, text in enumerate(texts):
        writer.add_document(tantivy.Document(text=text, place=place))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def ask(query: str) -> list[int]:
        parsed = index.parse_query(query or "x", ["text"])
        return [searcher.doc(address)["place"][0] for _, address in searcher.search(parsed, 10).hits]

    return ask


def with_bm25s(texts: list[str]) -> Callable[[str], list[int]]:
    """BM25 of bm25s."""
    retriever = bm25s.BM25()
    retriever.index(bm25s.tokenize(texts, stopwords=None, show_progress=False), show_progress=False)

    def ask(query: str) -> list[int]:
        tokens = bm25s.tokenize([query], stopwords=None, show_progress=False)
        found, _ = retriever.retrieve(tokens, k=min(10, len(texts)), show_progress=False)
        return [int(place) for place in found[0]]

    return ask


if __name__ == "__main__":
    main()
