"""Legal documents: their numbers, heads, articles and feet, and the data a page prints about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.portal.blocks import Anchor, Block, Columns, Papers, Paragraph
from tests.portal.dates import in_words
from tests.portal.names import Slots, person

TYPES = {
    "QĐ": "Quyết định",
    "KH": "Kế hoạch",
    "TB": "Thông báo",
    "CT": "Chỉ thị",
    "NQ": "Nghị quyết",
    "HD": "Hướng dẫn",
}
BODIES = {
    "UBND": ("ỦY BAN NHÂN DÂN", "TỈNH BẮC KẠN"),
    "HĐND": ("HỘI ĐỒNG NHÂN DÂN", "TỈNH BẮC KẠN"),
    "STP": ("UBND TỈNH BẮC KẠN", "SỞ TƯ PHÁP"),
    "SVHTTDL": ("UBND TỈNH BẮC KẠN", "SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH"),
}
OBJECTS = (
    "phê duyệt danh mục công trình giao thông nông thôn trên địa bàn {huyen}",
    "ban hành Quy chế phối hợp giữa {so} và UBND {huyen}",
    "công nhận {xa} đạt chuẩn nông thôn mới năm {nam}",
    "tăng cường phòng cháy, chữa cháy rừng mùa khô năm {nam}",
    "hỗ trợ khắc phục hậu quả thiên tai tại {xa}, {huyen}",
    "công bố thủ tục hành chính thực hiện tại Bộ phận Một cửa {huyen}",
    "giao chỉ tiêu trồng rừng phân tán cho {xa} và {xa2}",
    "thành lập Tổ công tác rà soát nhà tạm, nhà dột nát của {huyen}",
)
STATES = ("Còn hiệu lực", "Hết hiệu lực một phần", "Chưa có hiệu lực", "Hết hiệu lực")


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One legal document before it is printed."""

    kind: str
    body: str
    number: str | None
    number_raw: str
    about: str
    signer: str
    signed: datetime
    lines: tuple[str, ...]

    @property
    def title(self) -> str:
        """Headline of its page."""
        number = f" số {self.number}" if self.number else ""
        return f"{TYPES[self.kind]}{number} về việc {self.about}"


def draw(slots: Slots, when: datetime, n: int) -> Act:
    """The document of an article; ``n`` chooses how dirty its number is written."""
    rng = slots.rng
    kind = rng.choice(list(TYPES))
    body = "HĐND" if kind == "NQ" else rng.choice([key for key in BODIES if key != "HĐND"])
    raw = _raw_number(rng.randrange(11, 2990), when.year, kind, body, n)
    about = slots.fill(rng.choice(OBJECTS))
    signed = when - timedelta(days=rng.randrange(1, 9))
    lines = tuple(slots.fill(text) for text in rng.sample(CLAUSES, 5))
    return Act(
        kind=kind, body=body, number=normal(raw), number_raw=raw, about=about, signer=person(rng), signed=signed,
        lines=lines,
    )  # fmt: skip


CLAUSES = (
    "Giao {so} chủ trì, phối hợp với UBND {huyen} tổ chức thực hiện, định kỳ sáu tháng báo cáo kết quả.",
    "Kinh phí thực hiện là {tien}, lấy từ nguồn ngân sách địa phương và các nguồn huy động hợp pháp khác.",
    "UBND {xa} có trách nhiệm niêm yết công khai nội dung này tại trụ sở và nhà văn hóa các thôn trong 30 ngày.",
    "Thủ trưởng các đơn vị chịu trách nhiệm rà soát, sửa đổi quy định nội bộ trái với nội dung nêu trên.",
    "Đối tượng áp dụng gồm {ho} hộ gia đình, cá nhân cư trú ổn định tại {thon} và {thon2}.",
    "Văn phòng UBND tỉnh theo dõi, đôn đốc; vướng mắc phát sinh gửi về trước {ngaythang} để tổng hợp.",
    "Mức hỗ trợ không quá {n} nghìn đồng một nhân khẩu một tháng, thời gian hưởng không quá ba tháng.",
)


