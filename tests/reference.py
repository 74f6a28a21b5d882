"""The generated parts of the documents: `make docs` writes them, tests/test_docs.py holds them to the code."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from sqlite_utils import Database

from archive.migrations import migrations
from archive.site import metadata
from crawler.cli import PROGRAM, cli
from crawler.profile import SiteProfile

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
WIDTH = 100
BEGIN, END = "<!-- commands: begin (tests/test_docs.py) -->", "<!-- commands: end -->"


# --- the command line -------------------------------------------------------------------------------------------------


def commands(command: click.Command = cli, path: tuple[str, ...] = (PROGRAM,)) -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, groups before their verbs."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from commands(command.commands[name], (*path, name))


def help_text(name: str, command: click.Command) -> str:
    """What ``NAME --help`` prints on a terminal of ``WIDTH`` columns."""
    parent: click.Context | None = None
    words = name.split(" ")
    node: click.Command = cli
    for index, word in enumerate(words):
        if index:
            assert isinstance(node, click.Group)
            node = node.commands[word]
        settings = {**node.context_settings, "max_content_width": WIDTH, "terminal_width": WIDTH}
        parent = click.Context(node, parent=parent, info_name=word, **settings)
    assert parent is not None
    assert node is command
    return command.get_help(parent)


def cli_page() -> str:
    """docs/cli.md: every verb's help."""
    parts = ["# The command line\n", "Written by `make docs` from `--help`; do not edit.\n"]
    for name, command in commands():
        level = min(4, 2 + name.count(" "))
        parts.append(f"{'#' * level} {name}\n\n```\n{help_text(name, command)}\n```\n")
    return "\n".join(parts)


#: What each verb does, for README.vi.md; test_docs holds the list complete.
VIETNAMESE = {
    "crawl": "Thu thập một cổng thông tin vào kho một cách lịch sự; tiếp tục lần chạy dở",
    "update": "Xem lại danh sách, nguồn tin và trang đến hạn; ghi nhận bài sửa, bài gỡ, bài trở lại",
    "schedule print": "In bộ hẹn giờ (systemd, cron, compose, GitHub Actions) với đường dẫn của máy này",
    "ingest text": "Nhận một trang được lưu dưới dạng văn bản thuần UTF-8, kể cả phần điều hướng",
    "ingest warc": "Nhận các tệp WARC hoặc ARC, nén gzip hay không; cả tệp WACZ và WET",
    "ingest wacz": "Nhận các tệp WACZ: những tệp WARC bên trong",
    "ingest wet": "Nhận các tệp WET: trang dưới dạng văn bản thuần",
    "ingest wayback": "Khôi phục cổng từ Wayback Machine: liệt kê những gì kho ấy giữ, lấy nguyên bản từng bản chụp",
    "ingest commoncrawl": "Khôi phục cổng từ Common Crawl: hỏi chỉ mục từng đợt, đọc từng bản ghi theo vị trí của nó",
    "search": "Tìm bài theo từ, có dấu hay không dấu",
    "show": "Đọc một bài: các trường, nội dung, các phiên bản",
    "history": "Lịch sử một bài: các phiên bản, lần chuyển địa chỉ, lần vắng, và mỗi bản thu đến từ cửa nào",
    "diff": "Hai phiên bản của một bài khác nhau ở đâu, từng chữ một; chữ chỉ đổi chỗ đặt dấu được nêu riêng",
    "explain": "Cho thấy bộ trích đã đọc một trang thế nào: trang gì, trường nào theo quy tắc nào, bỏ gì và vì sao",
    "sql": "Hỏi kho bằng SQL, chỉ đọc",
    "coverage": "Biết gì về cổng, đang giữ gì, còn thiếu gì và lấy được ở đâu",
    "export": "Xuất bài viết thành JSON Lines, CSV hoặc Parquet: tất cả, hoặc theo từ và điều kiện",
    "serve": "Mở kho thành trang web: tìm kiếm, bài viết và lịch sử, văn bản, thay đổi, tình trạng, dữ liệu",
    "status": "Kho có gì, còn gì chờ, lần chạy cuối kết thúc ra sao",
    "runs": "Các lần chạy, mới nhất trước, và mỗi lần mang lại gì",
    "failures": "Địa chỉ không đọc được, lý do và khi nào thử lại",
    "snapshot": "Công bố một bản sao cho người đọc: chỉ nội dung, nguyên vẹn, không có phần của bộ thu thập",
    "verify": "Chứng minh kho: cơ sở dữ liệu, chỉ mục, các phiên bản, và mọi bản chụp so với bản ghi WARC",
    "rebuild": "Dựng lại cơ sở dữ liệu chỉ từ các tệp WARC: cùng bài, phiên bản và lịch sử như các lượt chạy đã để lại",
    "reextract": "Đọc lại các bản thu bằng bộ trích và phiếu hiện nay; chạy thử thì nêu trường nào sẽ đổi, kèm ví dụ",
    "merge": "Gộp nhiều kho thành một: một dòng thời gian chung, theo thứ tự nào cũng cho cùng kết quả",
    "forget": "Gỡ hẳn một trang: nội dung, các phiên bản, chỉ mục và bản ghi WARC; giữ lại bia mộ ghi lý do",
    "repair": "Sửa những gì tệp WARC chứng minh được, sao lưu trước; nêu rõ những gì không sửa được",
    "fixity write": "Ghi mã băm SHA-256 của mọi tệp thành một gói BagIt; chỉ đọc tệp mới hoặc đã đổi",
    "fixity check": "Đọc mọi tệp của gói và so với bản kê; khác biệt thì kết thúc với mã 2",
    "migrate": "Đưa kho của bản phát hành cũ lên lược đồ hiện tại, sao lưu trước",
    "warc pack": "Đóng các trang đã lưu thành tệp WARC để đưa vào kho như mọi bản chụp khác",
    "warc check": "Đọc mọi bản ghi, so nội dung với mã băm; có bản ghi hỏng thì kết thúc với mã 1",
    "profile list": "Các phiếu có sẵn",
    "profile check": "Kiểm tra phiếu: mọi khóa đều được biết, mọi giá trị đúng kiểu, mọi biểu thức hợp lệ",
    "profile learn": "Học phiếu của một cổng từ các trang đã chụp: họ trang, khung nội dung, chỗ của từng trường",
    "profile lines": "Học từ các bản văn bản thuần: dòng nào lặp lại ở rìa nhiều trang là phần trang trí của cổng",
    "profile show": "Mọi khóa của phiếu với giá trị đang có hiệu lực",
}


