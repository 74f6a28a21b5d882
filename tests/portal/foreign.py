"""The host that is no SharePoint: its old PHP pages, and the system it moved to, side by side."""

from __future__ import annotations

from html import escape

from tests.portal.noise import TODAY, VISITS
from tests.portal.pages import file_link, related
from tests.portal.rich import Ink, Rich
from tests.portal.world import Article, Told

SHELL_SIZE = 52199


def php_page(told: Told, links: list[tuple[str, Article]]) -> bytes:
    """An article of the PHP pages: the visit's date on top, the article's own date among counters."""
    content = told.content
    ink = Ink(letters=content.letters)
    body = Rich(content, origin="", key=f"php-{told.article.n}").html()
    files = "".join(f"<div>Đính kèm file: {file_link(file)}</div>" for file in content.files)
    source = f'<p align="right"><i>{content.source_line}</i></p>' if content.source_line else ""
    date = told.printed.line if told.printed else ""
    main = (
        f'<td class="giua" valign="top"><div class="ngaydang">{date}</div><div>Xem với cỡ chữ <a href="#">A-</a> <a href="#">A+</a></div>'
        f'<h1 class="tieudetin">{ink.text(told.title)}</h1><div class="noidungtin">{body}</div>{files}{source}'
        f'<div class="tinkhac">{related("Các tin khác", links, dates=True)}</div></td>'
    )
    return php_frame(ink.text(told.title), main)


def php_frame(title: str, main: str) -> bytes:
    """The table every PHP page stands in."""
    return (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8" /><title>{title}</title></head>'
        f'<body><table width="1000" align="center"><tr><td colspan="2"><div class="banner">Trang thông tin điện tử huyện Ngân Sơn</div>'
        f'<div class="thoigian">{TODAY}</div></td></tr><tr><td class="trai" valign="top"><ul class="menu"><li><a href="/index.php">Trang chủ</a></li>'
        '<li><a href="/index.php?com=tintuc&amp;id=3">Tin tức</a></li><li><a href="/huong-dan-cua-so">Hướng dẫn của sở</a></li></ul></td>'
        f'{main}</tr><tr><td colspan="2" class="chan">Bản quyền thuộc UBND huyện Ngân Sơn. Số lượt truy cập: {VISITS}</td></tr></table></body></html>\n'
    ).encode()


def new_page(told: Told, links: list[tuple[str, Article]]) -> bytes:
    """An article of the system the host moved to: captions are doubled by their alt texts."""
    content = told.content
    ink = Ink(letters=content.letters)
    section = told.article.section
    crumbs = "".join(f'<li><a href="/{section.folder}">{escape(name)}</a></li>' for name in section.names)
    lead = f'<p class="sapo">{ink.text(content.lead)}</p>' if content.lead else ""
    body = Rich(content, origin="", key=f"new-{told.article.n}").html(signature=content.author_line)
    date = told.printed.line if told.printed else ""
    return new_frame(
        ink.text(told.title),
        f'<ol class="breadcrumb">{crumbs}</ol><h1 class="detail-title">{ink.text(told.title)}</h1><div class="detail-date">{date}</div>'
        f'{lead}<div class="detail-content">{body}</div><div class="box-related">{related("Tin liên quan", links, dates=False)}</div>'
        '<div class="comments"><h3>BÌNH LUẬN</h3><textarea name="noidung"></textarea><button type="button">Gửi bình luận</button></div>',
    )


def new_frame(title: str, main: str) -> bytes:
    """The new system's page."""
    return (
        f'<!DOCTYPE html>\n<html lang="vi"><head><meta charset="utf-8"><title>{title} | Huyện Ngân Sơn</title></head><body>'
        '<header><div class="slick"><span class="sr-only">image banner</span><img src="/static/banner.jpg" alt="image banner"></div>'
        '<nav><a href="/">Trang chủ</a><a href="/huong-dan-cua-so">Hướng dẫn của sở</a><a href="/index.php?com=tintuc&amp;id=3">Tin cũ</a></nav></header>'
        f"<main>{main}</main><footer><p>Trang thông tin điện tử huyện Ngân Sơn</p><p>Lượt truy cập {VISITS}</p></footer></body></html>\n"
    ).encode()


def shell() -> bytes:
    """What every address of the time before the move answers now: the same bytes, whatever was asked for."""
    page = new_frame(
        "Không tìm thấy trang",
        '<div class="not-found"><h1>404</h1><p>Không tìm thấy trang bạn yêu cầu.</p><a href="/">Về trang chủ</a></div>',
    ).replace(VISITS.encode(), b"0")
    filler = b"<script>/*" + b"-" * (SHELL_SIZE - len(page) - 21) + b"*/</script>\n"
    return page + filler
