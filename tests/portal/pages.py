"""The article page of every SharePoint template. What a page tells is the same; where it stands differs."""

from __future__ import annotations

from html import escape

from tests.portal.blocks import Anchor, Content
from tests.portal.chrome import part
from tests.portal.rich import Ink, Rich, address
from tests.portal.slugs import ascii_slug, guid
from tests.portal.templates import fragments
from tests.portal.world import Article, Told

ARTICLE = fragments("article")
SIZES = ARTICLE["sizes"].fill()
REGISTER = (
    ("Số ký hiệu", "SoKyHieu", "Text", "number"),
    ("Trích yếu", "TrichYeu", "Note", "abstract"),
    ("Loại văn bản", "LoaiVanBan", "Lookup", "type"),
    ("Cơ quan ban hành", "CoQuanBanHanh", "Lookup", "issuer"),
    ("Ngày ban hành", "NgayBanHanh", "DateTime", "issued_raw"),
    ("Ngày hiệu lực", "NgayHieuLuc", "DateTime", "effective_raw"),
    ("Người ký", "NguoiKy", "Text", "signer"),
    ("Tình trạng", "TinhTrang", "Choice", "status"),
)
"""Label, internal name and type of a document's fields, and where their values stand."""


def field(name: str, label: str, html: str) -> str:
    """A publishing field as SharePoint draws it: a hidden label with the field's name, then the wrapper."""
    return ARTICLE["field"].fill(name=name, label=label, html=html)


def related(heading: str, links: list[tuple[str, Article]], *, dates: bool) -> str:
    """The block of other articles below an article; some templates print their dates as well."""
    items = "".join(
        f'<li><a href="{escape(href)}">{escape(other.title)}</a>'
        + (f" <span>({other.created:%d/%m/%Y})</span></li>" if dates else "</li>")
        for href, other in links
    )
    return f"<h4>{heading}</h4><ul>{items}</ul>" if items else ""


class ArticlePage:
    """The main part of one article's page. ``links`` are addresses of its neighbours."""

    def __init__(self, told: Told, *, origin: str, links: list[tuple[str, Article]], epoch: int) -> None:
        self.told, self.content, self.links, self.epoch = told, told.content, links, epoch
        self.article, self.section = told.article, told.article.section
        self.key = f"{self.section.key}-{told.article.n}"
        self.ink = Ink(letters=told.content.letters)
        self.rich = Rich(told.content, origin=origin, key=self.key)

    @property
    def title(self) -> str:
        """The headline as HTML."""
        return self.ink.text(self.told.title)

    @property
    def date(self) -> str:
        """The date line as HTML; empty where the page prints none."""
        return escape(self.told.printed.line, quote=False) if self.told.printed else ""

    def html(self) -> str:
        """The page's main part in its family's template."""
        match self.section.family:
            case "A1":
                return self.old_main()
            case "A2":
                return self.new_main() if self.epoch < 2 else self.newer_main()
            case "V":
                return self.view_detail()
            case "B":
                return self.sub_portal()
            case "D":
                return self.service()
        raise ValueError(f"no template for {self.section.family}")

    def _sapo(self, before: str, after: str) -> str:
        return f"{before}{self.ink.text(self.content.lead)}{after}" if self.content.lead else ""

    def old_main(self) -> str:
        """The main portal until 2020: publishing fields, one of them empty."""
        return ARTICLE["old_main"].fill(
            title=self.title,
            date=self.date,
            sapo=field("Sapo", "Mô tả", self._sapo("<p>\u200b", "</p>")),
            empty=field("Content1", "Content 1", ""),
            body=field("PageContent", "Nội dung Trang", self.rich.html(signature=self.content.author_line)),
            others=related("Các tin khác", self.links, dates=True),
        )

    def new_main(self) -> str:
        """The main portal from the end of 2020: two vendor web parts whose titles show."""
        sapo = self._sapo('<div class="sapo">', "</div>")
        bar = ARTICLE["toolbar"].fill(date=self.date, sizes=SIZES, title=self.title, sapo=sapo)
        body = f'<div class="bantin-noidung">{self.rich.html(signature=self.content.author_line)}</div>'
        parts = (
            part(self.key, "toolbar", bar, title="PublishingPortal - Block_BanTin_Toolbar"),
            part(self.key, "view", body, title=" PublishingPortal - Block_BanTin_ViewData"),
            part(self.key, "others", related("Tin cùng chuyên mục", self.links, dates=False)),
        )
        return f'<div id="ctl00_MSO_ContentTable">{field("PageContent", "Page Content", "")}{"".join(parts)}</div>'

    def view_detail(self) -> str:
        """A list item's own detail page: no heading at all, title and sapo stand in one line of markup."""
        html = ARTICLE["view_detail"].fill(
            date=self.date,
            title=self.title,
            sapo=self._sapo('<span id="ctl00_ctl30_lblMoTa" class="mota">', "</span>"),
            body=self.rich.html(signature=self.content.author_line),
            others=related("Xem thêm", self.links, dates=True),
        )
        return part(self.key, "detail", html)

    def newer_main(self) -> str:
        """The same pages after a redesign: other containers and another order, the same words."""
        return ARTICLE["newer_main"].fill(
            title=self.title,
            date=self.date,
            sapo=self._sapo('<p class="news-desc"><b>', "</b></p>"),
            body=self.rich.html(signature=self.content.author_line),
            others=related("Bài viết liên quan", self.links, dates=True),
        )

    def sub_portal(self) -> str:
        """A department's site."""
        body = self.rich.html()
        if self.content.papers and self.content.papers.status:
            rows = (
                ARTICLE["register_row"].fill(label=label, value=value) for label, _, _, value in register(self.content)
            )
            body = ARTICLE["register"].fill(rows="".join(rows)) + body
        inner = ARTICLE["sub_detail"].fill(
            title=self.title,
            date=f'<div class="capnhat">{self.date.replace("  )", "&#160; )")}</div>' if self.date else "",
            sapo=self._sapo('<div class="mota"><strong>', "</strong></div>"),
            body=body,
            files=self._files("File đính kèm:"),
            credits=self._credits(),
        )
        return ARTICLE["sub_portal"].fill(
            crumbs=self._crumbs() if self.told.section else "",
            detail=part(self.key, "detail", inner),
            other=part(self.key, "other", related("Tin khác", self.links, dates=False)),
        )

    def _credits(self) -> str:
        if not self.section.credits:
            return ""
        lines = (self.content.author_line or "Tác giả:  ", self.content.source_line or "Nguồn:  ")
        return "".join(f'<div class="tacgia">{line.replace(":  ", ":&#160; ")}</div>' for line in lines)

    def _crumbs(self) -> str:
        steps = "".join(ARTICLE["step"].fill(name=escape(name)) for name in self.section.names)
        return ARTICLE["crumbs"].fill(steps=steps)

    def service(self, *, frame: bool = True) -> str:
        """The service portal; ``frame`` adds what its print view leaves out."""
        crumbs = (f'<li><a href="{self.section.list_path}">{escape(name)}</a></li>' for name in self.section.names)
        beside = self.date.startswith("(")
        main = ARTICLE["service"].fill(
            crumbs="".join(crumbs),
            title=self.title,
            beside=f"   <span>{self.date}</span>" if beside else "",
            date=f'<div class="tandan-date-view">{self.date}</div>' if self.date and not beside else "",
            body=self.rich.html(signature=self.content.author_line),
            files=self._files("Tệp đính kèm:"),
        )
        if not frame:
            return main
        print_view = f'<a href="/portaldvc/Pages/print.aspx?p={self.article.item_id}">Bản in</a>'
        page = ARTICLE["service_page"].fill(
            main=main,
            print=print_view if self.article.n % 4 == 0 else "",
            others=related("Những bài viết liên quan", self.links, dates=True),
        )
        return part(self.key, "detail", page)

    def _files(self, label: str) -> str:
        if not self.content.files:
            return ""
        links = "".join(f"<li>{file_link(file)}</li>" for file in self.content.files)
        return f'<div class="dinhkem"><b>{label}</b><ul>{links}</ul></div>'