def verbs() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something itself, by its name without the program's."""
    for name, command in commands():
        if not isinstance(command, click.Group):
            yield name.removeprefix(f"{PROGRAM} "), command


def english_table() -> str:
    """README's table of verbs."""
    rows = [f"| `{PROGRAM} {name}` | {c.get_short_help_str(limit=200).rstrip('.')} |" for name, c in verbs()]
    return "\n".join(["| command | what it does |", "| --- | --- |", *rows])


def vietnamese_table() -> str:
    """The same for README.vi.md."""
    rows = [f"| `{PROGRAM} {name}` | {VIETNAMESE[name]} |" for name, _ in verbs()]
    return "\n".join(["| lệnh | việc |", "| --- | --- |", *rows])


def with_table(readme: Path, table: str) -> str:
    """A readme with the table between its two marks."""
    before, rest = readme.read_text("utf-8").split(BEGIN)
    return f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}"


# --- profile sheets ---------------------------------------------------------------------------------------------------


def field_docs(kind: type) -> dict[str, str]:
    """Field name -> the docstring that follows it in the source."""
    tree = ast.parse(inspect.getsource(sys.modules[kind.__module__]))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__)
    found: dict[str, str] = {}
    for node, following in itertools.pairwise(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(following, ast.Expr):
            assert isinstance(following.value, ast.Constant)
            found[node.target.id] = inspect.cleandoc(str(following.value.value)).replace("``", "`")
    return found


def type_words(hint: Any) -> str:
    """A key's type as a person who writes TOML would say it."""
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint in plain:
        return plain[hint]
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in args)
    if origin is tuple:
        if args[-1] is Ellipsis:
            return f"list of {type_words(args[0])}"
        return f"pair ({', '.join(type_words(a) for a in args)})"
    if origin is dict:
        return f"table of {type_words(args[1])}"
    if args:
        return type_words(next(a for a in args if a is not type(None)))
    return "date" if getattr(hint, "__name__", "") == "date" else "table"


