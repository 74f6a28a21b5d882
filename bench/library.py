"""A large archive of invented news, made once a size and kept in bench/out: for measurements that only read.

Sentences are put together from parts, so that words have a natural spread: some stand in most articles, some in few.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from archive.database import open_database
from archive.index import rebuild
from archive.vietnamese import document_key
from bench.command import OUT

SEED = 20240304
HOST = "https://backan.gov.vn"
PLACES = (
    *(
        "Bắc Kạn",
        "Ba Bể",
        "Chợ Đồn",
        "Na Rì",
        "Ngân Sơn",
        "Pác Nặm",
        "Bạch Thông",
        "Chợ Mới",
        "Dương Quang",
        "Xuất Hóa",
    ),
    *("Đức Xuân", "Nông Thượng", "Huyền Tụng", "Sông Cầu", "Phùng Chí Kiên", "Quân Hà", "Cao Tân", "Khang Ninh"),
)
BODIES = (
    "UBND tỉnh",
    "Tỉnh ủy",
    "Hội đồng nhân dân",
    "Sở Tư pháp",
    "Hội Nông dân",
    "Công an huyện",
    "Ban Quản lý dự án",
)
DEEDS = (
    *(
        "kiểm tra",
        "triển khai",
        "tổng kết",
        "khởi công",
        "nghiệm thu",
        "giám sát",
        "phê duyệt",
        "điều chỉnh",
        "tuyên truyền",
    ),
    *(
        "khen thưởng",
        "thẩm định",
        "rà soát",
        "quyên góp",
        "hướng dẫn",
        "tập huấn",
        "ra quân",
        "đối thoại với người dân về",
    ),
)
MATTERS = (
    *("xây dựng nông thôn mới", "chuyển đổi số", "phòng cháy rừng", "cải cách hành chính", "giải phóng mặt bằng"),
    *("tiêm phòng dại", "thu ngân sách", "đường giao thông liên thôn", "nhà văn hóa cộng đồng", "vay vốn ưu đãi"),
    *("trồng cây dược liệu", "du lịch hồ Ba Bể", "bảo hiểm xã hội tự nguyện", "tuyển quân", "kỳ thi tốt nghiệp"),
)
NAMES = ("Nguyễn", "Triệu", "Hoàng", "Nông", "Lý", "Bàn", "Đàm", "Hà", "Ma", "Lục")
GIVEN = ("Thị Hương", "Văn Tú", "Đình Huệ", "Minh Loan", "Quốc Định", "Thu Hậu", "Xuân Bích", "Đức Thọ", "Ngọc Hạnh")
KINDS = {"Quyết định": "QĐ", "Nghị quyết": "NQ", "Kế hoạch": "KH", "Thông báo": "TB", "Chỉ thị": "CT"}
SECTIONS = tuple(
    f"{top} / {sub}" if sub else top
    for top in ("Tin tức - Sự kiện", "Chỉ đạo điều hành", "Thông báo", "Văn bản", "Văn hóa - Xã hội", "Kinh tế")
    for sub in ("", "Tin hoạt động", "Trong tỉnh", "Địa phương", "Tuyên truyền")
)


def large(articles: int) -> Path:
    """An archive with that many articles; every tenth is a legal document, every fiftieth was edited, some are gone."""
    path = OUT / f"library-{articles}" / "archive.db"
    done = path.with_suffix(".done")
    if done.exists():
        open_database(path).close()  # of an earlier release: brought up to date
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob("archive.db*"):
        old.unlink()
    db = open_database(path, create=True)
    conn: sqlite3.Connection = db.conn
    conn.execute("begin")
    _fill(conn, random.Random(SEED), articles)
    conn.execute("delete from search_queue")
    conn.execute("commit")
    rebuild(db)
    conn.execute("analyze")
    conn.close()
    done.touch()
    return path


def _fill(conn: sqlite3.Connection, chance: random.Random, articles: int) -> None:
    run = (1, "crawl", "bac-kan", "bac-kan", "d", "1", "2024-03-04T01:00:00Z", "2024-03-04T05:00:00Z", "complete", 0)
    conn.execute(
        "insert into runs (id, kind, portal, profile, profile_digest, extractor_version, started_at, ended_at, state,"
        " exit_code) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        run,
    )
    for number, section in enumerate(SECTIONS, 1):
        conn.execute("insert into sections (id, portal, name) values (?, 'bac-kan', ?)", (number, section))
    for key in range(1, articles + 1):
        _article(conn, chance, key)


def _article(conn: sqlite3.Connection, chance: random.Random, key: int) -> None:
    day = date(2012, 1, 1) + timedelta(days=int(4300 * chance.random() ** 0.6))
    section = chance.randrange(len(SECTIONS))
    title = f"{chance.choice(PLACES)}: {chance.choice(BODIES)} {chance.choice(DEEDS)} {chance.choice(MATTERS)} {key}"
    lines = [" ".join(_sentences(chance, 3)) for _ in range(chance.randrange(4, 14))]
    text = "\n".join(lines)
    author = f"{chance.choice(NAMES)} {chance.choice(GIVEN)}" if chance.random() < 0.7 else None
    status = "gone" if key % 97 == 0 else "live"
    url = f"{HOST}/pages/bai-{key:x}.aspx"
    conn.execute(
        'insert into captures (id, urlkey, timestamp, original, mimetype, statuscode, digest, filename, "offset",'
        " length, source, outcome, run_id) values (?, ?, '20240304020000', ?, 'text/html', 200, 'sha1:X', 'x.warc.gz',"
        " ?, 900, ?, 'article', 1)",
        (key, f"vn,gov,backan)/pages/bai-{key:x}.aspx", url, key * 1000, "wayback" if key % 5 == 0 else "live"),
    )
    conn.execute(
        "insert into articles (id, url, canonical_url, portal, section, section_id, title, lead, body_text, body_html,"
        " author, published_at, language, word_count, content_digest, first_seen_at, last_seen_at, status, removed_at,"
        " extractor_version, profile, capture_id) values (?, ?, ?, 'bac-kan', ?, ?, ?, ?, ?, ?, ?, ?, 'vi', ?, ?,"
        " '2024-03-04T02:00:00Z', '2024-03-04T02:00:00Z', ?, ?, '1', 'bac-kan', ?)",
        (
            *(key, url, url, SECTIONS[section], section + 1, title, lines[0][:150], text),
            *("".join(f"<p>{line}</p>" for line in lines), author, day.isoformat() if key % 31 else None),
            *(len(text.split()), f"{key:064x}", status, "2024-03-05T00:00:00Z" if status == "gone" else None, key),
        ),
    )
    conn.execute("insert into article_urls values (?, ?, '2024-03-04T02:00:00Z')", (url, key))
    _parts(conn, chance, key, day, title, text)


def _parts(conn: sqlite3.Connection, chance: random.Random, key: int, day: date, title: str, text: str) -> None:
    if key % 10 == 0:
        kind = chance.choice(tuple(KINDS))
        number = f"{chance.randrange(1, 3000)}/{KINDS[kind]}-UBND"
        conn.execute(
            "insert into documents (article_id, number, number_key, type, issuer, issued_on, abstract) values"
            " (?, ?, ?, ?, ?, ?, ?)",
            (key, number, document_key(number), kind, chance.choice(BODIES), day.isoformat(), title),
        )
        conn.execute(
            "insert into attachments (id, article_id, position, url, text, filetype) values (?, ?, 1, ?, 'PDF', 'pdf')",
            (key, key, f"{HOST}/documents/{key}.pdf"),
        )
    version = "insert into article_versions (id, article_id, number, content_digest, seen_at, capture_id, run_id,"
    version += " extractor_version, fields) values (?, ?, ?, ?, ?, ?, 1, '1', json_object('title', ?, 'body_text', ?))"
    conn.execute(version, (2 * key, key, 1, f"{key:064x}", "2024-03-04T02:00:00Z", key, title, text))
    if key % 50 == 0:
        edited = text.replace("năm", "năm nay", 2)
        conn.execute(version, (2 * key + 1, key, 2, f"{key:063x}f", "2024-03-05T02:00:00Z", key, title, edited))
        conn.execute(
            "insert into article_changes (id, article_id, version_id, field, changed_at) values"
            " (?, ?, ?, 'body_text', '2024-03-05T02:00:00Z')",
            (key, key, 2 * key + 1),
        )


def _sentences(chance: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        yield (
            f"{chance.choice(BODIES)} {chance.choice(PLACES)} {chance.choice(DEEDS)} {chance.choice(MATTERS)} năm"
            f" {chance.randrange(2012, 2024)}, đạt {chance.randrange(10, 999)} hộ, do ông {chance.choice(NAMES)}"
            f" {chance.choice(GIVEN)} chủ trì tại {chance.choice(PLACES)}."
        )
