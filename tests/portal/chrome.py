"""The frame around every SharePoint page: scripts, hidden fields, skip links, ribbon, menus, footer, Sign In."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from tests.portal.noise import DELTA, DIGEST, GUID, NONCE, TODAY, VISITS
from tests.portal.plan import HOSTS, Host, Section
from tests.portal.slugs import guid, hexes

SCRIPTS = (
    "require.js", "strings.js", "sp.res.resx", "sp.runtime.js", "sp.ui.dialog.js", "sp.init.js", "sp.js", "core.js",
    "menu.js", "mQuery.js", "callout.js", "sp.core.js", "clienttemplates.js", "sharing.js", "suitelinks.js",
    "userprofile", "followingcommon.js", "profilebrowserscriptres.resx", "cui.js", "inplview", "ribbon",
    "browserScript", "WPAdderClass", "quicklaunch.js",
)  # fmt: skip
GREETINGS = {
    "main": "Cổng thông tin điện tử Bắc Kạn kính chào quý khách!",
    "www": "Cổng thông tin điện tử Bắc Kạn kính chào quý khách!",
    "dulich": "Cổng thông tin du lịch Bắc Kạn kính chào quý khách",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """What one page tells its frame."""

    path: str
    """Path and query of the page."""
    title: str
    """Of the title element, as HTML."""
    main: str
    """The page's own part, as HTML."""
    list_id: str
    item_id: int
    canonical: str | None = None
    state: str = ""
    """A form's view state; an article's page has one of its own."""
    validation: str | None = None
    """__EVENTVALIDATION; most article pages have none."""
    hidden: str = ""
    """Further hidden inputs."""
    skip_links: bool = True
    language: str = "vi-VN"
    scripts: str = ""
    feeds: tuple[str, ...] = ()


