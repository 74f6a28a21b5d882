"""Places, offices and invented people of the replica's province, and the slots that sentences are filled from."""

from __future__ import annotations

import random
from collections.abc import Callable

DISTRICTS: dict[str, tuple[str, ...]] = {
    "huyện Ba Bể": ("xã Khang Ninh", "xã Nam Mẫu", "xã Quảng Khê", "xã Đồng Phúc", "xã Hà Hiệu", "xã Mỹ Phương"),
    "huyện Bạch Thông": ("xã Cẩm Giàng", "xã Quân Hà", "xã Lục Bình", "xã Vi Hương", "thị trấn Phủ Thông"),
    "huyện Chợ Đồn": ("xã Yên Thượng", "xã Bằng Lãng", "xã Nam Cường", "xã Xuân Lạc", "xã Lương Bằng", "xã Đồng Lạc"),
    "huyện Chợ Mới": ("xã Thanh Vận", "xã Nông Hạ", "xã Yên Hân", "xã Quảng Chu", "thị trấn Đồng Tâm"),
    "huyện Na Rì": ("xã Cường Lợi", "xã Kim Lư", "xã Trần Phú", "xã Xuân Dương", "thị trấn Yến Lạc"),
    "huyện Ngân Sơn": ("xã Đức Vân", "xã Bằng Vân", "xã Thượng Quan", "xã Hiệp Lực", "thị trấn Nà Phặc"),
    "huyện Pác Nặm": ("xã Cổ Linh", "xã Bộc Bố", "xã Nhạn Môn", "xã Giáo Hiệu", "xã Nghiên Loan"),
    "thành phố Bắc Kạn": (
        "xã Nông Thượng",
        "xã Dương Quang",
        "phường Đức Xuân",
        "phường Xuất Hóa",
        "phường Huyền Tụng",
    ),
}
HAMLETS = (
    "Nà Cọ", "Khâu Qua", "Bản Chảy", "Pù Lùng", "Nà Sla", "Cốc Tộc", "Phiêng Phàng", "Bản Váng", "Lủng Điếc",
    "Nà Khoang", "Khuổi Slẳng", "Tồng Nghiêng", "Pác Giả", "Nặm Dài", "Bó Bẩu", "Cạm Mạ", "Đon Dài", "Vằng Kheo",
    "Thôm Mò", "Slam Vè", "Nà Chúa", "Khuổi Bốc", "Phja Khao", "Lọ Mò", "Bản Cám", "Nà Hin", "Tát Vạ", "Còi Mò",
)  # fmt: skip
FAMILY = ("Nông", "Hoàng", "Triệu", "Ma", "Lý", "Bàn", "Đàm", "Hà", "Lường", "Dương", "Phùng", "Đặng", "Nguyễn", "Lộc")
MIDDLE = ("Văn", "Thị", "Đình", "Ngọc", "Hữu", "Thanh", "Xuân", "Minh", "Thu", "Quốc")
GIVEN = (
    "Thắm", "Sỹ", "Khoa", "Duyên", "Lành", "Tiến", "Vượng", "Bích", "Hậu", "Kiên", "Thêm", "Chiến", "Nga", "Dũng",
    "Huệ", "Tùng", "Quyên", "Hiếu", "Thơm", "Định", "Loan", "Phượng", "Sinh", "Tuyết", "Vân", "Đức", "Hạnh", "Luân",
)  # fmt: skip
POSTS = (
    "Phó Chủ tịch UBND huyện", "Bí thư Đảng ủy xã", "Chủ tịch Uỷ ban MTTQ huyện", "Trưởng phòng Nông nghiệp huyện",
    "Phó Trưởng ban Dân tộc tỉnh", "Chủ tịch Hội Nông dân xã", "Giám đốc Trung tâm VH,TT&TT", "Ủy viên BTV Huyện ủy",
)  # fmt: skip
OFFICES = (
    "Sở NN&PTNT", "Sở VH,TT&DL", "Sở LĐ-TB&XH", "Sở Tư pháp", "Sở Y tế", "Sở Nội vụ", "Sở Giao thông vận tải",
    "Ban Dân tộc tỉnh", "Sở Khoa học và Công nghệ", "Văn phòng UBND tỉnh",
)  # fmt: skip
# Every way a document number is written in running text, dirt included.
NUMBER_FORMS = (
    "số {n}/QĐ-UBND", "số {n}/KH-UBND", "số {n}/CĐ-UBND", "số {n}/NQ-CP", "số {n}/KH-SVHTTDL", "số {n}/HD-VPĐP",
    "số {n}/TTr-SNN", "số {n}/{y}/NQ-HĐND", "số {n}/{y}/QĐ-TTg", "số {n}/{y}/NĐ-CP", "số {n}/UBND-NCPC",
    "số {n}/STP-PBGDPL", "số {n}/SVHTTDL-QLVH", "số {n}/QĐ-CN-MTCN", "số {n}/TTr-SNN-TY", "số {n}-NQ/TU",
    "số {n}-KH/TU", "số {n}-CV/TU", "số {n}-HD/BTGTU", "số 0{d}/ {y}/ NQ- HĐND", "số {n}/ {y}/QĐ-UBND",
    "Số: {n}/KH-UBND", "số {n}", "số {n}/QĐ–UBND", "số {n}/QĐ-ttg", "số {n}/Qđ-UBND",
)  # fmt: skip


