"""An archive with a past, made by the real store and the real WARC writer: what a reader of the site may meet.

Articles over four years in several sections, legal documents with files, a picture, edits, a removal, a return, a move,
a failure, and two runs. Always the same.
"""

from __future__ import annotations

import random
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from archive.index import refresh
from archive.models import (
    Article,
    ArticleFound,
    Attachment,
    Capture,
    Document,
    Evidence,
    FileFound,
    Image,
    Outcome,
    Rejected,
)
from archive.store import Archive, RunContext
from archive.warc import WarcWriter

HOST = "https://backan.gov.vn"
FIRST = datetime(2024, 3, 4, 1, tzinfo=UTC)
SECOND = FIRST + timedelta(days=40)
THIRD = FIRST + timedelta(days=80)

SECTIONS = ("Tin tức - Sự kiện", "Tin tức - Sự kiện / Kinh tế", "Thông báo", "Chỉ đạo điều hành", None)
AUTHORS = ("Hương Dịu", "Ngọc Tú", "Bích Huệ", None)
PLACES = ("Bắc Kạn", "Ba Bể", "Chợ Đồn", "Na Rì", "Ngân Sơn", "Pác Nặm", "Bạch Thông", "Chợ Mới", "Dương Quang")
MATTERS = (
    "đẩy mạnh xây dựng nông thôn mới",
    "họp phiên thường kỳ",
    "tăng cường phòng cháy, chữa cháy rừng",
    "tổ chức Ngày hội Đại đoàn kết toàn dân tộc",
    "kiểm tra tiến độ đường giao thông",
    "thông báo lịch tiếp công dân",
    "trao quà cho hộ nghèo đón Tết",
)
SENTENCES = (
    "UBND tỉnh Bắc Kạn yêu cầu các sở, ban, ngành và địa phương nghiêm túc triển khai thực hiện.",
    "Theo kế hoạch, đến cuối năm toàn huyện phấn đấu có thêm hai xã đạt chuẩn nông thôn mới.",
    "Bà con đã hiến hơn ba nghìn mét vuông đất để mở rộng đường liên thôn.",
    "Đoàn công tác đã đến thăm mô hình trồng bí thơm của hợp tác xã và động viên bà con giữ vững chất lượng.",
    "Các đại biểu thảo luận sôi nổi, tập trung vào giải pháp nâng cao thu nhập cho người dân.",
    "Thời tiết diễn biến phức tạp, đề nghị người dân chủ động phòng tránh lũ quét và sạt lở đất.",
)
EDITED = "/Pages/tinh-bac-kan-day-manh-cai-cach-a05b.aspx"
GONE = "/Pages/thong-bao-da-go-0bad.aspx"
BACK = "/Pages/bai-tro-lai-1ba9.aspx"
DOCUMENT = "/Pages/quyet-dinh-902-5ef8.aspx"


