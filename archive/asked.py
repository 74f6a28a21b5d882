"""One search under way: which articles match, and in which order."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from archive.filters import BY_DAY, DAY, NARROW, Filters, conditions
from archive.matching import LISTED, Matches, Total
from archive.places import name_of
from archive.postings import Candidates, Postings
from archive.query import NOTHING, Query
from archive.ranking import Ranking
from archive.spelling import KEYS, accepts
from archive.wanted import Wanted

#: Candidates whose text is read; what comes after keeps the order of the term index.
DEPTH = 50
#: Characters of text read for all of them together, besides the first few.
_READ = 80_000
_LEAST = 20
#: Characters read of one text.
_LONGEST = 30_000
#: Candidates that are known at all.
POOL = 300

#: A query of more loose words is a question or a headline: the best hits may lack some of them.
STRICT = 5
# A query of few words has many candidates alike; more of them are read, which takes less for each.
_FEW = 3
#: Syllables the name of a place has at most.
_NAME = 4
#: How much a long text is held against before it is read.
_LENGTH = 0.3


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """Hits of one page, best first."""

    hits: tuple[tuple[int, float | None, int | None], ...]
    """Article, score, and the file whose text was found, where it was one's."""
    total: int
    estimated: bool = False
    any_words: bool = False


@dataclass(slots=True)
class _Candidate:
    article: int
    file: int | None
    score: float
    day: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pool:
    candidates: list[_Candidate]
    total: Total
    any_words: bool = False
    whole: bool = True
    """It holds every match, and nothing else."""


