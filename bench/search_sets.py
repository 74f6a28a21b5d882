"""Public question sets for search: what is asked, and which texts answer it.

Nothing of them is part of the project. They stand in ``data/search`` beside the project's folder, or wherever
``SEARCH_DATA`` says, each as ``<owner>/<repository>`` of the public repository it comes from; a set whose files are not
there is left out with a line that tells how to get them. Every loader is deterministic.

Half of every set, the questions with an even place, may be used for tuning; the others are only reported.
"""

from __future__ import annotations

import json
import os
import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.vietnamese import clean_line, clean_text
from bench.command import ROOT

DATA = Path(os.environ.get("SEARCH_DATA") or ROOT.parent / "data" / "search")

#: Repositories and the commit that was measured.
SOURCES = {
    "pynterest83/ALQAC2024": "696cefc",
    "Rtunc/ALQAC2023": "d5ffcba",
    "lightanddark0/alqac25": "3e91fc3",
    "HienNguyen186/ALQAC": "28bea0c",
    "NgDinhKhoi0709/VLSP2025-Vietnamese-Legal-Document-Retrieval": "8cbd6cc",
    "google-deepmind/xquad": "7d30520",
    "mailong25/bert-vietnamese-question-answering": "db10b95",
    "magizbox/scraper": "3387ada",
}


class Absent(Exception):
    """A set's files are not there; the message tells how to get them."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """Something to be found."""

    title: str
    body: str
    lead: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, and the places of the texts that answer it."""

    words: str
    answers: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class QuestionSet:
    """Texts and questions about them."""

    name: str
    texts: list[Text]
    questions: list[Question] = field(repr=False)

    def half(self, which: str) -> list[Question]:
        """``tuning`` or ``reported``."""
        return self.questions[0 if which == "tuning" else 1 :: 2]


def _folder(source: str) -> Path:
    folder = DATA / source
    if not folder.is_dir():
        raise Absent(
            f"{folder} is not there; get it with: git clone https://github.com/{source} {folder} && "
            f"git -C {folder} checkout {SOURCES[source]}"
        )
    return folder


def _json(source: str, path: str) -> Any:
    file = _folder(source) / path
    if not file.is_file():
        raise Absent(f"{file} is missing in the copy of {source}")
    return json.loads(file.read_text("utf-8"))


def _parted(text: str, law: str) -> Text:
    """The first line is the heading where more follow; the law's name stands above it, as it does on a page."""
    head, _, rest = clean_text(text).partition("\n")
    return Text(title=head, lead=law, body=rest) if rest else Text(title="", lead=law, body=head)


def _legal(name: str, texts: dict[Any, Text], asked: Iterable[tuple[str, Iterable[Any]]]) -> QuestionSet:
    places = {key: place for place, key in enumerate(texts)}
    questions = []
    for words, keys in asked:
        wanted = set(keys)
        if wanted and wanted <= places.keys():
            questions.append(Question(words=clean_line(words), answers=frozenset(places[key] for key in wanted)))
    return QuestionSet(name=name, texts=list(texts.values()), questions=questions)


def alqac() -> QuestionSet:
    """Jurists' questions on statutes, answered by one article of a law."""
    texts: dict[Any, Text] = {}
    for source, path in (
        ("pynterest83/ALQAC2024", "data/law/law.json"),
        ("Rtunc/ALQAC2023", "data/ALQAC_2023_training_data/law.json"),
    ):
        for law in _json(source, path):
            for part in law["articles"]:
                texts.setdefault((law["id"], part["id"]), _parted(part["text"], law["id"]))
    asked = {}
    for source, path in (
        ("lightanddark0/alqac25", "alqac25_train.json"),
        ("Rtunc/ALQAC2023", "data/ALQAC_2023_training_data/train.json"),
    ):
        for question in _json(source, path):
            keys = [(a["law_id"], a["article_id"]) for a in question["relevant_articles"]]
            asked.setdefault(clean_line(question["text"]), keys)
    return _legal("alqac", texts, asked.items())


def drill() -> QuestionSet:
    """Citizens' questions on the law; those that a text outside the set answers are left out."""
    texts = {
        part["aid"]: _parted(part["content_Article"], law["law_id"])
        for law in _json("HienNguyen186/ALQAC", "data/raw/corpus_law_pub.json")
        for part in law["content"]
    }
    asked = _json("NgDinhKhoi0709/VLSP2025-Vietnamese-Legal-Document-Retrieval", "data/raw/train.json")
    return _legal("drill", texts, ((q["question"], q["relevant_laws"]) for q in asked))