def person(rng: random.Random) -> str:
    """A full name."""
    return f"{rng.choice(FAMILY)} {rng.choice(MIDDLE)} {rng.choice(GIVEN)}"


def thousands(number: int) -> str:
    """With a dot as thousands mark."""
    return f"{number:,}".replace(",", ".")


def money(rng: random.Random) -> str:
    """An amount as officials write it."""
    if rng.random() < 0.5:
        return f"{rng.randrange(20, 980)} triệu đồng"
    return f"{rng.randrange(1, 38)},{rng.randrange(1, 10)} tỷ đồng"


def capital(text: str) -> str:
    """First letter upper case, the rest as it is."""
    return text[0].upper() + text[1:]


class Slots(dict[str, str]):
    """Fills the slots of one article's sentences: its places stay the same, its figures differ at each use."""

    def __init__(self, rng: random.Random, year: int) -> None:
        self.rng = rng
        district = rng.choice(list(DISTRICTS))
        communes = DISTRICTS[district]
        first, second = rng.sample(communes, 2)
        hamlet, other = rng.sample(HAMLETS, 2)
        fixed = {
            "huyen": district, "xa": first, "xa2": second, "thon": f"thôn {hamlet}", "thon2": f"bản {other}",
            "nam": str(year), "nam1": str(year - rng.randrange(1, 5)), "thon_en": hamlet,
            "xa_en": first.split(" ", 1)[1] + " commune",
        }  # fmt: skip
        super().__init__({**fixed, **{capital(key): capital(value) for key, value in fixed.items()}})
        self.year = year

    def __missing__(self, key: str) -> str:
        return DRAWS[key](self)

    def fill(self, template: str) -> str:
        """The sentence with every slot filled."""
        return template.format_map(self)


def _office(slots: Slots) -> str:
    return slots.rng.choice(OFFICES)


def _number(slots: Slots) -> str:
    rng = slots.rng
    return rng.choice(NUMBER_FORMS).format(n=rng.randrange(11, 4999), d=rng.randrange(1, 10), y=slots.year)


DRAWS: dict[str, Callable[[Slots], str]] = {
    "n": lambda s: str(s.rng.randrange(32, 480)),
    "n2": lambda s: str(s.rng.randrange(10, 29)),
    "nn2": lambda s: f"{s.rng.randrange(2, 10):02d}",
    "nn": lambda s: thousands(s.rng.randrange(1011, 9890)),
    "pct": lambda s: f"{s.rng.randrange(3, 97)},{s.rng.randrange(1, 10)}%",
    "tien": lambda s: money(s.rng),
    "km": lambda s: f"{s.rng.randrange(1, 9)},{s.rng.randrange(1, 10)} km",
    "ha": lambda s: f"{s.rng.randrange(12, 640)} ha",
    "ho": lambda s: str(s.rng.randrange(10, 96)),
    "nguoi": lambda s: person(s.rng),
    "chuc": lambda s: s.rng.choice(POSTS),
    "so": _office,
    "So": _office,
    "vb": _number,
    "thang": lambda s: str(s.rng.randrange(1, 13)),
    "lan": lambda s: s.rng.choice(("III", "IV", "V", "VI", "VII", "IX")),
    "ngaythang": lambda s: s.rng.choice(("ngày {}/{}", "ngày {}.{}", "ngày {}-{}")).format(
        s.rng.randrange(1, 29), s.rng.randrange(1, 13)
    ),
}
