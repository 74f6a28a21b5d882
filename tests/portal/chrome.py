"""The frame around every SharePoint page: scripts, hidden fields, skip links, ribbon, menus, footer, Sign In."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from tests.portal.noise import NONCE
from tests.portal.plan import HOSTS, Host, Section
from tests.portal.slugs import guid, hexes
from tests.portal.templates import fragments

SCRIPTS = (
    "require.js", "strings.js", "sp.res.resx", "sp.runtime.js", "sp.ui.dialog.js", "sp.init.js", "sp.js", "core.js",
    "menu.js", "mQuery.js", "callout.js", "sp.core.js", "clienttemplates.js", "sharing.js", "suitelinks.js",
    "userprofile", "followingcommon.js", "profilebrowserscriptres.resx", "cui.js", "inplview", "ribbon",
    "browserScript", "WPAdderClass", "quicklaunch.js",
)  # fmt: skip
FRAME = fragments("frame")


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
        self._sods = {name: self._registered(host) for name, host in HOSTS.items()}
        self._menus = {name: self._menu(name) for name in HOSTS}
        self._feet = {name: self._foot(host) for name, host in HOSTS.items()}

    def page(self, host: Host, frame: Frame) -> bytes:
        """The whole page as UTF-8."""
        return (
            FRAME["page"]
            .fill(
                head=self._head(host, frame),
                form=self._form(host, frame),
                menu=self._menus[host.name],
                main=frame.main,
                foot=self._feet[host.name],
                end=self._end(host, frame),
            )
            .encode()
        )

    @staticmethod
    def _ui(host: Host) -> int:
        return 4 if host.build.startswith("14.") else 15

    def _registered(self, host: Host) -> str:
        base = "\\u002f_layouts\\u002f" + ("" if self._ui(host) == 4 else "15\\u002f")
        return "\n".join(
            FRAME["sod"].fill(
                name=name,
                base=base,
                file=(name if name.endswith((".js", ".resx")) else f"{name}.js").lower(),
                rev=hexes(host.build, name, length=22),
            )
            for name in SCRIPTS
        )

    def _head(self, host: Host, frame: Frame) -> str:
        return FRAME["head"].fill(
            language=frame.language,
            title=frame.title,
            canonical=FRAME["canonical"].fill(href=escape(frame.canonical)) if frame.canonical else "",
            feeds="".join(FRAME["feed"].fill(href=escape(href)) for href in frame.feeds),
            sods=self._sods[host.name],
            scripts=frame.scripts,
        )

    def _form(self, host: Host, frame: Frame) -> str:
        path, mark, query = frame.path.partition("?")
        name = path.rsplit("/", 1)[1] or "default.aspx"
        filler = f"/wEPDwUK{hexes(path, query, length=40)}{hexes('state', path, query, length=60) * 48}{NONCE}ZGQ="
        ui = self._ui(host)
        return FRAME["form"].fill(
            name=quote(name),
            query=escape(mark + query),
            state=frame.state or filler,
            origin=self.origins[host.name],
            path=js(path),
            site=js(host.title),
            build=host.build,
            ui=str(ui),
            list=frame.list_id,
            item=str(frame.item_id),
            generator=hexes(name, length=8).upper(),
            validation=FRAME["validation"].fill(value=frame.validation) if frame.validation else "",
            hidden=frame.hidden,
            skips=FRAME["skips"].fill() if frame.skip_links else "",
            toggles=FRAME[f"toggles{ui}"].fill(),
        )

    def _menu(self, name: str) -> str:
        own = [section for section in self.sections if section.host == ("main" if name == "www" else name)]
        bar = FRAME.get("bar_main" if name == "www" else f"bar_{name}")
        return FRAME["menu"].fill(
            today=FRAME["today"].fill() if name in ("sotuphap", "hanhchinhcong") else "",
            bar=bar.fill() if bar else "",
            items="".join(
                FRAME["item"].fill(href=escape(section.list_path), text=escape(section.names[-1])) for section in own
            ),
        )

    def _foot(self, host: Host) -> str:
        others = "".join(
            f'<option value="{self.origins[name]}/">{escape(other.title)}</option>'
            for name, other in HOSTS.items()
            if name not in ("www", host.name)
        )
        return FRAME["foot"].fill(others=others, site=escape(host.title))

    def _end(self, host: Host, frame: Frame) -> str:
        old = self._ui(host) == 4
        return FRAME["end"].fill(
            id="ctl00_IdWelcome_ExplicitLogin" if old else "ctl00_ctl49_ExplicitLogin",
            css="s4-signInLink" if old else "ms-signInLink",
            origin=self.origins[host.name],
            layouts="/_layouts/" if old else "/_layouts/15/",
            source=quote(frame.path, safe="").replace("-", "%2D").replace(".", "%2E"),
            badge=FRAME["badge"].fill() if host.badge else "",
        )


def js(text: str) -> str:
    """A string inside SharePoint's own JavaScript."""
    return text.replace("/", "\\u002f")


def part(key: str, zone: str, html: str, *, title: str = "") -> str:
    """A web part; one with a title shows it although the zone should hide it."""
    name = guid(key, zone).replace("-", "_")
    shown = FRAME["part_title"].fill(title=title, name=name) if title else ""
    return FRAME["part"].fill(name=name, guid=guid(key, zone), shown=shown, html=html)
