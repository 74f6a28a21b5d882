"""The portal's lay-out: hosts, sections and how many articles each holds for a wanted size."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """One site of the portal, on a loopback address of its own."""

    name: str
    address: str
    title: str
    build: str = "15.0.5127.1000"
    """siteClientTag; its first number is the SharePoint generation."""
    version: str = "15.0.0.4709"
    """MicrosoftSharePointTeamServices header."""
    greeting: bool = False
    badge: bool = False
    gzip: bool = False


HOSTS = {
    host.name: host
    for host in (
        Host(name="main", address="127.0.0.1", title="Cổng thông tin điện tử Bắc Kạn"),
        Host(
            name="sotuphap", address="127.0.0.2", title="Sở Tư pháp tỉnh Bắc Kạn", build="14.0.7015.1000",
            version="14.0.0.7015", badge=True,
        ),
        Host(
            name="dulich", address="127.0.0.3", title="Cổng thông tin du lịch Bắc Kạn", build="16.0.10417.20018",
            version="16.0.0.10417", greeting=True, badge=True, gzip=True,
        ),
        Host(name="hoinongdan", address="127.0.0.4", title="Hội Nông dân tỉnh Bắc Kạn"),
        Host(name="hanhchinhcong", address="127.0.0.5", title="Cổng dịch vụ công tỉnh Bắc Kạn", build="16.0.5513.1001"),
        Host(name="nganson", address="127.0.0.6", title="Huyện Ngân Sơn"),
        Host(name="www", address="127.0.0.7", title="Cổng thông tin điện tử Bắc Kạn"),
    )
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A category of one site and the way its list is paged."""

    key: str
    host: str
    family: str
    """Template of its articles: A1, A2, B, C, D, L (list form), N (the migrated host's new system), V (View_Detail)."""
    folder: str
    names: tuple[str, ...]
    """Category names from the top, as breadcrumbs and menus show them."""
    paging: str
    """link, lower (``page=``), postback, more, delta, json, paged."""
    share: float
    kinds: tuple[str, ...] = ("news",)
    least: int = 5
    most: int = 1_000_000
    breadcrumb: bool = False
    updated_line: bool = True
    credits: bool = True
    """Shows the lines Tác giả and Nguồn."""
    years: tuple[int, int] = (2016, 2023)
    count: int = 0
    index: int = 0
    page_size: int = 10

    @property
    def list_path(self) -> str:
        """Address of the section's first list page."""
        if self.family == "L":
            return f"/{self.folder}/AllItems.aspx"
        if self.family == "D":
            return f"/portaldvc/Pages/{self.folder}.aspx"
        if self.family == "C":
            return f"/index.php?com=tintuc&id={self.folder}"
        if self.family == "N":
            return f"/{self.folder}"
        return f"/Pages/{self.folder}/default.aspx"


