"""Pages that stand apart from sections: homes, site map, forms, archive by day, robots.txt, feeds and sitemap.xml."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.portal import library, lists
from tests.portal.chrome import Frame, part
from tests.portal.faults import NOT_FOUND_PATH
from tests.portal.faults import STANDING as FAULTY
from tests.portal.foreign import new_frame, php_frame
from tests.portal.plan import HOSTS, Section
from tests.portal.replies import Reply
from tests.portal.rich import address
from tests.portal.slugs import guid
from tests.portal.templates import fragments
from tests.portal.world import Article

if TYPE_CHECKING:
    from tests.portal.site import Site

STANDING = fragments("standing")
LIST_GUID = guid("list", "main", "vanban")
FEEDS = (
    f"/_layouts/15/listfeed.aspx?List={LIST_GUID}",
    f"/_layouts/15/listfeed.aspx?List={{{LIST_GUID.upper()}}}",
    f"/_layouts/15/listfeed.aspx?List=%7B{LIST_GUID.upper()}%7D",
    f"/_layouts/15/listfeed.aspx?List=%7B{LIST_GUID.upper().replace('-', '%2D')}%7D",
)
PART_FEED = "/_layouts/15/feed.aspx?xsl=1&web=/&page={page}&wp={wp}&pageurl=/Pages/rss.aspx".format(
    page=guid("rss page"), wp=guid("rss part")
)
CLOSED = ("/_layouts/", "/SiteAssets/", "/Lists/", "/_catalogs/", "/WorkflowTasks/")
ROBOTS = {
    "main": "User-agent: *\nAllow: /\nSitemap: {origin}/sitemap.xml\n",
    "sotuphap": "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in CLOSED),
    "dulich": "\ufeffUser-agent: *\r\nDisallow:\r\n",
    "hoinongdan": "User-agent: *\nDisallow: /Pages/\n",
    "hanhchinhcong": "User-agent: *\nAllow: /\n",
    "nganson": "User-agent: *\nCrawl-delay: 0.05\nDisallow: /admin/\n",
}
LONG = "/Pages/tim-kiem.aspx?q=" + "van-ban-" * 140


def frame(site: Site, host: str, path: str, title: str, main: str, *, item: int, feeds: tuple[str, ...] = ()) -> bytes:
    """A standing page in its host's frame."""
    page = Frame(
        path=path, title=escape(title), main=main, list_id=guid("list", host, "pages"), item_id=item, feeds=feeds
    )
    return site.chrome.page(HOSTS[host], page)


def home(site: Site, host: str) -> Reply:
    """A host's front page: the newest of each section with their summaries cut."""
    if host == "nganson":
        entries = "".join(lists.entry(site.world, article) for article in site.world.live("cuaso")[:3])
        old = (
            '<a href="/Pages/tin-cu-1031/ban-tin-cu-00ff.aspx">Tin trước năm 2020</a> <a href="/index.php">Trang cũ</a>'
        )
        return Reply(body=new_frame("Trang chủ", entries + old), kind="php", outcome="listing")
    blocks = [_block(site, section) for section in site.world.sections if section.host == host]
    main = f'<table class="layouts"><tr>{"".join(f"<td>{block}</td><td>|</td>" for block in blocks)}</tr></table>'
    feeds: tuple[str, ...] = ()
    if host == "main":
        main += _pinned(site)
        feeds = (FEEDS[0], PART_FEED)
    path = "/portaldvc/Pages/default.aspx" if host == "hanhchinhcong" else "/Pages/default.aspx"
    return Reply(body=frame(site, host, path, HOSTS[host].title, main, item=1, feeds=feeds), outcome="listing")


def _block(site: Site, section: Section) -> str:
    entries = "".join(
        STANDING["home_item"].fill(
            href=address(article.path),
            title=escape(site.world.tell(article).title),
            sapo=escape(lists.sapo(site.world, article, 90)),
        )
        for article in site.world.live(section.key)[:4]
    )
    heading = f'<h3><a href="{escape(section.list_path)}">{escape(section.names[-1])}</a></h3>'
    return part(section.key, "home", f"{heading}<ul>{entries}</ul>")


def _pinned(site: Site) -> str:
    """Articles by their number instead of their address, doors to the other hosts, feeds, and ways without an end."""
    doors = (
        f'<li><a href="{site.origins[name]}/">{escape(host.title)}</a></li>'
        for name, host in HOSTS.items()
        if name != "www"
    )
    return STANDING["pinned"].fill(
        pinned="".join(
            STANDING["pinned_item"].fill(item=str(article.item_id), title=escape(site.world.tell(article).title))
            for article in site.world.live("yte")[1:4]
        ),
        doors="".join(doors),
        feeds="".join(f'<a href="{escape(feed)}">RSS</a> ' for feed in (*FEEDS, PART_FEED)),
        www=site.origins["www"],
        secure=site.origins["main"].replace("http:", "https:"),
    )


def site_map(site: Site) -> Reply:
    """``Sơ đồ trang``: every section of every host, and pages nobody would find otherwise."""
    sections = (
        f'<li><a href="{site.origins[section.host]}{escape(section.list_path)}">{escape(section.names[-1])}</a></li>'
        for section in site.world.sections
    )
    broken = FAULTY if site.world.faults else ()
    others = (
        f'<li><a href="{path.replace("/pages/", "/Pages/")}">Trang khác {n}</a></li>'
        for n, path in enumerate(broken, 1)
    )
    main = STANDING["site_map"].fill(sections="".join(sections), others="".join(others), long=LONG)
    return Reply(body=frame(site, "main", "/Pages/so-do-trang.aspx", "Sơ đồ trang", main, item=2), outcome="listing")


