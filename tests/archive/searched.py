"""A few articles that tests of search ask for."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlite_utils import Database

from archive.index import refresh
from archive.search import Filters, search
from tests.archive.sample import article

ARTICLES: dict[int, tuple[str, str, dict[str, object]]] = {
    1: (
        "Bắc Kạn đẩy mạnh cải cách hành chính",
        "Tỉnh Bắc Kạn rà soát thủ tục tại xã Dương Quang.\nNgười dân được phục vụ tốt hơn.",
        {"section": "Tin tức / Kinh tế", "author": "Ngọc Tú", "published_at": "2022-03-01T08:00:00+07:00"},
    ),
    2: (
        "Con đường quang đãng sau mưa",
        "Đường quang, xe chạy êm. Kỹ thuật thi công bảo đảm an toàn.",
        {"section": "Tin tức", "author": "Đinh Điển", "updated_at": "2021-05-06T08:00:00+07:00"},
    ),
    3: (
        "Hội nghị vì hòa bình",
        "Các đại biểu trao đổi về hoà bình và phát triển.",
        {"section": "Văn hóa", "published_at": "2020-07-15", "status": "gone"},
    ),
    4: (
        "Nghị quyết của Hội đồng nhân dân tỉnh",
        "Ban hành kèm theo quy định về mức chi.",
        {"section": "Văn bản"},
    ),
    5: (
        "Triển khai văn bản mới",
        "Thực hiện Nghị quyết số 45/2019/NQ-HĐND, các đơn vị lập kế hoạch.",
        {"section": "Tin tức"},
    ),
}


def fill(conn: sqlite3.Connection) -> sqlite3.Connection:
    for key, (title, body, values) in ARTICLES.items():
        article(conn, key, title, body, **values)
    Database(conn)["documents"].insert(
        {"article_id": 4, "number": "45/2019/NQ-HĐND", "number_key": "45 2019 nq hdnd", "issued_on": "2019-12-30"}
    )
    conn.commit()
    assert refresh(conn) == len(ARTICLES)
    return conn


def found(conn: sqlite3.Connection, query: str, *, limit: int = 20, offset: int = 0, **rest: Any) -> list[int]:
    order = rest.pop("order", "relevance")
    result = search(conn, query, limit, offset=offset, order=order, filters=Filters(**rest))
    return [hit.id for hit in result.hits]
