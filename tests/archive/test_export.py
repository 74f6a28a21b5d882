"""Taking articles away on the command line, and cells that are never formulas."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.export import FLAT
from archive.spreadsheet import cell, csv_lines, harmless_csv
from tests.archive.lived import build
from tests.conftest import Run

FORMULAS = ("=1+1", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "\u200b=1", "＝1", '"=1', "%0A=1", "|cmd")
NUMBERS = ("-5", "-5.25", "-1,5", "3e-7", "12")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("export") / "archive.db")


def test_json_lines_hold_everything(lived: Path, portal_archive: Run) -> None:
    done = portal_archive("export", "jsonl", "--archive", lived)
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(records) == 69
    assert "69 articles written" in done.stderr
    document = next(
        record for record in records if record["document"] and record["document"]["number"] == "902/QĐ-UBND"
    )
    assert document["attachments"][0]["url"].endswith("902_qđ.pdf")


def test_words_and_filters_select(lived: Path, portal_archive: Run, tmp_path: Path) -> None:
    out = tmp_path / "found.csv"
    done = portal_archive("export", "csv", "bac kan", "--year", "2022", "--archive", lived, "-o", out)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8"), newline="")))
    assert rows
    assert tuple(rows[0]) == FLAT
    assert all(row["published_at"].startswith("2022") for row in rows)
    sql = portal_archive(
        "sql", "select count(*) as n from articles where year = 2022 and rowid in (select rowid from articles_fts"
        " where articles_fts match search_query('bac kan'))", "--json", "--archive", lived
    )  # fmt: skip
    assert json.loads(sql.stdout) == [{"n": len(rows)}]


def test_parquet_is_whole_or_not_there(lived: Path, portal_archive: Run, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow, the optional extra, is not installed")
    out = tmp_path / "articles.parquet"
    assert portal_archive("export", "parquet", "--archive", lived, "--output", out).returncode == 0
    table = parquet.read_table(out)
    assert (table.num_rows, tuple(table.column_names)) == (69, FLAT)
    assert [path.name for path in tmp_path.iterdir()] == ["articles.parquet"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("csv", "--year", "20x"), "--year '20x' is not understood"),
        (("csv", "--month", "2022-13"), "--month '2022-13' is not understood"),
        (("parquet",), "name it with --output"),
        (("jsonl", '"'), "no word"),
        (("jsonl", "-o", "no/such/folder/x"), "the folder no/such/folder does not exist"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    lived: Path, portal_archive: Run, arguments: tuple[str, ...], told: str
) -> None:
    done = portal_archive("export", *arguments, "--archive", lived)
    assert done.returncode != 0
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", [*NUMBERS, "Bắc Kạn", "a=b", "", "902/QĐ-UBND"])
def test_what_is_no_formula_stays(text: str) -> None:
    assert cell(text) == text


def test_values_that_are_no_text_stay() -> None:
    assert [cell(value) for value in (1, -2.5, None)] == [1, -2.5, None]


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=4), min_size=1, max_size=4))
def test_no_cell_of_any_csv_begins_a_formula(rows: list[list[str]]) -> None:
    once = csv_lines(rows)
    read = list(csv.reader(io.StringIO(once, newline="")))
    assert all(not value.startswith(("=", "@", "\t", "\r", "+")) for row in read for value in row)
    assert harmless_csv(once) == once, "made harmless twice is the same"
