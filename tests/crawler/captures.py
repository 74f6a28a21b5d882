"""Captures and small SharePoint pages for tests of the extractor."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.models import Article, ArticleFound, Capture, Outcome
from crawler.extract import extract
from crawler.profile import SiteProfile, load

FETCHED = datetime(2024, 3, 4, 2, 0, tzinfo=UTC)
BAC_KAN = load("bac-kan")
ANY = load("sharepoint")
PAGE = "https://backan.gov.vn/Pages/tin-ve-ban-thuong-va-cac-xa-1a2b.aspx"

PROSE = (
    "Sáng ngày 5/3, tại thôn Nà Khương, Ủy ban nhân dân xã tổ chức hội nghị giữ rừng với hơn một trăm hộ dân tham dự.",
    "Các đại biểu nghe báo cáo về việc khoán bảo vệ rừng và kiến nghị hỗ trợ cây giống cho những hộ mới nhận đất.",
    "Kết luận hội nghị, đồng chí Chủ tịch xã đề nghị các thôn sớm ký cam kết và cử người trực trong mùa khô./.",
)


def capture(
    body: bytes | str,
    *,
    url: str = PAGE,
    status: int = 200,
    content_type: str = "text/html; charset=utf-8",
    **headers: str,
) -> Capture:
    """An answer; header names are given with underscores for hyphens."""
    extra = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Capture(
        url=url,
        fetched_at=FETCHED,
        status=status,
        headers=(("Content-Type", content_type), *extra),
        body=body.encode() if isinstance(body, str) else body,
    )


def record(text: str, *, url: str = PAGE) -> Capture:
    """A text record, as an ingest makes it."""
    return Capture(
        url=url,
        fetched_at=FETCHED,
        status=200,
        headers=(("Content-Type", "text/plain"),),
        body=text.encode(),
        source="text",
    )


def page(main: str, *, title: str = "", lang: str = "vi-VN", above: str = "", below: str = "") -> str:
    """A publishing page of SharePoint 2013 with ribbon, menu, footer and sign-in link around ``main``."""
    return f"""<!DOCTYPE html><html dir="ltr" lang="{lang}"><head><title>
\t{title}
</title><script>var _spPageContextInfo = {{webUIVersion:15, pageListId:"{{0A1B2C3D-1111-2222-3333-444455556666}}",
pageItemId:1398}};</script></head><body><form method="post" action="./x.aspx" id="aspnetForm">
<div class="s4-notdlg noindex"><a href="javascript:;" class="ms-SkiptoNavigation">Skip Ribbon Commands</a></div>
<div class="s4-notdlg noindex"><a href="javascript:;" class="ms-SkiptoMainContent">Skip to main content</a></div>
<div id="s4-workspace"><div id="s4-bodyContainer">{above}
<div id="zz1_TopNavigationMenu" class="noindex ms-core-listMenu-horizontalBox"><ul class="root static">
<li><a href="/Pages/tin-tuc-1/default.aspx">Tin tức</a></li><li><a href="/Pages/van-ban-2/default.aspx">Văn bản</a></li>
</ul></div>
<span id="DeltaPlaceHolderMain">{main}
<div style='display:none' id='hidZone'><menu class="ms-hide"><ie:menuitem text="Help"></ie:menuitem></menu></div></span>
<div id="footer">Bản quyền thuộc Cổng thông tin điện tử tỉnh. Lượt truy cập: 31.154</div></div></div>{below}
<a class="ms-signInLink" href="/_layouts/15/Authenticate.aspx?Source=%2F">Sign In</a></form></body></html>"""


def rich(html: str, *, name: str = "PageContent", label: str = "Page Content") -> str:
    """A publishing field: its hidden label and its wrapper."""
    ident = f"ctl00_PlaceHolderMain_{name}"
    return (
        f"<div id=\"{ident}_label\" style='display:none'>{label}</div>"
        f'<div id="{ident}__ControlWrapper_RichHtmlField" class="ms-rtestate-field" style="display:inline">{html}</div>'
    )


def paragraphs(*lines: str) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def article_of(body: str, *, url: str = PAGE, profile: SiteProfile = BAC_KAN) -> Article:
    """The article of a page that must be one."""
    return found(extract(capture(body, url=url), profile)).article


def found(outcome: Outcome) -> ArticleFound:
    """The outcome, which must be an article."""
    assert isinstance(outcome, ArticleFound), outcome
    return outcome