def _raw_number(number: int, year: int, kind: str, body: str, n: int) -> str:
    forms = (
        f"{number}/{kind}-{body}",
        f"{number}/{year}/{kind}-{body}",
        f"0{number % 9 + 1}/ {year}/ {kind}- {body}",
        f"{number}/ {year}/{kind}-{body}",
        f"{number}/{kind}–{body}",
        f"     /{kind}-{body}",
    )
    return forms[n % len(forms)]


def normal(raw: str) -> str | None:
    """The number without blanks and with plain hyphens; None where the number itself was left blank."""
    number = re.sub(r"\s+", "", raw).replace("–", "-")
    return None if number.startswith("/") else number


def pasted(act: Act, file: Anchor | None) -> tuple[tuple[Block, ...], Papers]:
    """The whole document as pasted from a word processor, and what its head and foot say."""
    first, second = BODIES[act.body]
    place = f"Bắc Kạn, {in_words(act.signed)}"
    heading = TYPES[act.kind].upper()
    head = Columns(
        cells=(
            (first, second, "-------", f"Số: {act.number_raw}"),
            ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "---------------", place),
        )
    )
    clauses = [Paragraph(runs=(f"Điều {i}. {text}",)) for i, text in enumerate(act.lines, 1)]
    last = Paragraph(
        runs=(f"Các cơ quan, đơn vị và cá nhân liên quan chịu trách nhiệm thi hành {TYPES[act.kind]} này./.",)
    )
    foot = Columns(
        cells=(
            ("Nơi nhận:", "- Như trên;", "- TT Tỉnh ủy, TT HĐND tỉnh;", "- Lưu: VT, VXNV (V)."),
            ("TM. CƠ QUAN BAN HÀNH", "KT. THỦ TRƯỞNG", "PHÓ THỦ TRƯỞNG", "(Đã ký)", act.signer),
        )
    )
    blocks: list[Block] = [
        head,
        Paragraph(runs=(heading,)),
        Paragraph(runs=(f"Về việc {act.about}",)),
        Paragraph(
            runs=(f"Căn cứ Luật Tổ chức chính quyền địa phương; xét đề nghị tại Tờ trình số {len(act.about)}/TTr-SNN,",)
        ),
        *clauses,
        last,
        foot,
    ]
    if file:
        blocks.append(Paragraph(runs=("Xem và tải về ", file, ";")))
    papers = Papers(
        number=act.number,
        number_raw=" ".join(act.number_raw.split()),
        type=TYPES[act.kind],
        issuer=f"{first} {second}",
        signer=act.signer,
        issued_on=f"{act.signed:%Y-%m-%d}",
        issued_raw=in_words(act.signed),
        abstract=f"Về việc {act.about}",
    )
    return tuple(blocks), papers


def registered(act: Act, n: int) -> Papers:
    """What a document register prints about it; the date 01/01/1970 stands for an unknown one."""
    first, second = BODIES[act.body]
    effective = act.signed + timedelta(days=10)
    unknown = n % 4 == 1
    return Papers(
        number=act.number,
        number_raw=" ".join(act.number_raw.split()),
        type=TYPES[act.kind],
        issuer=" ".join(f"{first} {second}".split()).capitalize() if n % 3 == 2 else f"{first} {second}",
        signer=act.signer,
        issued_on=f"{act.signed:%Y-%m-%d}",
        issued_raw=f"{act.signed:%d/%m/%Y}",
        effective_on=None if unknown else f"{effective:%Y-%m-%d}",
        effective_raw="01/01/1970" if unknown else f"{effective:%d/%m/%Y}",
        abstract=f"Về việc {act.about}",
        status=STATES[n % len(STATES)],
    )
