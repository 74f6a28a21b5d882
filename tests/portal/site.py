"""The portal as a function: a request goes in, the reply comes out. No socket, no clock but in faults that need one."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from tests.portal import faults, files, foreign, library, pages, sections, standing
from tests.portal.chrome import Chrome, Frame
from tests.portal.pages import ArticlePage
from tests.portal.plan import HOSTS, Section
from tests.portal.replies import Reply, Request, stamp
from tests.portal.rich import address
from tests.portal.slugs import guid, hexes
from tests.portal.variants import variant
from tests.portal.viewstate import StateKeeper
from tests.portal.world import Article, World

CACHED = 1500
FILE_PATH = re.compile(
    r"/(documents|sitecollectiondocuments|lists/[^/]+/attachments|picturelibrary|files|static|style library)/",
    re.I,
)


class Site:
    """Every host of the portal at one epoch."""

    def __init__(self, world: World, port: int) -> None:
        self.world, self.port = world, port
        self.origins = {name: f"http://{host.address}:{port}" for name, host in HOSTS.items()}
        self.chrome = Chrome(self.origins, world.sections)
        self.states = StateKeeper(world.seed)
        self._cache: OrderedDict[tuple[str, str], Reply] = OrderedDict()
        self._lists = {(s.host, s.list_path.lower()): s for s in world.sections if s.family not in ("C", "N")}
        self._parents = {
            f"/pages/{s.folder.split('/')[0]}/default.aspx".lower(): s.folder.split("/")[0]
            for s in world.sections
            if s.host == "main" and "/" in s.folder
        }
        self._items = {a.item_id: a for a in world.every() if a.section.host == "main"}
        self._service_items = {a.item_id: a for a in world.every() if a.section.family == "D"}
        first = world.article("yte", 0)
        self._republished = first
        self.republished = f"{self.origins['main']}/Pages/{first.path.split('/')[-1].rsplit('-', 1)[0]}-0000.aspx"

    def respond(self, request: Request) -> Reply:
        """The reply to a request; pages are kept for the next one who asks."""
        host = "main" if request.host == "www" else request.host
        request = replace(request, host=host) if host != request.host else request
        key = (host, request.target)
        if request.method == "POST":
            return self._respond(request)
        known = self._cache.get(key)
        if known is not None and not self._moody(known):
            self._cache.move_to_end(key)
            return known
        reply = self._respond(request)
        if reply.kind != "file" and not self._moody(reply) and reply.status == 200:
            self._cache[key] = reply
            if len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        return reply

    def _moody(self, reply: Reply) -> bool:
        return reply.article in faults.MOODS and self.world.faults

    def _respond(self, request: Request) -> Reply:
        place = request.place
        if place == "/robots.txt":
            return standing.robots(self, request.host)
        if FILE_PATH.match(place):
            return self.file(request)
        if request.host == "nganson":
            return self._foreign(request)
        if self.world.faults and request.host == "main":
            whole = standing.form_page(self, "/pages/gop-y.aspx").body
            found = faults.standing(request, self.origins["main"], whole)
            if found is not None:
                return found
        found = self._standing(request, place)
        if found is not None:
            return found
        section = self._lists.get((request.host, place))
        if section is not None:
            return self._list(section, request)
        return self._page(request)

    def _list(self, section: Section, request: Request) -> Reply:
        if section.family != "L":
            return sections.section_list(self, section, request)
        main = library.view_page(self.world, section, library.view(self.world, section, request.query), request.query)
        page = Frame(
            path=f"/{section.folder}/AllItems.aspx", title="Văn bản - Tất cả", main=main,
            list_id=guid("list", "main", section.key), item_id=0,
        )  # fmt: skip
        return Reply(body=self.chrome.page(HOSTS["main"], page), outcome="listing")

    def _standing(self, request: Request, place: str) -> Reply | None:
        host = request.host
        if place in ("/", "/default.aspx", "/pages/default.aspx", "/portaldvc/pages/default.aspx"):
            return standing.home(self, host)
        if place.startswith("/_layouts/"):
            return self._layouts(request, place)
        if place == "/_login/default.aspx":
            return faults.redirect(f"/_forms/default.aspx?{request.target.partition('?')[2]}", outcome="login_required")
        if place == "/_forms/default.aspx":
            body = standing.frame(self, host, place, "Sign In", pages.ARTICLE["login"].fill(), item=8)
            return Reply(body=body, headers=(("X-Forms_Based_Auth_Required", place),), outcome="login_required")
        if place.startswith(("/_api/", "/_vti_bin/")):
            return faults.unauthorized()
        if place == faults.NOT_FOUND_PATH.lower():
            main = standing.STANDING["not_found"].fill()
            body = standing.frame(self, host, faults.NOT_FOUND_PATH, "Không tìm thấy trang", main, item=9)
            return Reply(body=body, outcome="soft_404")
        if host != "main":
            return None
        if place in standing.FORMS:
            return standing.form_page(self, place)
        if place in self._parents:
            return standing.parent_list(self, self._parents[place])
        match place:
            case "/pages/so-do-trang.aspx":
                return standing.site_map(self)
            case "/sitemap.xml":
                return standing.xml_sitemap(self)
            case "/pages/luu-tru.aspx":
                return standing.day_archive(self, request.query)
            case "/lists/lichcongtac/calendar.aspx":
                return standing.day_archive(self, {"ngay": request.query.get("calendardate", "")})
            case sections.JSON_PATH:
                return sections.json_rows(self, request)
        return None

    def _layouts(self, request: Request, place: str) -> Reply:
        if place.endswith("feed.aspx"):
            return standing.feed(self, place)
        if place.endswith("authenticate.aspx"):
            source = quote(request.query.get("source", "/"), safe="")
            back = f"%2f_layouts%2f15%2fAuthenticate.aspx%3fSource%3d{quote(source, safe='')}"
            return faults.redirect(f"/_login/default.aspx?ReturnUrl={back}&Source={source}", outcome="login_required")
        return faults.missing()

    def _page(self, request: Request) -> Reply:
        """An article by its own address, by an old one, by a number, or its print view."""
        host, place, query = request.host, request.place, request.query
        article = self.world.by_path.get((host, place))
        if article is not None:
            return self._found(article, request)
        article = self.world.by_old_path.get((host, place))
        if article is not None:
            return self._moved(article, request)
        if f"{self.origins['main']}{place}" == self.republished.lower():
            return faults.redirect(f"{self.origins['main']}{self._republished.path}", 301)
        if place == "/pages/chi-tiet-tin.aspx":
            return self._by_number(request, self._items.get(_integer(query.get("itemid"))))
        if place == "/portaldvc/pages/print.aspx":
            article = self._service_items.get(_integer(query.get("p")))
            return self.article(article, printed=True) if article and article.fate.live else faults.missing()
        if place == "/ct/cms/tintuc/lists/chuyende/view_detail.aspx":
            return self._by_own_number(request, "itemid")
        if place in ("/lists/vanban/dispform.aspx", "/lists/vanban/print.aspx"):
            return self._by_own_number(request, "p" if place.endswith("print.aspx") else "id")
        return faults.missing()

    def _by_number(self, request: Request, article: Article | None) -> Reply:
        if article is None or not article.fate.live:
            return self._empty_detail("/Pages/chi-tiet-tin.aspx", "Chi tiết tin")
        return replace(
            self.article(article, path=f"/Pages/chi-tiet-tin.aspx?ItemID={article.item_id}"), outcome="article"
        )

    def _by_own_number(self, request: Request, name: str) -> Reply:
        """An article whose number is its address."""
        article = self._items.get(_integer(request.query.get(name)))
        if article is None or article.section.family not in "LV":
            return self._empty_detail("/ct/cms/tintuc/Lists/ChuyenDe/View_Detail.aspx", "Chuyên đề")
        if not article.fate.live:
            return self._empty_detail(article.path.split("?")[0], article.section.names[-1])
        return self._found(article, request)

    def _empty_detail(self, path: str, title: str) -> Reply:
        main = pages.ARTICLE["empty_detail"].fill(sizes=pages.SIZES)
        return Reply(body=standing.frame(self, "main", path, title, main, item=0), outcome="soft_404")

    def _found(self, article: Article, request: Request) -> Reply:
        if not article.fate.live:
            by_redirect = article.fate.trace == "302" and article.section.host == "main"
            return (
                faults.gone_by_redirect(self.origins[request.host], article.path) if by_redirect else faults.missing()
            )
        page = self.article(article)
        return faults.in_mood(article, request, page) if self.world.faults else page

    def _moved(self, article: Article, request: Request) -> Reply:
        origin = self.origins[request.host]
        if article.fate.trace == "301":
            return faults.redirect(f"{origin}{article.path}", 301)
        return faults.gone_by_redirect(origin, request.path)

    def article(self, article: Article, *, path: str | None = None, printed: bool = False) -> Reply:
        """The article's page; ``path`` is the address it is shown under when that is not its own."""
        told = self.world.tell(article)
        origin = self.origins[article.section.host]
        page = ArticlePage(told, origin=origin, links=self.neighbours(article), epoch=self.world.epoch)
        canonical = f"{origin}{address(article.path)}" if path or printed else None
        if printed:
            main = page.service(frame=False)
            body = pages.ARTICLE["print_view"].fill(canonical=canonical or "", main=main).encode()
            return Reply(body=body, outcome="article", article=article.key)
        main = pages.list_form(told) if article.section.family == "L" else page.html()
        frame = Frame(
            path=path or article.path, title=pages.page_title(told, article.host.title), main=main,
            list_id=article.list_id, item_id=article.item_id, canonical=canonical,
            skip_links=article.section.family != "D", language="en-US" if told.content.language == "en" else "vi-VN",
        )  # fmt: skip
        return Reply(body=self.chrome.page(article.host, frame), outcome="article", article=article.key)

    def neighbours(self, article: Article) -> list[tuple[str, Article]]:
        """The next older articles of its section, each under another spelling of its address."""
        live = self.world.live(article.section.key)
        place = next((i for i, other in enumerate(live) if other.n == article.n), 0)
        first = place + 5 * article.section.index  # so that short lists together use every spelling
        older = live[place + 1 : place + 5]
        return [(variant(other, first + step, self.origins), other) for step, other in enumerate(older)]

    def _foreign(self, request: Request) -> Reply:
        place, query = request.place, request.query
        world = self.world
        if place == "/":
            return standing.home(self, "nganson")
        if place == "/index.php":
            if query.get("com") == "tintuc":
                return sections.section_list(self, world.by_key["nganson"], request)
            if query.get("com") != "tintuc_ct":
                return standing.old_home(self)
            article = world.by_path.get(("nganson", f"/index.php?com=tintuc_ct&id_news={query.get('id_news', '')}"))
            if article is None:
                return Reply(
                    body=foreign.php_frame("Tin tức", '<td valign="top"><p>Không tìm thấy nội dung.</p></td>'),
                    kind="php",
                    outcome="soft_404",
                )
            body = foreign.php_page(world.tell(article), self.neighbours(article))
            return Reply(body=body, kind="php", outcome="article", article=article.key)
        if place == "/huong-dan-cua-so":
            return sections.section_list(self, world.by_key["cuaso"], request)
        article = world.by_path.get(("nganson", place))
        if article is not None:
            body = foreign.new_page(world.tell(article), self.neighbours(article))
            return Reply(body=body, kind="php", outcome="article", article=article.key)
        if place.startswith("/pages/"):
            return Reply(body=foreign.shell(), kind="php", outcome="soft_404")
        return faults.missing()

    def file(self, request: Request) -> Reply:
        """A library file with its version, or 304 when the asker has it."""
        place = request.place
        extension = place.rsplit(".", 1)[-1] if "." in place else ""
        if extension not in files.TYPES or "khong-co" in place:
            return faults.missing()
        name = guid(request.host, place).upper()
        changed = datetime(2021, 8, 25, 1, 30, tzinfo=UTC) + timedelta(
            minutes=int(hexes(place, length=5), 16) % 500_000
        )
        etag = f'"{{{name}}},{1 + int(name[:2], 16) % 9}"'
        headers = [
            ("Cache-Control", "private,max-age=0"), ("Content-Type", files.TYPES[extension]), ("ETag", etag),
            ("Last-Modified", stamp(changed)), ("ResourceTag", f"rt:{name}@{1 + int(name[:2], 16) % 9:011d}"),
            ("Public-Extension", "http://schemas.microsoft.com/repl-2"),
            ("MicrosoftSharePointTeamServices", HOSTS[request.host].version),
        ]  # fmt: skip
        cookies = ("; HttpOnly; Secure",) if int(name[:2], 16) % 4 == 0 else ()
        outcome = "unsupported" if extension in ("mp4", "css", "js") else "file"
        tagged = request.headers.get("if-none-match")
        since = request.headers.get("if-modified-since")
        if tagged == etag or (tagged is None and since == stamp(changed)):
            return Reply(status=304, headers=tuple(headers), kind="file", outcome="not_modified", cookies=cookies)
        title = unquote(request.path).rsplit("/", 1)[1].rsplit(".", 1)[0]
        lines = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", f"Tài liệu: {title}")
        body = files.made(extension, place, lines)
        return Reply(body=body, headers=tuple(headers), kind="file", outcome=outcome, cookies=cookies)


def _integer(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 12 else -1
