"""The house's floors: who may import whom, read from the source and checked once at run time."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("archive", "crawler")
    for path in sorted((ROOT / package).rglob("*.py"))
}

# A floor (module prefix) and what nothing on it may import, by prefix.
BARRED = {
    "archive": {"crawler", "scrapy", "twisted", "bs4", "tests", "bench"},
    "crawler": {"tests", "bench"},
    "crawler.extract": {"scrapy", "twisted", "sqlite3", "sqlite_utils", "warcio", "archive.store", "archive.ledger"},
    "crawler.sharepoint": {"scrapy", "twisted", "sqlite3", "sqlite_utils"},
    "crawler.profile": {"scrapy", "twisted", "sqlite3", "sqlite_utils", "bs4", "lxml"},
    "crawler.sources": {"scrapy", "twisted"},
}

# Imports inside functions: each with its reason, everything else stands at the top of its file.
LATE = {
    ("crawler.commands.crawl", "crawler.runner"): "keeps Scrapy's start-up time out of every other verb",
    ("crawler.commands.update", "crawler.update"): "the same",
    ("crawler.commands.serve", "archive.site.serve"): "the same for Datasette's",
    ("archive.export", "pyarrow"): "an optional extra",
    ("archive.export", "pyarrow.parquet"): "an optional extra",
}


def within(module: str, prefixes: set[str]) -> bool:
    return any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes)


def type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def imports(tree: ast.AST, *, inside: bool = False) -> Iterator[tuple[str, bool]]:
    """Full name of every imported module, and whether that stands inside a function; type-only imports are left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield (full if full in MODULES else str(node.module)), inside
        elif not type_checking(node):
            yield from imports(
                node, inside=inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            )


GRAPH = {module: list(imports(ast.parse(path.read_text("utf-8")))) for module, path in MODULES.items()}


@pytest.mark.parametrize("floor", BARRED)
def test_floor_imports_nothing_from_above(floor: str) -> None:
    on_it = [module for module in MODULES if within(module, {floor})]
    assert on_it, f"no module {floor}"
    wrong = [f"{m} imports {name}" for m in on_it for name, _ in GRAPH[m] if within(name, BARRED[floor])]
    assert not wrong


def test_no_one_but_the_warc_package_knows_warcio() -> None:
    knowing = {module for module, names in GRAPH.items() if any(within(name, {"warcio"}) for name, _ in names)}
    assert all(within(module, {"archive.warc"}) for module in knowing), knowing


def test_imports_stand_at_the_top() -> None:
    late = {(module, name) for module, names in GRAPH.items() for name, inside in names if inside}
    assert late - set(LATE) == set()
    assert set(LATE) - late == set(), "listed allowances that nothing uses"


def test_no_circles() -> None:
    edges = {m: {name for name, _ in names if name in MODULES and name != m} for m, names in GRAPH.items()}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail, module))
        if module not in done:
            for target in sorted(edges[module]):
                visit(target, (*trail, module))
            done.add(module)

    for module in edges:
        visit(module, ())


def test_files_and_functions_stay_readable() -> None:
    long: list[str] = []
    for module, path in MODULES.items():
        text = path.read_text("utf-8")
        if (lines := text.count("\n")) > 400:
            long.append(f"{module}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > 60:
                    long.append(f"{module}.{node.name}: {size} lines")
    assert not long


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that are loaded in a fresh interpreter after the statement."""
    code = f"{statement}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_extraction_is_pure_at_run_time() -> None:
    loaded = loaded_by("import crawler.extract, crawler.sharepoint")
    assert "crawler" in loaded
    assert loaded & {"scrapy", "twisted", "sqlite3", "sqlite_utils"} == set()


def test_the_archive_stands_alone_at_run_time() -> None:
    names = [module for module in MODULES if within(module, {"archive"})]
    loaded = loaded_by(f"import {', '.join(names)}")
    assert "archive" in loaded
    assert loaded & {"crawler", "scrapy", "twisted", "bs4"} == set()


def test_the_command_starts_without_scrapy_and_datasette() -> None:
    assert loaded_by("import crawler.cli") & {"scrapy", "twisted", "datasette", "uvicorn"} == set()