def tables(
    kind: type, prefix: str = "", brackets: str = "{}"
) -> Iterator[tuple[str, type, list[tuple[str, Any, Any]]]]:
    """Every table of a sheet: heading, dataclass, and (key, type hint, default) of its plain keys."""
    hints = typing.get_type_hints(kind)
    plain, below = [], []
    for spec in dataclasses.fields(kind):
        hint = hints[spec.name]
        args = typing.get_args(hint)
        if dataclasses.is_dataclass(hint):
            below.append((f"[{prefix}{spec.name}]", hint, f"{prefix}{spec.name}."))
        elif typing.get_origin(hint) is tuple and dataclasses.is_dataclass(args[0]):
            below.append((f"[[{prefix}{spec.name}]]", args[0], f"{prefix}{spec.name}."))
        elif spec.name != "digest":
            default = spec.default_factory() if callable(spec.default_factory) else spec.default
            plain.append((spec.name, hint, default))
    yield brackets.format(prefix), kind, plain
    for heading, inner, inner_prefix in below:
        yield from tables(typing.cast(type, inner), inner_prefix, heading.replace("{", "{{"))


def default_words(value: Any) -> str:
    """A default as TOML, or that there is none."""
    if value is dataclasses.MISSING:
        return "required"
    if value in ("", (), {}, None):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value!r}`".replace("'", '"')


PROFILES_HEAD = """# Profile sheets

Written by `make docs` from `crawler/profile.py`; do not edit.

A sheet is a TOML file that says what is known of a portal. `extends = "NAME"` builds on another sheet: tables merge key
by key, lists and single values replace; its layouts come after the sheet's own, and one of the same name is replaced.
A key that is not named here is an error. `portal-archive profile check FILE`
checks a sheet, `portal-archive profile show FILE` prints every key with the value in force, and
`portal-archive profile learn --from ARCHIVE -o FILE` writes one from captured pages.
"""


def profiles_page() -> str:
    """docs/profiles.md: every key of a sheet, its type, default and meaning."""
    parts = [PROFILES_HEAD]
    for heading, kind, keys in tables(SiteProfile, brackets="Top of the sheet"):
        docs = field_docs(kind)
        about = "" if kind is SiteProfile else f"{inspect.cleandoc(kind.__doc__ or '').replace('``', '`')}\n\n"
        rows = [
            f"| `{key}` | {type_words(hint)} | {default_words(default)} | {cell(docs.get(key, ''))} |"
            for key, hint, default in keys
        ]
        table = "\n".join(["| key | type | default | meaning |", "| --- | --- | --- | --- |", *rows])
        parts.append(f"## {heading if kind is SiteProfile else f'`{heading}`'}\n\n{about}{table}\n")
    return "\n".join(parts)


# --- the schema -----------------------------------------------------------------------------------------------------

SCHEMA_HEAD = """# The archive's tables

Written by `make docs` from the schema and `archive/site/metadata.yaml`; do not edit. `NULL` means that the page did not
say. Instants are ISO 8601 in UTC; times that a portal prints carry its offset (`+07:00`) or are a plain date.

`portal-archive sql` asks these tables; for example, what changed last week:

```sh
portal-archive sql "select a.title, c.field, c.changed_at from article_changes c join articles a on a.id = c.article_id
  where c.changed_at >= date('now', '-7 days') order by c.changed_at desc"
```
"""


def schema_page() -> str:
    """docs/schema.md: every table and column that readers are told of."""
    db = Database(memory=True)
    migrations.apply(db)
    parts = [SCHEMA_HEAD]
    for table, told in metadata()["databases"]["archive"]["tables"].items():
        # table_xinfo tells of generated columns too; hidden = 1 are those of a virtual table's own workings.
        info = db.execute(f"pragma table_xinfo({table})").fetchall()
        types = {name: kind for _, name, kind, _, _, _, hidden in info if hidden != 1}
        rows = [
            f"| `{name}` | {types[name].lower()} | {cell(english(told['columns'].get(name, '')))} |" for name in types
        ]
        table_of_columns = "\n".join(["| column | type | meaning |", "| --- | --- | --- |", *rows])
        parts.append(f"## `{table}`\n\n{english(told['description'])}\n\n{table_of_columns}\n")
    return "\n".join(parts)


def english(text: str) -> str:
    """The second half of a description in both languages."""
    return text.split(" · ")[-1]


def cell(text: str) -> str:
    """Text fit for one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def pages() -> dict[Path, str]:
    """Every generated file with the text it should hold."""
    english, vietnamese = ROOT / "README.md", ROOT / "README.vi.md"
    return {
        DOCS / "cli.md": cli_page(),
        DOCS / "profiles.md": profiles_page(),
        DOCS / "schema.md": schema_page(),
        english: with_table(english, english_table()),
        vietnamese: with_table(vietnamese, vietnamese_table()),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