def xquad() -> QuestionSet:
    """Professionally translated questions on paragraphs of an encyclopaedia."""
    texts: dict[Any, Text] = {}
    asked = []
    for entry in _json("google-deepmind/xquad", "xquad.vi.json")["data"]:
        for part in entry["paragraphs"]:
            texts.setdefault(part["context"], Text(title="", body=clean_text(part["context"])))
            asked += [(qa["question"], [part["context"]]) for qa in part["qas"]]
    return _legal("xquad", texts, asked)


def zaloqa() -> QuestionSet:
    """Questions typed into a web search, answered by passages."""
    texts: dict[Any, Text] = {}
    answers: dict[str, set[str]] = defaultdict(set)
    for part in ("train", "dev"):
        for entry in _json("mailong25/bert-vietnamese-question-answering", f"dataset/{part}-v2.0.json")["data"]:
            for passage in entry["paragraphs"]:
                context = passage["context"]
                texts.setdefault(context, Text(title="", body=clean_text(context)))
                for qa in passage["qas"]:
                    if not qa["is_impossible"]:
                        answers[qa["question"]].add(context)
    return _legal("zaloqa", texts, answers.items())


def news_articles() -> list[Text]:
    """News of 2017 and 2018: headline, lead, body."""
    folder = _folder("magizbox/scraper") / "vn_news" / "data"
    found: dict[tuple[str, str], Text] = {}
    for file in sorted(folder.glob("*.txt")):
        lines = clean_text(file.read_text("utf-8", "replace")).split("\n")
        if len(lines) > 2 and len(lines[0].split()) > 3:
            text = Text(title=lines[0], lead=lines[1], body="\n".join(lines[2:]))
            found.setdefault((text.title, text.lead), text)
    return list(found.values())


def news(most: int = 10_000) -> QuestionSet:
    """A headline asks for its own article, whose headline is not indexed."""
    chosen = random.Random(1).sample(news_articles(), most)
    untitled = [Text(title="", body=_without(text.title, f"{text.lead}\n{text.body}")) for text in chosen]
    asked = random.Random(2).sample(range(most), 1500)
    questions = [Question(words=chosen[place].title, answers=frozenset([place])) for place in asked]
    return QuestionSet(name="news", texts=untitled, questions=questions)


def _without(title: str, text: str) -> str:
    """The text without lines that repeat the headline, so that it has to be found by what it says."""
    return "\n".join(line for line in text.split("\n") if line.casefold().strip(" .") != title.casefold().strip(" ."))


_PLACE = re.compile(r"\b(?:xã|phường|huyện|quận|thị trấn|thị xã|tỉnh) ([^\W\d_]+ [^\W\d_]+)(?= ?[.,;:)\n(]| [a-zđ])")


def place(most: int = 6_000) -> QuestionSet:
    """A place's name of two syllables asks for every article that holds it literally."""
    texts = random.Random(3).sample(news_articles(), most)
    wholes = [f"{text.title}\n{text.lead}\n{text.body}" for text in texts]
    names: Counter[str] = Counter()
    for whole in wholes:
        names.update(name for name in set(_PLACE.findall(whole)) if name.istitle())
    holders = {name: _holding(name, wholes) for name, count in names.items() if count >= 2}
    few = sorted(name for name, found in holders.items() if 2 <= len(found) <= 10)
    chosen = random.Random(6).sample(few, min(400, len(few)))
    questions = [Question(words=name, answers=frozenset(holders[name])) for name in chosen]
    return QuestionSet(name="place", texts=texts, questions=questions)


def _holding(name: str, wholes: list[str]) -> list[int]:
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return [number for number, whole in enumerate(wholes) if name in whole and pattern.search(whole)]


_NUMBER = re.compile(r"(?<![\w/.-])\d{1,4}/(?:\d{4}/)?[A-ZĐ]{2,}(?:-[A-ZĐ]{2,})*\d{0,2}(?![\w/-])")


def docno(most: int = 12_000) -> QuestionSet:
    """A document's number asks for every text that holds it literally."""
    texts = [*random.Random(4).sample(news_articles(), most), *alqac().texts, *drill().texts]
    holders: dict[str, set[int]] = defaultdict(set)
    for number, text in enumerate(texts):
        for found in _NUMBER.findall(f"{text.title}\n{text.lead}\n{text.body}"):
            holders[found].add(number)
    few = sorted(number for number, found in holders.items() if len(found) <= 10)
    chosen = random.Random(5).sample(few, min(400, len(few)))
    questions = [Question(words=number, answers=frozenset(holders[number])) for number in chosen]
    return QuestionSet(name="docno", texts=texts, questions=questions)


SETS: Mapping[str, Callable[[], QuestionSet]] = {
    "alqac": alqac,
    "drill": drill,
    "xquad": xquad,
    "zaloqa": zaloqa,
    "news": news,
    "place": place,
    "docno": docno,
}


# --- one question typed otherwise ---


def stripped(words: str) -> str:
    """All marks gone and d for đ."""
    apart = unicodedata.normalize("NFD", words.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