class Asked:
    """A query with its filters, asked of one archive."""

    def __init__(self, connection: sqlite3.Connection, query: Query, filters: Filters) -> None:
        self.connection, self.query = connection, query
        self.filters = filters.with_fields(query.fields)
        self.where, self.values = conditions(connection, self.filters)
        self.wanted = Wanted(query)
        self.fts = query.all_words() if query.groups else None
        self.matches = Matches(connection, self.fts, self.where, self.values)

    @cached_property
    def candidates(self) -> Candidates:
        """From the term index."""
        return Postings(self.connection).candidates(self.wanted)

    def worth(self) -> dict[str, float]:
        """What every wanted term is worth."""
        return self.candidates.worth if self.query.groups else {}

    @cached_property
    def listed(self) -> list[int]:
        """The first articles that match as they should."""
        return self.matches.first(LISTED)

    @property
    def strict(self) -> bool:
        """Must a hit have all the words, as far as any article has?"""
        return len(self.query.loose) <= STRICT

    @property
    def nothing(self) -> bool:
        """No article has all the words."""
        return bool(self.query.groups) and not self.numbers and not self._any

    @cached_property
    def _any(self) -> bool:
        """Has any article all the words?"""
        return bool(self.listed) if self.strict else self.matches.any()

    @cached_property
    def numbers(self) -> list[int]:
        """Documents whose number was typed, the latest first."""
        keys = sorted(self.query.document_keys)
        if not keys:
            return []
        names = {f"key{n}": key for n, key in enumerate(keys)}
        rows = self._all(
            f"select a.id from documents d join articles a on a.id = d.article_id where d.number_key in "
            f"({', '.join(':' + name for name in names)}) {self.where} order by {DAY} desc, a.id",
            **names,
        )
        return [row[0] for row in rows]

    def by_relevance(self, limit: int, offset: int) -> Ranked:
        """The best first; a query of filters alone by date."""
        if not self.query.groups:
            return self.by_date(limit, offset)
        pool = self._pool()
        first = [(key, None, None) for key in self.numbers]
        known = set(self.numbers)
        candidates = [c for c in pool.candidates if c.article not in known]
        if not pool.whole:
            candidates = self._meeting(candidates, offset + limit)
        ranked = [*first, *((c.article, c.score, c.file) for c in candidates)]
        page = ranked[offset : offset + limit]
        if not pool.whole and len(page) < limit:
            page += self._beyond([key for key, _, _ in ranked], max(0, offset - len(ranked)), limit - len(page))
        extra = len(known) - len(self.matches.among(self.numbers, self.fts)) if known else 0
        return Ranked(
            hits=tuple(page),
            total=max(pool.total.count + extra, len(ranked)),
            estimated=pool.total.estimated,
            any_words=pool.any_words and not known,
        )

    def by_date(self, limit: int, offset: int) -> Ranked:
        """The latest first."""
        total = self.matches.total()
        if not total.count and self.query.groups and not self.numbers:
            return self._soft_by_date(limit, offset)
        extra = [key for key in self.numbers if key not in self.matches.among(self.numbers, self.fts)]
        keys = self.matches.latest(limit + len(extra), max(0, offset - len(extra)))
        if extra:
            shift = min(offset, len(extra))
            rows = self._all(f"{BY_DAY}, a.id", ids=json.dumps([*keys, *extra]))
            keys = [row[0] for row in rows][shift : shift + limit]
        hits = tuple((key, None, None) for key in keys[:limit])
        return Ranked(hits=hits, total=total.count + len(extra), estimated=total.estimated)

    def part(self) -> tuple[str, dict[str, Any], int]:
        """SELECT for the ids of the hits, or of a fair part; its values; and how many times that part makes all."""
        if self.query.groups and not (self.strict and self.listed):
            pool = self._pool()
            if pool.any_words:
                ids = json.dumps([*self.numbers, *(c.article for c in pool.candidates)])
                return "select value from json_each(:ids)", {"ids": ids}, 1
        return self.matches.part()

    def _soft_by_date(self, limit: int, offset: int) -> Ranked:
        pool = self._soft()
        found = sorted(pool.candidates, key=lambda c: c.day, reverse=True)[offset : offset + limit]
        hits = tuple((c.article, None, c.file) for c in found)
        return Ranked(hits=hits, total=len(pool.candidates), estimated=True, any_words=True)

    def _pool(self) -> _Pool:
        if self.strict and self.listed:
            return self._strict()
        soft = self._soft()
        if soft.candidates or not self._any:
            return soft
        return self._strict()

    def _strict(self) -> _Pool:
        """Articles with all the words."""
        whole = len(self.listed) < LISTED
        only = set(self.listed) if whole else None
        found = self._known(only)
        if whole:
            known = {c.article for c in found}
            found += [_Candidate(article=key, file=None, score=0.0, day="") for key in self.listed if key not in known]
            total = Total(count=len(self.listed))
        else:
            total = self.matches.total(len(self.listed))
        return _Pool(candidates=self._read(found), total=total, whole=whole)

    def _meeting(self, candidates: list[_Candidate], most: int) -> list[_Candidate]:
        """The first so many with all the words, or all that have them; each that is asked of costs a look-up."""
        found: list[_Candidate] = []
        for start in range(0, len(candidates), DEPTH):
            if len(found) >= most:
                break
            these = candidates[start : start + DEPTH]
            inside = self.matches.among([c.article for c in these], self.fts)
            found += [c for c in these if c.article in inside]
        return found

    def _soft(self) -> _Pool:
        """Articles with the most telling of the words, and with all that every hit must have."""
        hard = self.query.hard_words()
        listed = self._holding(hard)
        if hard is not None and not listed and not self.strict:
            # A question may cite a document that no text names; what else it says is still to be answered.
            hard = self.query.hard_words(numbers=False)
            listed = self._holding(hard)
        only = set(listed) if hard is not None and len(listed) < LISTED else None
        found = self._known(only)
        if hard is not None and only is None:
            inside = self.matches.among([c.article for c in found], hard)
            found = [c for c in found if c.article in inside]
        ranked = self._read(found)
        total = Total(count=len(ranked), estimated=True)
        return _Pool(candidates=ranked, total=total, any_words=True)

    def _holding(self, hard: str | None) -> list[int]:
        """The first articles that hold these words."""
        return [] if hard is None else Matches(self.connection, hard, self.where, self.values).first(LISTED)

    def _known(self, only: set[int] | None) -> list[_Candidate]:
        """Candidates of the term index that meet the filters, each article once, the best first."""
        held = self.candidates
        entries = held.best(POOL * (8 if self.where else 1)) if only is None else self._entries_of(only)
        files, article = "", "e.article_id"
        if self.matches.files:
            files = "left join file_texts f on f.id = e.file_id left join attachments t on t.digest = f.digest"
            article = "coalesce(e.article_id, t.article_id)"
        sql = (
            f"select e.entry, a.id, e.file_id, e.length, coalesce({DAY}, '') from json_each(:entries) j"
            f" cross join search_entries e on e.entry = j.value {files}"
            f" join {NARROW} on a.id = {article} where 1 {self.where}"
        )
        best: dict[int, _Candidate] = {}
        for entry, article, file, length, day in self._all(sql, entries=json.dumps(entries)):
            if only is not None and article not in only:
                continue
            score = held.scores.get(entry, 0.0) / (1 + _LENGTH * math.log(1 + length / held.average))
            there = best.get(article)
            if there is None or score > there.score:
                best[article] = _Candidate(article=article, file=file, score=score, day=day)
        return _best_first(list(best.values()))[: max(POOL, len(only or ()))]

    def _entries_of(self, articles: set[int]) -> list[int]:
        ids = json.dumps(list(articles))
        rows = self._all(
            "select e.entry from json_each(:ids) j join search_entries e on e.article_id = j.value", ids=ids
        )
        if self.matches.files:
            rows += self._all(
                "select e.entry from json_each(:ids) j join attachments t on t.article_id = j.value"
                " join file_texts f on f.digest = t.digest join search_entries e on e.file_id = f.id",
                ids=ids,
            )
        return [row[0] for row in rows]

    def _read(self, found: list[_Candidate]) -> list[_Candidate]:
        """The first ones in the order of their texts, the others after them."""
        ranking = Ranking(self.wanted, self.candidates, self.places)
        read: list[_Candidate] = []
        characters = 0
        if 2 <= self.wanted.count <= _FEW and len(found) > DEPTH:
            found = self._literal_first(found)
        for candidate in found[: 2 * DEPTH if self.wanted.count <= _FEW else DEPTH]:
            if characters > _READ and len(read) >= _LEAST:
                break
            title, text = self._text(candidate)
            characters += len(text)
            candidate.score = ranking.score(title, text)
            read.append(candidate)
        rest = found[len(read) :]
        read = _best_first(read)
        lowest = read[-1].score if read else 0.0
        for candidate in rest:
            candidate.score = min(candidate.score, lowest)
        return read + rest

    @cached_property
    def places(self) -> list[str]:
        """The places that the whole query may name, as they are written: ``Bắc Kạn`` for ``bac kan``."""
        typed = [word.lower() for term in self.query.terms for word in term.typed]
        if len(self.query.runs) != 1 or not 2 <= len(typed) <= _NAME:
            return []
        key = " ".join(KEYS[word] for word in typed)
        names = {name_of(row[0]) for row in self._all("select name from search_places where key = :key", key=key)}
        found = sorted(name for name in names if _stands_for(typed, name.lower().split()))
        exact = [name for name in found if _stands_for(name.lower().split(), typed)]
        return exact or found

    def _literal_first(self, found: list[_Candidate]) -> list[_Candidate]:
        """Those that hold the words letter by letter, or a place of that name, before the others.

        Looking for letters costs next to nothing.
        """
        words = [" ".join(term.text for term in self.query.terms), *self.places]
        sql = (
            "select distinct a.id from json_each(:ids) j join articles a on a.id = j.value"
            " join json_each(:words) w on instr(a.body_text, w.value) or instr(a.title, w.value)"
        )
        ids = json.dumps([c.article for c in found])
        holding = {row[0] for row in self._all(sql, ids=ids, words=json.dumps(list(dict.fromkeys(words))))}
        return sorted(found, key=lambda candidate: candidate.article not in holding)

    def _text(self, candidate: _Candidate) -> tuple[str, str]:
        if candidate.file is not None:
            sql = (
                "select title, substr(f.text, 1, :most) from articles a, file_texts f where a.id = :id and f.id = :file"
            )
            row = self._all(sql, id=candidate.article, file=candidate.file, most=_LONGEST)[0]
            return row[0], row[1]
        sql = (
            "select title, coalesce(lead, ''), substr(body_text, 1, :most), coalesce(author, ''), coalesce(source, ''),"
            " coalesce(section, '') from articles where id = :id"
        )
        title, *texts = self._all(sql, id=candidate.article, most=_LONGEST)[0]
        return title, "\n".join(texts)

    def _beyond(self, known: Sequence[int], offset: int, limit: int) -> list[tuple[int, float | None, int | None]]:
        """Matches that are no candidates, in the order of the index."""
        skip = set(known)
        wanted = [key for key in self.matches.first(offset + limit + len(skip)) if key not in skip]
        return [(key, None, None) for key in wanted[offset : offset + limit]]

    def _all(self, sql: str, **more: Any) -> list[Any]:
        cursor = self.connection.cursor()
        cursor.row_factory = None  # the caller's connection may make something else of rows
        return cursor.execute(sql, {"fts": self.fts or NOTHING, **self.values, **more}).fetchall()


def _stands_for(typed: Sequence[str], written: Sequence[str]) -> bool:
    return len(typed) == len(written) and all(accepts(a, b) for a, b in zip(typed, written, strict=True))


def _best_first(candidates: list[_Candidate]) -> list[_Candidate]:
    """In order of score; of equal ones the latest first."""
    by_day = sorted(sorted(candidates, key=lambda c: c.article), key=lambda c: c.day, reverse=True)
    return sorted(by_day, key=lambda c: -c.score)
