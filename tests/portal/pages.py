"""The article page of every SharePoint template. What a page tells is the same; where it stands differs."""

from __future__ import annotations

from html import escape

from tests.portal.blocks import Anchor, Content
from tests.portal.chrome import part
from tests.portal.rich import Ink, Rich, address
from tests.portal.slugs import ascii_slug, guid
from tests.portal.world import Article, Told

EMPTY_FIELD = (
    "<div id=\"ctl00_PlaceHolderMain_{name}_label\" style='display:none'>{label}</div>"
    '<div id="ctl00_PlaceHolderMain_{name}__ControlWrapper_RichHtmlField" class="ms-rtestate-field" style="display:inline"'
    ' aria-labelledby="ctl00_PlaceHolderMain_{name}_label">{html}</div>\n'
)
SIZES = (
    '<span class="cochu"><a href="javascript:void(0)" onclick="resize(1)">Tăng cỡ chữ</a> '
    '<a href="javascript:void(0)" onclick="resize(-1)">Giảm cỡ chữ</a></span>'
)


def field(name: str, label: str, html: str) -> str:
    """A publishing field as SharePoint draws it: a hidden label with the field's name, then the wrapper."""
    return EMPTY_FIELD.format(name=name, label=label, html=html)


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
        self.told, self.content, self.origin, self.links, self.epoch = told, told.content, origin, links, epoch
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
                return self.new_main()
            case "B":
                return self.sub_portal()
            case "D":
                return self.service()
        raise ValueError(f"no template for {self.section.family}")

    def old_main(self) -> str:
        """The main portal until 2020: publishing fields."""
        lead = self.content.lead
        sapo = field("Sapo", "Mô tả", f"<p>\u200b{self.ink.text(lead)}</p>" if lead else "")
        body = field("PageContent", "Nội dung Trang", self.rich.html(signature=self.content.author_line))
        return (
            '<div id="ctl00_MSO_ContentTable"><table class="ms-core-tableNoSpace ms-webpartPage-root" width="100%"><tr><td valign="top">'
            f'<div class="chitiet"><h2>{self.title}</h2>\n<span class="ngay">{self.date}</span>\n{sapo}'
            f"{field('Content1', 'Content 1', '')}{body}</div>\n"
            f'<div class="tinlienquan">{related("Các tin khác", self.links, dates=True)}</div>'
            '<!-- SPM:<%@Register Tagprefix="wssucw" TagName="Welcome"%> PREVIEW REGION - READ-ONLY -->'
            "</td></tr></table></div>"
        )

    def new_main(self) -> str:
        """The main portal from the end of 2020: two vendor web parts whose titles show."""
        lead = f'<div class="sapo">{self.ink.text(self.content.lead)}</div>' if self.content.lead else ""
        toolbar = part(
            self.key, "toolbar",
            f'<div class="bantin"><span>{self.date}</span> {SIZES}<h1>{self.title}</h1>{lead}</div>',
            title="PublishingPortal - Block_BanTin_Toolbar", leak=True,
        )  # fmt: skip
        view = part(
            self.key, "view",
            f'<div class="bantin-noidung">{self.rich.html(signature=self.content.author_line)}</div>',
            title=" PublishingPortal - Block_BanTin_ViewData", leak=True,
        )  # fmt: skip
        others = part(self.key, "others", related("Tin cùng chuyên mục", self.links, dates=False))
        return (
            f'<div id="ctl00_MSO_ContentTable">{field("PageContent", "Page Content", "")}{toolbar}{view}{others}</div>'
        )

    def newer_main(self) -> str:
        """The same pages after a redesign: other containers and another order, the same words."""
        lead = f'<p class="news-desc"><b>{self.ink.text(self.content.lead)}</b></p>' if self.content.lead else ""
        body = self.rich.html(signature=self.content.author_line)
        return (
            f'<div id="ctl00_MSO_ContentTable"><div class="container"><div class="row"><article class="col-md-9">'
            f'<header><h1 class="news-name">{self.title}</h1><time>{self.date}</time>'
            f'<div class="share"><a href="javascript:window.print()">Bản in</a> <a href="#">Chia sẻ bài viết</a></div></header>{lead}'
            f'<section class="news-text">{body}</section></article>'
            f'<aside class="col-md-3">{related("Bài viết liên quan", self.links, dates=True)}</aside></div></div></div>'
        )

    def sub_portal(self) -> str:
        """A department's site."""
        lead = (
            f'<div class="mota"><strong>{self.ink.text(self.content.lead)}</strong></div>' if self.content.lead else ""
        )
        date = f'<div class="capnhat">{self.date.replace("  )", "&#160; )")}</div>' if self.date else ""
        files = self._files("File đính kèm:") if self.content.files else ""
        inner = (
            f'<h3 class="tieude">{self.title}</h3>{date}{lead}<div class="noidung">{self.rich.html()}</div>{files}'
            f"{self._credits()}"
        )
        crumbs = self._site_map_path() if self.told.section else ""
        other = related("Tin khác", self.links, dates=False)
        return f'{crumbs}<div id="ctl00_MSO_ContentTable">{part(self.key, "detail", inner)}{part(self.key, "other", other)}</div>'

    def _credits(self) -> str:
        if not self.section.credits:
            return ""
        author = self.content.author_line or "Tác giả:  "
        source = self.content.source_line or "Nguồn:  "
        lines = (line.replace(":  ", ":&#160; ") for line in (author, source))
        return "".join(f'<div class="tacgia">{line}</div>' for line in lines)

    def _site_map_path(self) -> str:
        steps = "".join(
            f'<span><span> &gt; </span></span><span class="ms-sitemapdirectional">{escape(name)}</span>'
            for name in self.section.names
        )
        return (
            '<div class="breadcrumb"><span id="ctl00_PlaceHolderTitleBreadcrumb_ContentMap"><span><a class="ms-sitemapdirectional" href="/">'
            f"Trang chủ</a></span>{steps}</span></div>"
        )

    def service(self, *, frame: bool = True) -> str:
        """The service portal; ``frame`` adds what its print view leaves out."""
        crumbs = "".join(
            f'<li><a href="{self.section.list_path}">{escape(name)}</a></li>' for name in self.section.names
        )
        date = self.date
        same_line = date.startswith("(") and not date.startswith("(C")
        beside = f"   <span>{date}</span>" if same_line else ""
        own = f'<div class="tandan-date-view">{date}</div>' if date and not same_line else ""
        body = self.rich.html(signature=self.content.author_line)
        main = (
            f'<ul class="breadcrumb">{crumbs}</ul><div class="tandan-title-view">{self.title}{beside}</div>{own}'
            f'<div class="tandan-content-view">{body}</div>{self._files("Tệp đính kèm:")}'
        )
        if not frame:
            return main
        item = self.article.item_id
        printed = f'<a href="/portaldvc/Pages/print.aspx?p={item}">Bản in</a>' if self.article.n % 4 == 0 else ""
        tools = f'<div class="toolbar">{printed} <a href="javascript:history.back()">Quay lại</a></div>'
        others = related("Những bài viết liên quan", self.links, dates=True)
        return part(self.key, "detail", f'{main}{tools}<div class="other-news">{others}</div>')

    def _files(self, label: str) -> str:
        if not self.content.files:
            return ""
        links = "".join(f"<li>{file_link(file)}</li>" for file in self.content.files)
        return f'<div class="dinhkem"><b>{label}</b><ul>{links}</ul></div>'