NEWS_MIX = ("news", "news", "news", "news", "table", "news", "news", "photo", "news", "news")
SECTIONS = (
    Section(
        key="chinhtri", host="main", family="A1", folder="tin-hoat-dong-12/thoi-su-chinh-tri-101", paging="link",
        names=("Tin hoạt động", "Thời sự - Chính trị"), share=0.1, kinds=NEWS_MIX, years=(2016, 2020), least=9,
    ),
    Section(
        key="kinhte", host="main", family="A1", folder="tin-hoat-dong-12/kinh-te-xa-hoi-102", paging="postback",
        names=("Tin hoạt động", "Kinh tế - Xã hội"), share=0.08, years=(2016, 2020), least=10,
    ),
    Section(
        key="vanhoa", host="main", family="A1", folder="tin-hoat-dong-12/van-hoa-the-thao-103", paging="more",
        names=("Tin hoạt động", "Văn hóa - Thể thao"), share=0.06, kinds=NEWS_MIX, years=(2016, 2020), least=9,
    ),
    Section(
        key="trongtinh", host="main", family="A2", folder="tin-tuc-su-kien-21/tin-trong-tinh-211", paging="delta",
        names=("Tin tức - Sự kiện", "Tin trong tỉnh"), share=0.1, kinds=NEWS_MIX, years=(2021, 2023), least=13,
    ),
    Section(
        key="yte", host="main", family="A2", folder="tin-tuc-su-kien-21/y-te-giao-duc-212", paging="link",
        names=("Tin tức - Sự kiện", "Y tế - Giáo dục"), share=0.07, years=(2021, 2023),
    ),
    Section(
        key="thongbao", host="main", family="A2", folder="thong-bao-22", paging="link", names=("Thông báo",),
        share=0.07, kinds=("notice", "notice", "table"), years=(2021, 2023), least=9,
    ),
    Section(
        key="hinhanh", host="main", family="A2", folder="hinh-anh-diem-bao-23", paging="link",
        names=("Hình ảnh - Điểm báo",), share=0.04, kinds=("photo", "roundup"), years=(2021, 2023),
    ),
    Section(
        key="vanbanmoi", host="main", family="A2", folder="van-ban-moi-25", paging="link", names=("Văn bản mới",),
        share=0.06, kinds=("legal",), years=(2021, 2023), least=7,
    ),
    Section(
        key="chuyende", host="main", family="V", folder="chuyen-de-24", paging="json", names=("Chuyên đề",),
        share=0.07, kinds=NEWS_MIX, years=(2021, 2023), least=9,
    ),
    Section(
        key="vanban", host="main", family="L", folder="Lists/VanBan", paging="paged", names=("Văn bản",),
        share=0.08, kinds=("register",), years=(2018, 2023), least=9,
    ),
    Section(
        key="phapluat", host="sotuphap", family="B", folder="pho-bien-giao-duc-phap-luat-475", paging="link",
        names=("Phổ biến giáo dục pháp luật",), share=0.06, breadcrumb=True, years=(2020, 2023), least=7,
    ),
    Section(
        key="hoatdong", host="sotuphap", family="B", folder="tin-tuc-su-kien-387/tin-hoat-dong-502", paging="link",
        names=("Tin tức - Sự kiện", "Tin hoạt động"), share=0.05, breadcrumb=True, updated_line=False,
        years=(2020, 2023), kinds=NEWS_MIX,
    ),
    Section(
        key="vanbantinh", host="sotuphap", family="B", folder="van-ban-380/van-ban-cua-tinh-415", paging="lower",
        names=("Văn bản", "Văn bản của tỉnh"), share=0.04, credits=False, kinds=("legal", "notice", "register"),
        years=(2020, 2023),
    ),
    Section(
        key="dulich", host="dulich", family="B", folder="gioi-thieu-378/so-van-hoa-ttdl-385", paging="link",
        names=("Giới thiệu", "Sở Văn hóa TTDL"), share=0.06, kinds=("news", "photo", "news"), years=(2020, 2023),
    ),
    Section(
        key="english", host="dulich", family="B", folder="english-390", paging="link", names=("English",),
        share=0.02, kinds=("english",), credits=False, years=(2022, 2023), least=4,
    ),
    Section(
        key="dichvucong", host="hanhchinhcong", family="D", folder="Tin-tuc-su-kien", paging="postback",
        names=("Tin tức - Sự kiện",), share=0.07, kinds=("service", "news", "service"), breadcrumb=True,
        years=(2019, 2023), least=12,
    ),
    Section(
        key="thongbaodvc", host="hanhchinhcong", family="D", folder="Thong-bao", paging="link",
        names=("Thông báo",), share=0.03, kinds=("service",), breadcrumb=True, years=(2019, 2023),
    ),
    Section(
        key="nganson", host="nganson", family="C", folder="3", paging="lower", names=("Tin tức",), share=0.02,
        kinds=("news", "notice"), credits=True, years=(2021, 2022), least=5, most=14,
    ),
    Section(
        key="cuaso", host="nganson", family="N", folder="huong-dan-cua-so", paging="lower",
        names=("Hướng dẫn của sở",), share=0.02, breadcrumb=True, years=(2023, 2024), least=7, most=14,
    ),
    Section(
        key="nongdan", host="hoinongdan", family="B", folder="van-ban-380/van-ban-cua-tinh-415", paging="link",
        names=("Văn bản", "Văn bản của tỉnh"), share=0.01, credits=False, years=(2020, 2022), least=5, most=8,
    ),
)  # fmt: skip


def page_size(total: int) -> int:
    """Entries on one list page: small portals have short pages, so that every list still has several."""
    return 4 if total < 400 else 10 if total < 3000 else 25


def planned(total: int) -> tuple[Section, ...]:
    """The sections with their counts; the counts sum to the wanted total or a little more."""
    size = page_size(total)
    out = []
    for index, section in enumerate(SECTIONS):
        count = min(section.most, max(section.least, round(section.share * total)))
        out.append(replace(section, count=count, index=index, page_size=size))
    short = total - sum(s.count for s in out if s.host != "hoinongdan")
    if short > 0:
        out[0] = replace(out[0], count=out[0].count + short)
    return tuple(out)