class Life:
    """An archive being lived: what is fetched goes to its WARC, then to its store."""

    def __init__(self, path: Path) -> None:
        self.archive = Archive.open(path, create=True)
        self.warc = WarcWriter(path.parent / "warc", "bac-kan", software="portal-archive/0", now=FIRST)
        self.chance = random.Random(7)
        self.run: RunContext

    def begin(self, when: datetime, kind: str = "crawl") -> None:
        number = self.archive.start_run(kind, "bac-kan", "bac-kan", "digest", "1", when)
        self.run = RunContext(
            run_id=number, portal="bac-kan", profile="bac-kan", extractor_version="1", gone_visits=1, gone_days=0.0
        )

    def end(self, when: datetime, **counts: Any) -> None:
        self.archive.settle_missing(self.run, when)
        self.archive.end_run(self.run.run_id, "complete", 0, {"new": 0, "changed": 0, "gone": 0, **counts}, when)

    def fetched(self, path: str, when: datetime, body: bytes, outcome: Outcome, kind: str, status: int = 200) -> None:
        url = HOST + path
        headers = [("Content-Type", kind)]
        place = self.warc.write_exchange(
            url=url, status=status, response_headers=headers, body=body, fetched_at=when, request_headers=[]
        )
        capture = Capture(
            url=url,
            fetched_at=when,
            status=status,
            headers=tuple(headers),
            body=body,
            digest=place.digest,
            filename=place.filename,
            offset=place.offset,
            length=place.length,
        )
        self.archive.record(capture, outcome, self.run)

    def page(self, path: str, when: datetime, document: Document | None = None, **fields: Any) -> None:
        text = fields.pop("body_text", self.text())
        known: dict[str, Any] = {
            "body_text": text,
            "body_html": "".join(f"<p>{line}</p>" for line in text.split("\n")),
            "language": "vi",
        }
        found = ArticleFound(
            canonical_url=HOST + path,
            article=Article(**{**known, **fields}),
            document=document,
            evidence={"title": Evidence(rule="layout a2", place="#news h1", sure=1.0)},
            layout="a2",
        )
        body = f"<html><h1>{fields['title']}</h1>{known['body_html']}</html>".encode()
        self.fetched(path, when, body, found, "text/html; charset=utf-8")

    def missing(self, path: str, when: datetime) -> None:
        outcome = Rejected(reason="not_found", canonical_url=HOST + path)
        self.fetched(path, when, b"<html>404</html>", outcome, "text/html", 404)

    def text(self) -> str:
        return "\n".join(self.chance.choice(SENTENCES) for _ in range(self.chance.randrange(3, 9)))

    def close(self) -> None:
        self.warc.close()
        refresh(self.archive.conn)
        self.archive.close()


def build(path: Path, *, articles: int = 60) -> Path:
    """The archive at ``path``, its WARC files beside it."""
    life = Life(path)
    life.begin(FIRST)
    for number in range(articles):
        _ordinary(life, number)
    picture = f"{HOST}/PictureLibrary/9f35456be5aa0969/image003.png"
    life.page(
        EDITED,
        FIRST,
        title="Tỉnh Bắc Kạn đẩy mạnh cải cách hành chính",
        lead="Năm 2022, tỉnh Bắc Kạn phấn đấu nâng cao chỉ số cải cách hành chính.",
        body_text="Tỉnh Bắc Kạn đã hoà mạng 108 xã.\nChỉ số tăng hai bậc so với năm trước.\nNgười dân hài lòng.",
        body_html=f'<p>Tỉnh Bắc Kạn đã hoà mạng 108 xã.</p><figure><img src="{picture}"><figcaption>Bộ phận một cửa'
        "</figcaption></figure><p>Chỉ số tăng hai bậc so với năm trước.</p><p>Người dân hài lòng.</p>",
        author="Hương Dịu",
        section=SECTIONS[0],
        published_at="2022-01-14T15:13:00+07:00",
        published_raw="(Cập nhật lúc: 14/01/2022 15:13:00 )",
        images=(Image(url=picture.lower(), caption="Bộ phận một cửa"),),
    )
    life.fetched(
        picture.removeprefix(HOST).lower(),
        FIRST,
        png(),
        FileFound(canonical_url=picture.lower(), filetype="png"),
        "image/png",
    )
    for path_, title in ((GONE, "Thông báo đã gỡ của Sở Nội vụ"), (BACK, "Bài trở lại sau khi bị gỡ")):
        life.page(path_, FIRST, title=title, section="Thông báo", published_at="2023-02-01", author="Ngọc Tú")
    _documents(life)
    life.end(FIRST + timedelta(hours=1), new=articles + 9)
    _second(life)
    life.close()
    return path


def _ordinary(life: Life, number: int) -> None:
    chance = life.chance
    day = datetime(2020, 1, 3) + timedelta(days=chance.randrange(1400))
    life.page(
        f"/Pages/bai-viet-{number:04x}.aspx",
        FIRST + timedelta(seconds=number),
        title=f"{chance.choice(PLACES)} {chance.choice(MATTERS)} ({number})",
        author=chance.choice(AUTHORS),
        section=chance.choice(SECTIONS),
        published_at=day.date().isoformat() if number % 11 else None,
        published_raw=f"{day:%d/%m/%Y}" if number % 11 else None,
    )