def file_link(file: Anchor) -> str:
    """A link to a file offered below a body."""
    return f'<a href="{address(file.href)}">{escape(file.text)}</a>'


FIELDS = (
    ("Số ký hiệu", "SoKyHieu", "Text", "number"),
    ("Trích yếu", "TrichYeu", "Note", "abstract"),
    ("Loại văn bản", "LoaiVanBan", "Lookup", "type"),
    ("Cơ quan ban hành", "CoQuanBanHanh", "Lookup", "issuer"),
    ("Ngày ban hành", "NgayBanHanh", "DateTime", "issued_raw"),
    ("Ngày hiệu lực", "NgayHieuLuc", "DateTime", "effective_raw"),
    ("Người ký", "NguoiKy", "Text", "signer"),
    ("Tình trạng", "TinhTrang", "Choice", "status"),
)


def list_form(told: Told) -> str:
    """A list item shown by its stock display form: one row a field, each cell with its comment."""
    content, papers = told.content, told.content.papers
    assert papers is not None
    rows = [_form_row("Tiêu đề", "Title", "Text", escape(told.title))]
    for label, name, kind, attribute in FIELDS:
        value = number_cell(content) if attribute == "number" else escape(getattr(papers, attribute) or "")
        rows.append(_form_row(label, name, kind, value))
    key = f"{told.article.section.key}-{told.article.n}"
    body = f'<div class="ExternalClass{guid(key).replace("-", "").upper()}">{Rich(content, origin="", key=key).html()}</div>'
    rows.append(_form_row("Nội dung", "NoiDung", "Note", body))
    files = "".join(f'<tr id="idAttachmentsRow"><td class="ms-vb">{file_link(f)}</td></tr>' for f in content.files)
    rows.append(
        _form_row("Tệp đính kèm", "Attachments", "Attachments", f'<table id="idAttachmentsTable">{files}</table>')
    )
    item = told.article.item_id
    made = f"{told.article.created:%d/%m/%Y %H:%M}"
    return (
        f'<span id="DeltaPlaceHolderPageTitleInTitleArea"><h1 class="ms-core-pageTitle">{escape(told.title)}</h1></span>'
        '<table class="ms-formtable" style="margin-top: 8px;" border="0" cellpadding="0" cellspacing="0" width="100%">'
        f'{"".join(rows)}</table><table class="ms-formtoolbar"><tr><td class="ms-descriptiontext">'
        f"Created at {made} by <span>Quản trị nội dung</span></td></tr><tr><td>Last modified at {made} by <span>Quản trị nội dung</span></td></tr></table>"
        f'<a href="/Lists/VanBan/print.aspx?p={item}">Bản in</a> <a href="/Lists/VanBan/AllItems.aspx">Quay lại</a>'
    )


def number_cell(content: Content) -> str:
    """The number as typed: blanks inside it are kept by the page."""
    papers = content.papers
    assert papers is not None
    raw = papers.number_raw or ""
    return f"&#160;&#160;&#160;&#160; {escape(raw)}" if raw.startswith("/") else escape(raw)


def _form_row(label: str, name: str, kind: str, value: str) -> str:
    return (
        f'<tr><td nowrap="true" valign="top" width="113px" class="ms-formlabel"><h3 class="ms-standardheader"><a name="SPBookmark_{name}"></a>'
        f'{label}</h3></td><td valign="top" width="350px" class="ms-formbody" id="SPField{kind}">\n<!-- FieldName="{label}"\n'
        f'\t\t\t FieldInternalName="{name}"\n\t\t\t FieldType="SPField{kind}"\n\t\t -->\n\t\t{value or "&#160;"}</td></tr>\n'
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