class Chrome:
    """Frames the pages of one portal; the parts that are the same on a whole host are made once."""

    def __init__(self, origins: dict[str, str], sections: tuple[Section, ...]) -> None:
        self.origins, self.sections = origins, sections
        self._heads = {name: self._scripts(host) for name, host in HOSTS.items()}
        self._menus = {name: self._menu(name) for name in HOSTS}
        self._feet = {name: self._foot(host) for name, host in HOSTS.items()}

    def page(self, host: Host, frame: Frame) -> bytes:
        """The whole page as UTF-8."""
        parts = (
            self._head(host, frame), self._form(host, frame), self._menus[host.name],
            f'<span id="DeltaPlaceHolderMain">\n{frame.main}\n'
            "<div style='display:none' id='hidZone'><menu class=\"ms-hide\">"
            '<ie:menuitem id="MSOMenu_Help" iconsrc="/_layouts/images/HelpIcon.gif" onmenuclick="MSOWebPartPage_SetNewWindowLocation()"'
            ' text="Help" type="option"></ie:menuitem></menu></div></span></div>\n',
            self._feet[host.name], self._end(host, frame),
        )  # fmt: skip
        return "".join(parts).encode()

    @staticmethod
    def _ui(host: Host) -> int:
        return 4 if host.build.startswith("14.") else 15

    def _scripts(self, host: Host) -> str:
        base = "\\u002f_layouts\\u002f" + ("" if self._ui(host) == 4 else "15\\u002f")
        lines = []
        for name in SCRIPTS:
            file = name if name.endswith((".js", ".resx")) else f"{name}.js"
            rev = hexes(host.build, name, length=22)
            lines.append(
                f'<script type="text/javascript">RegisterSod("{name}", "{base}{file.lower()}?rev={rev}\\u00253D\\u00253D");</script>'
            )
        return "\n".join(lines)

    def _head(self, host: Host, frame: Frame) -> str:
        canonical = f'<link rel="canonical" href="{escape(frame.canonical)}" />' if frame.canonical else ""
        feeds = "".join(
            f'<link rel="alternate" type="application/rss+xml" title="RSS" href="{escape(f)}" />' for f in frame.feeds
        )
        return (
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
            f'<html dir="ltr" class="ms-isBot" lang="{frame.language}">\n'
            '<head><meta name="GENERATOR" content="Microsoft SharePoint" /><meta http-equiv="Content-type" content="text/html; charset=utf-8" />'
            '<meta http-equiv="X-UA-Compatible" content="IE=10" /><meta http-equiv="Expires" content="0" />\n'
            f"<title>\n\t{frame.title}\n</title>\n"
            '<link rel="stylesheet" type="text/css" href="/_layouts/15/1066/styles/Themable/corev15.css?rev=OqAycmyMLoQIDkAlzHdMhQ%3D%3D" />\n'
            '<link rel="stylesheet" type="text/css" href="/Style%20Library/portal/css/style.css" />\n'
            f'<link type="text/xml" rel="alternate" href="/_vti_bin/spsdisco.aspx" />{canonical}{feeds}\n'
            f"{self._heads[host.name]}\n{frame.scripts}"
            '<style type="text/css">.s4-skipribbonshortcut { display:none; }</style></head>\n'
        )

    def _form(self, host: Host, frame: Frame) -> str:
        name = frame.path.split("?", 1)[0].rsplit("/", 1)[1] or "default.aspx"
        query = escape("?" + frame.path.split("?", 1)[1]) if "?" in frame.path else ""
        state = (
            frame.state
            or f"/wEPDwUK{hexes(frame.path, length=40)}{hexes('state', frame.path, length=60) * 48}{NONCE}ZGQ="
        )
        validation = (
            f'<input type="hidden" name="__EVENTVALIDATION" id="__EVENTVALIDATION" value="{frame.validation}" />'
            if frame.validation
            else ""
        )
        return (
            f"<body onload=\"javascript:if (typeof(_spBodyOnLoadWrapper) != 'undefined') _spBodyOnLoadWrapper();\">\n"
            f'<form method="post" action="./{quote(name)}{query}" onsubmit="javascript:return WebForm_OnSubmit();" id="aspnetForm">\n'
            '<div class="aspNetHidden">\n'
            '<input type="hidden" name="_wpcmWpid" id="_wpcmWpid" value="" />\n'
            '<input type="hidden" name="MSOWebPartPage_PostbackSource" id="MSOWebPartPage_PostbackSource" value="" />\n'
            '<input type="hidden" name="MSOTlPn_SelectedWpId" id="MSOTlPn_SelectedWpId" value="" />\n'
            f'<input type="hidden" name="__REQUESTDIGEST" id="__REQUESTDIGEST" value="{DIGEST}" />\n'
            '<input type="hidden" name="MSOSPWebPartManager_DisplayModeName" value="Browse" />\n'
            '<input type="hidden" name="__EVENTTARGET" id="__EVENTTARGET" value="" />\n'
            '<input type="hidden" name="__EVENTARGUMENT" id="__EVENTARGUMENT" value="" />\n'
            f'<input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="{state}" />\n</div>\n'
            f"{self._context(host, frame)}"
            f'<input type="hidden" name="__VIEWSTATEGENERATOR" id="__VIEWSTATEGENERATOR" value="{hexes(name, length=8).upper()}" />'
            f"{validation}{frame.hidden}\n{self._skip(host, frame)}"
        )

    def _context(self, host: Host, frame: Frame) -> str:
        return (
            "<script type=\"text/javascript\">\n//<![CDATA[\nvar theForm = document.forms['aspnetForm'];\n"
            "function __doPostBack(eventTarget, eventArgument) {\n    if (!theForm.onsubmit || (theForm.onsubmit() != false)) {\n"
            "        theForm.__EVENTTARGET.value = eventTarget;\n        theForm.__EVENTARGUMENT.value = eventArgument;\n"
            "        theForm.submit();\n    }\n}\n//]]>\n</script>\n"
            '<script type="text/javascript">\n//<![CDATA[\n'
            "var MSOWebPartPageFormName = 'aspnetForm'; var g_presenceEnabled = true; var g_wsaEnabled = false;"
            f'var g_correlationId = "{GUID}"; var _spPageContextInfo = {{webServerRelativeUrl: "\\u002f", webAbsoluteUrl: "{self.origins[host.name]}", '
            f'siteAbsoluteUrl: "{self.origins[host.name]}", serverRequestPath: "{js(frame.path.split("?", 1)[0])}", layoutsUrl: "_layouts\\u002f15", '
            f'webTitle: "{js(host.title)}", webTemplate: "53", tenantAppVersion: "0", isAppWeb: false, webLogoUrl: "_layouts\\u002f15\\u002fimages\\u002fsiteicon.png", '
            f'webLanguage: 1066, currentLanguage: 1066, currentUICultureName: "vi-VN", currentCultureName: "vi-VN", '
            f'clientServerTimeDelta: new Date("{DELTA}") - new Date(), siteClientTag: "367$${host.build}", crossDomainPhotosEnabled:false, '
            f'webUIVersion:{self._ui(host)}, webPermMasks:{{High:16,Low:196673}}, pageListId:"{{{frame.list_id}}}", pageItemId:{frame.item_id}, '
            f"pagePersonalizationScope:1, alertsEnabled:false, siteServerRelativeUrl: \"\\u002f\", allowSilverlightPrompt:'True'}};\n//]]>\n</script>\n"
        )

    def _skip(self, host: Host, frame: Frame) -> str:
        old = self._ui(host) == 4
        toggles = (
            '<div class="s4-notdlg noindex" style="display:none"><a href="#" class="ms-SkiptoNavigation">Turn on more accessible mode</a>'
            "<a href=\"#\">Turn off more accessible mode</a></div><noscript><div class='noindex'>You may be trying to access this site from"
            " a secured browser on the server. Please enable scripts and reload this page.</div></noscript>"
            if old
            else '<div id="TurnOffAnimation" style="display:none;" class="s4-notdlg noindex"><a id="linkTurnOffAnimation" href="#" class="ms-accessible ms-acc-button">'
            'Turn off Animations</a></div><div id="TurnOnAnimation" style="display:none;" class="s4-notdlg noindex"><a href="#">Turn on Animations</a></div>'
        )
        skips = (
            '<div class="s4-notdlg s4-skipribbonshortcut noindex"><a href="javascript:;" onclick="document.getElementById(\'startNavigation\').focus();"'
            ' class="ms-SkiptoNavigation" accesskey="Y">Skip Ribbon Commands</a></div>\n'
            '<div class="s4-notdlg noindex"><a href="javascript:;" onclick="document.getElementById(\'mainContent\').focus();"'
            ' class="ms-SkiptoMainContent" accesskey="X">Skip to main content</a></div>\n'
        )
        return (
            f"{skips if frame.skip_links else ''}{toggles}"
            '<div id="s4-ribbonrow" style="visibility:hidden;display:none"><div id="globalNavBox"><div id="ribbonBox"><div id="RibbonContainer">'
            "To navigate through the Ribbon, use standard browser navigation keys.</div></div></div></div>\n"
            '<div id="s4-workspace"><div id="s4-bodyContainer">\n'
        )

    def _menu(self, name: str) -> str:
        own = [section for section in self.sections if section.host == ("main" if name == "www" else name)]
        items = "".join(
            f'<li class="static"><a class="static menu-item ms-core-listMenu-item" href="{section.list_path}">'
            f'<span class="menu-item-text">{escape(section.names[-1])}</span></a></li>'
            for section in own
        )
        hello = GREETINGS.get(name, "")
        greeting = f"<marquee>{hello}</marquee> " if hello else ""
        languages = (
            ' <a href="/">Tiếng Việt</a> <a href="/Pages/english-390/default.aspx">English</a>'
            if name == "dulich"
            else ""
        )
        today = f'<div class="ngaythang">{TODAY}</div>' if name in ("sotuphap", "hanhchinhcong") else ""
        bar = (
            f'<div class="topbar">{greeting}<a href="/">Trang chủ</a> <a href="/Pages/gop-y.aspx">Góp ý</a> '
            '<a href="/Pages/so-do-trang.aspx">Sơ đồ trang</a> <a href="/Pages/lien-he.aspx">Liên hệ</a></div>'
            if name in ("main", "www")
            else f'<div class="topbar">{greeting}{languages}</div>'
        )
        return (
            f'{today}{bar}<div id="startNavigation" class="ms-core-navigation" role="navigation"><div id="zz12_TopNavigationMenu" '
            'class="noindex ms-core-listMenu-horizontalBox"><ul id="zz13_RootAspMenu" class="root ms-core-listMenu-root static">'
            '<li class="static selected"><a class="static selected menu-item ms-core-listMenu-item ms-core-listMenu-selected" href="/">'
            '<span class="additional-background"><span class="menu-item-text">Trang chủ</span><span class="ms-hidden">Currently selected</span>'
            f"</span></a></li>{items}</ul></div></div>\n"
            '<div id="mainContent"></div><a id="skipTarget" name="mainContent"></a>\n'
        )

    def _foot(self, host: Host) -> str:
        others = "".join(
            f'<option value="{self.origins[name]}/">{escape(other.title)}</option>'
            for name, other in HOSTS.items()
            if name not in ("www", host.name)
        )
        return (
            f'<div id="footer"><select class="lienket"><option>Liên kết website</option>{others}</select>'
            f"<p>Bản quyền thuộc về {escape(host.title)}</p><p>Cơ quan chủ quản: UBND tỉnh Bắc Kạn. Giấy phép số 26/GP-TTĐT</p>"
            f'<p>Lượt truy cập: {VISITS}</p><a href="https://dichvucong.example/">Cổng dịch vụ công quốc gia</a>'
            '<a href="mailto:banbientap@portal.example">Thư điện tử</a></div></div>\n'
        )

    def _end(self, host: Host, frame: Frame) -> str:
        layouts = "/_layouts/" if self._ui(host) == 4 else "/_layouts/15/"
        css = "s4-signInLink" if self._ui(host) == 4 else "ms-signInLink"
        source = quote(frame.path, safe="").replace("-", "%2D").replace(".", "%2E")
        badge = (
            '<a href="https://tinnhiemmang.example/danh-ba"><img src="/Style%20Library/portal/images/handle_cert.png" alt="Chung nhan Tin Nhiem Mang"></a>'
            if host.badge
            else ""
        )
        return (
            f'</form><a id="ctl00_ctl49_ExplicitLogin" class="{css}" href="{self.origins[host.name]}{layouts}Authenticate.aspx?Source={source}" '
            f'style="display:inline-block;">Sign In</a>{badge}\n</body></html>\n'
        )