def _documents(life: Life) -> None:
    for number in (902, 45, 118, 7, 2201, 36):
        kind = life.chance.choice(("Quyết định", "Nghị quyết", "Kế hoạch"))
        short = {"Quyết định": "QĐ", "Nghị quyết": "NQ", "Kế hoạch": "KH"}[kind]
        path = DOCUMENT if number == 902 else f"/Pages/van-ban-{number:04x}.aspx"
        kind, short = ("Quyết định", "QĐ") if number == 902 else (kind, short)
        file = f"{HOST}/documents/{number}_{short.lower()}.pdf"
        document = Document(
            number=f"{number}/{short}-UBND",
            type=kind,
            issuer="Ủy ban nhân dân tỉnh Bắc Kạn",
            signer="Nguyễn Đăng Bình",
            issued_on=f"202{number % 4}-0{number % 9 + 1}-11",
            abstract="Về việc phê duyệt danh mục công trình giao thông nông thôn",
            status="Còn hiệu lực",
        )
        life.page(
            path,
            FIRST,
            document,
            title=f"{kind} số {document.number} về danh mục công trình giao thông",
            attachments=(Attachment(url=file, text="Toàn văn", filename=f"{number}.pdf", filetype="pdf"),),
        )
        body = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
        life.fetched(
            file.removeprefix(HOST), FIRST, body, FileFound(canonical_url=file, filetype="pdf"), "application/pdf"
        )


def _second(life: Life) -> None:
    life.begin(SECOND, "update")
    life.page(
        EDITED,
        SECOND,
        title="Tỉnh Bắc Kạn đẩy mạnh cải cách hành chính",
        lead="Năm 2022, tỉnh Bắc Kạn phấn đấu nâng cao chỉ số cải cách hành chính.",
        body_text="Tỉnh Bắc Kạn đã hòa mạng 107 xã.\nChỉ số tăng ba bậc so với năm trước.\nNgười dân hài lòng.",
        author="Hương Dịu",
        section=SECTIONS[0],
        published_at="2022-01-14T15:13:00+07:00",
        published_raw="(Cập nhật lúc: 14/01/2022 15:13:00 )",
    )
    life.missing(GONE, SECOND)
    life.missing(BACK, SECOND)
    life.end(SECOND + timedelta(minutes=20), changed=1, gone=2)
    life.begin(THIRD, "update")
    life.page(BACK, THIRD, title="Bài trở lại sau khi bị gỡ", section="Thông báo", published_at="2023-02-01")
    life.end(THIRD + timedelta(minutes=20), changed=1)
    judged = {"run_id": life.run.run_id, "judged_at": "2024-05-23T01:20:00Z", "sample": 3}
    for name, held, told in (("articles", 1, None), ("failures", 0, "1 page of 3 could not be read (at most 0.1)")):
        row = {**judged, "name": name, "expected": 0.1, "measured": 0.3, "held": held, "message": told}
        Database(life.archive.conn)["expectations"].insert(row)
    moment = {"first_failed_at": "2024-04-13T01:00:00Z", "last_failed_at": "2024-04-13T02:00:00Z", "attempts": 3}
    Database(life.archive.conn)["failures"].insert(
        {
            "key": f"GET {HOST}/Pages/hong.aspx",
            "url": f"{HOST}/Pages/hong.aspx",
            "reason": "server_error",
            "detail": "/home/secret/path",
            "statuscode": 500,
            **moment,
        }
    )


def png(width: int = 240, height: int = 120) -> bytes:
    """A small picture."""
    rows = b"".join(
        b"\x00" + bytes((90 + y // 2, 120, 80 + x % 120)[c] for x in range(width) for c in range(3))
        for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