FORMS = {
    "/pages/gop-y.aspx": ("Góp ý", "gop_y", 31),
    "/pages/lien-he.aspx": ("Liên hệ", "lien_he", 32),
    "/pages/tim-kiem.aspx": ("Tìm kiếm", "tim_kiem", 33),
}


def form_page(site: Site, place: str) -> Reply:
    """A page that only holds a form."""
    title, fields, item = FORMS[place]
    path = place.replace("/pages/", "/Pages/")
    main = part(title, "form", f"<h2>{title}</h2>{STANDING[fields].fill()}")
    return Reply(body=frame(site, "main", path, title, main, item=item), outcome="no_article")


def day_archive(site: Site, query: dict[str, str]) -> Reply:
    """News by day, without an end in either direction: every month leads to the one before and the one after."""
    asked = re.fullmatch(r"\d{1,2}/(\d{1,2})/(\d{4})", query.get("ngay", ""))
    month, year = (int(asked[1]), int(asked[2])) if asked else (query.get("thang", "10"), query.get("nam", "2019"))
    count = 12 * (int(year) if str(year).isdigit() else 2019) + (int(month) if str(month).isdigit() else 10) - 1

    def query_of(months: int) -> str:
        return f"thang={months % 12 + 1}&amp;nam={months // 12}"

    days = "".join(
        f'<a href="/Pages/luu-tru.aspx?ngay={d:02d}/{count % 12 + 1:02d}/{count // 12}">{d}</a> ' for d in range(1, 29)
    )
    main = STANDING["days"].fill(
        day=f"tháng {count % 12 + 1}/{count // 12}",
        entries="".join(lists.entry(site.world, article) for article in site.world.live("chinhtri")[:5]),
        days=days,
        before=query_of(count - 1),
        after=query_of(count + 1),
    )
    return Reply(body=frame(site, "main", "/Pages/luu-tru.aspx", "Lưu trữ", main, item=4), outcome="listing")


def parent_list(site: Site, folder: str) -> Reply:
    """The newest of all sections below one folder."""
    below = [
        section for section in site.world.sections if section.folder.startswith(f"{folder}/") and section.host == "main"
    ]
    newest = [article for section in below for article in site.world.live(section.key)[:5]]
    body = f"<h2>{escape(below[0].names[0])}</h2>" + "".join(lists.entry(site.world, article) for article in newest)
    path = f"/Pages/{folder}/default.aspx"
    return Reply(
        body=frame(site, "main", path, below[0].names[0], part(folder, "list", body), item=5), outcome="listing"
    )


def old_home(site: Site) -> Reply:
    """The PHP pages' front page."""
    entries = "".join(lists.entry(site.world, article) for article in site.world.live("nganson")[:5])
    return Reply(body=php_frame("Trang chủ", f'<td valign="top">{entries}</td>'), kind="php", outcome="listing")


def robots(site: Site, host: str) -> Reply:
    """The host's robots.txt."""
    text = ROBOTS.get(host, ROBOTS["main"]).format(origin=site.origins[host])
    headers = (("Content-Type", "text/plain"),)
    return Reply(body=text.encode(), headers=headers, kind="plain", outcome="robots")


def xml_sitemap(site: Site) -> Reply:
    """``sitemap.xml`` of the main host: live, dead and doubled addresses together."""
    origin = site.origins["main"]
    told: list[str] = [
        f"{origin}/Pages/default.aspx",
        f"{origin}:443/Pages/default.aspx".replace(f":{site.port}:443", ":443").replace("http:", "https:"),
    ]
    for article in site.world.every():
        born = article.fate.live or not article.fate.added
        if (
            born
            and article.section.host == "main"
            and (article.n % 5 == 0 or not article.fate.live or article.old_paths)
        ):
            told += _addresses(origin, article)
    if site.world.faults:
        told += [f"{origin}/Pages/het-duong-9999.aspx", f"{origin}/Pages/da-xoa-77aa.aspx"]
    told.append(f"{origin}{NOT_FOUND_PATH}?requestUrl={quote(f'{origin}/Pages/tin-cu.aspx', safe='')}")
    told.append(f"{origin}/ct/cms/tintuc/Lists/ChuyenDe/View_Detail.aspx?ItemID=999999")
    told.append(site.republished)
    entries = "".join(f"<url><loc>{escape(url)}</loc><changefreq>daily</changefreq></url>" for url in told)
    body = f'<?xml version="1.0" encoding="utf-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    headers = (("Content-Type", "text/xml"),)
    return Reply(body=body.encode(), headers=headers, kind="plain", outcome="listing", links=tuple(told))


def _addresses(origin: str, article: Article) -> list[str]:
    paths = [*article.old_paths, article.path]
    if article.n % 10 == 0:
        paths.append(article.path.replace("/Pages/", "/pages/"))
    return [f"{origin}{address(path)}" for path in paths]


def feed(site: Site, place: str) -> Reply:
    """A list's feed, or a web part's."""
    section = site.world.by_key["vanban" if place.endswith("listfeed.aspx") else "trongtinh"]
    write = library.list_feed if place.endswith("listfeed.aspx") else library.part_feed
    text, links = write(site.world, section, site.origins["main"])
    return Reply(
        body=text.encode(), headers=(("Content-Type", "text/xml; charset=utf-8"),), outcome="listing", links=links
    )