def js(text: str) -> str:
    """A string inside SharePoint's own JavaScript."""
    return text.replace("/", "\\u002f")


def part(key: str, zone: str, html: str, *, title: str = "", leak: bool = False) -> str:
    """A web part; a leaking one shows its title although the zone should hide it."""
    name = guid(key, zone).replace("-", "_")
    shown = (
        f'<div class="ms-webpart-chrome-title"><span title="{title}" id="WebPartTitle_{name}" class="js-webpart-titleCell">'
        f'<h2 style="text-align:justify;" class="ms-webpart-titleText"><nobr><span>{title}</span></nobr></h2></span></div>'
        if leak
        else ""
    )
    return (
        f'<div class="ms-webpart-zone ms-fullWidth"><div id="MSOZoneCell_{name}" class="s4-wpcell-plain ms-webpartzone-cell ms-webpart-cell-vertical ms-fullWidth">'
        f'<div class="ms-webpart-chrome ms-webpart-chrome-vertical ms-webpart-chrome-fullWidth">{shown}'
        f'<div WebPartID="{guid(key, zone)}" HasPers="false" id="WebPart_{name}" width="100%" class="ms-WPBody noindex" allowDelete="false">'
        f'<div id="ctl00_ctl30_g_{name}">{html}</div><div class="ms-clear"></div></div></div></div></div>\n'
    )