def file_link(file: Anchor) -> str:
    """A link to a file offered below a body."""
    return f'<a href="{address(file.href)}">{escape(file.text)}</a>'


def register(content: Content) -> list[tuple[str, str, str, str]]:
    """A document's fields: label, internal name, type, and value as HTML."""
    papers = content.papers
    assert papers is not None
    values = [
        (label, name, kind, escape(getattr(papers, "number_raw" if attribute == "number" else attribute) or ""))
        for label, name, kind, attribute in REGISTER
    ]
    label, name, kind, number = values[0]
    if number.startswith("/"):  # typed with blanks for a number that was to come
        values[0] = (label, name, kind, f"&#160;&#160;&#160;&#160; {number}")
    return values


def list_form(told: Told) -> str:
    """A list item shown by its stock display form: one row a field, each cell with its comment."""

    def row(label: str, name: str, kind: str, value: str) -> str:
        return ARTICLE["form_row"].fill(label=label, name=name, kind=kind, value=value or "&#160;")

    content = told.content
    key = f"{told.article.section.key}-{told.article.n}"
    wrapper = f'<div class="ExternalClass{guid(key).replace("-", "").upper()}">'
    files = "".join(f'<tr id="idAttachmentsRow"><td class="ms-vb">{file_link(f)}</td></tr>' for f in content.files)
    rows = [
        row("Tiêu đề", "Title", "Text", escape(told.title)),
        *(row(*values) for values in register(content)),
        row("Nội dung", "NoiDung", "Note", f"{wrapper}{Rich(content, origin='', key=key).html()}</div>"),
        row("Tệp đính kèm", "Attachments", "Attachments", f'<table id="idAttachmentsTable">{files}</table>'),
    ]
    return ARTICLE["form"].fill(
        title=escape(told.title),
        rows="".join(rows),
        made=f"{told.article.created:%d/%m/%Y %H:%M}",
        item=str(told.article.item_id),
    )


def page_title(told: Told, site: str) -> str:
    """Of the title element, as HTML: some templates show the site's name alone or behind the headline."""
    ink = Ink(letters=told.content.letters)
    match told.article.section.family:
        case "D":
            return escape(site)
        case "B":
            return f"{ink.text(told.title)} - {escape(site)}"
        case "L":
            return f"Văn bản - {escape(ascii_slug(told.title))}"
    return ink.text(told.title)
