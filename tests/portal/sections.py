"""Answers for section lists, whatever way they are paged."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from tests.portal import lists
from tests.portal.blocks import clean
from tests.portal.chrome import Frame, part
from tests.portal.faults import error_page, yellow_page
from tests.portal.foreign import new_frame, php_frame
from tests.portal.plan import HOSTS, Section
from tests.portal.replies import Reply, Request
from tests.portal.slugs import guid, hexes
from tests.portal.viewstate import State, StateError

if TYPE_CHECKING:
    from tests.portal.site import Site

JSON_PATH = "/apivp/api/dstintuc/querydata"
JSON_LIST = "/ct/cms/tintuc/Lists/ChuyenDe"


def section_list(site: Site, section: Section, request: Request) -> Reply:
    """One page of a section's list."""
    match section.paging:
        case "postback":
            return posted(site, section, request)
        case "delta":
            return panelled(site, section, request)
        case "json":
            return json_shell(site, section)
    number = _number(request.query.get("page", "1"))
    page = lists.list_page(site.world, section, number)
    body = f"<h2>{escape(section.names[-1])}</h2>{lists.entries(site.world, page)}{lists.link_pager(page)}"
    if section.family == "C":
        return Reply(
            body=php_frame(escape(section.names[-1]), f'<td valign="top">{body}</td>'), kind="php", outcome="listing"
        )
    if section.family == "N":
        return Reply(body=new_frame(escape(section.names[-1]), body), kind="php", outcome="listing")
    query = request.target.partition("?")[2]
    path = section.list_path + (f"?{query}" if query else "")
    return framed(site, section, path, part(section.key, "list", body))


def framed(site: Site, section: Section, path: str, main: str, **frame: str) -> Reply:
    """A list page in its host's frame."""
    name = escape(section.names[-1])
    state, validation, hidden, scripts = (frame.get(key, "") for key in ("state", "validation", "hidden", "scripts"))
    page = Frame(
        path=path, title=name, main=main, list_id=guid("list", section.host, "pages"), item_id=10 + section.index,
        state=state, validation=validation or None, hidden=hidden, scripts=scripts, skip_links=section.family != "D",
    )  # fmt: skip
    return Reply(body=site.chrome.page(HOSTS[section.host], page), outcome="listing")


def _number(text: str) -> int:
    return int(text) if text.isdigit() and 0 < len(text) < 6 else 1


def posted(site: Site, section: Section, request: Request) -> Reply:
    """A list that posts its form back for every page; altered state is refused."""
    number = 1
    if request.method == "POST":
        try:
            _, _, argument = site.states.check(request.form, section.key)
        except StateError as error:
            return refused(section, str(error))
        number = _number(argument.removeprefix("Page$"))
    page = lists.list_page(site.world, section, number)
    state, validation = site.states.fields(State(list_key=section.key, page=number, events=lists.grid_events(page)))
    body = f"<h2>{escape(section.names[-1])}</h2>{lists.entries(site.world, page)}{lists.grid_pager(page)}"
    reply = framed(
        site, section, section.list_path, part(section.key, "list", body), state=state, validation=validation
    )
    return with_posts(site, section, request, page, reply)


def refused(section: Section, message: str) -> Reply:
    """A farm answers its own error page with status 200, a bare ASP.NET site its yellow one with 500."""
    if section.family == "D":
        return yellow_page(escape(message), outcome="postback_refused")
    return error_page(escape(message), outcome="postback_refused")


def with_posts(site: Site, section: Section, request: Request, page: lists.ListPage, reply: Reply) -> Reply:
    """The first page's reply with the posts that lead to all others, for the walk that finds the truth."""
    if request.method == "POST" or page.pages == 1:
        return reply
    events = lists.grid_events if section.paging == "postback" else lists.panel_events
    posts = []
    for number in range(2, page.pages + 1):
        before = lists.list_page(site.world, section, number - 1)
        state, validation = site.states.fields(State(list_key=section.key, page=number - 1, events=events(before)))
        target, argument = next(event for event in events(before) if event[1].removeprefix("Page$") == str(number))
        form = {
            "__EVENTTARGET": target, "__EVENTARGUMENT": argument, "__VIEWSTATE": state, "__EVENTVALIDATION": validation,
        }  # fmt: skip
        posts.append(Request(host=request.host, target=section.list_path, method="POST", body=urlencode(form).encode()))
    return Reply(body=reply.body, outcome="listing", posts=tuple(posts))


def panelled(site: Site, section: Section, request: Request) -> Reply:
    """A list inside an UpdatePanel: a delta for the script manager, a whole page for everybody else."""
    panel, target = lists.panel_names(section)
    number = 1
    wants_delta = request.headers.get("x-microsoftajax", "").lower() == "delta=true" or "__ASYNCPOST" in request.form
    if request.method == "POST":
        try:
            _, event, argument = site.states.check(request.form, section.key)
        except StateError as error:
            if wants_delta:
                text = lists.delta([("error", "500", str(error))])
                return Reply(
                    body=text.encode(),
                    headers=(("Content-Type", "text/plain; charset=utf-8"),),
                    outcome="postback_refused",
                )
            return refused(section, str(error))
        if event != target:
            return _elsewhere(site, section, wants_delta=wants_delta)
        number = _number(argument)
    page = lists.list_page(site.world, section, number)
    state = site.states.fields(State(list_key=section.key, page=number, events=lists.panel_events(page)))
    content = lists.panel_content(site.world, page)
    if request.method == "POST" and wants_delta:
        return _delta(section, panel, content, state)
    reply = framed(
        site, section, section.list_path,
        part(section.key, "list", f'<h2>{escape(section.names[-1])}</h2><div id="{panel.replace("$", "_")}">{content}</div>') + _manager(panel),
        state=state[0], validation=state[1],
    )  # fmt: skip
    return with_posts(site, section, request, page, reply)


def _manager(panel: str) -> str:
    return (
        "<script type=\"text/javascript\">\n//<![CDATA[\nSys.WebForms.PageRequestManager._initialize('ctl00$ScriptManager1', 'aspnetForm', "
        f"['t{panel}','{panel.replace('$', '_')}'], [], [], 90, 'ctl00');\n//]]>\n</script>"
    )


def _elsewhere(site: Site, section: Section, *, wants_delta: bool) -> Reply:
    """The link to all news leaves the list: by a pageRedirect record, or by an ordinary redirect."""
    path = f"/Pages/{section.folder.split('/')[0]}/default.aspx"
    if not wants_delta:
        return Reply(
            status=302,
            headers=(("Content-Type", "text/html"), ("Location", path)),
            kind="plain",
            outcome="redirect",
            links=(path,),
        )
    text = lists.delta([("pageRedirect", "", quote(path, safe="").lower().replace("%2fpages", "%2fPages"))])
    return Reply(
        body=text.encode(), headers=(("Content-Type", "text/plain; charset=utf-8"),), outcome="redirect", links=(path,)
    )


def _delta(section: Section, panel: str, content: str, state: tuple[str, str]) -> Reply:
    name = section.list_path.rsplit("/", 1)[1]
    text = lists.delta(
        [
            ("updatePanel", panel.replace("$", "_"), content),
            ("hiddenField", "__EVENTTARGET", ""),
            ("hiddenField", "__EVENTARGUMENT", ""),
            ("hiddenField", "__VIEWSTATE", state[0]),
            ("hiddenField", "__VIEWSTATEGENERATOR", hexes(name, length=8).upper()),
            ("hiddenField", "__EVENTVALIDATION", state[1]),
            ("asyncPostBackControlIDs", "", ""),
            ("postBackControlIDs", "", ""),
            ("updatePanelIDs", "", f"t{panel},{panel.replace('$', '_')}"),
            ("childUpdatePanelIDs", "", ""),
            ("panelsToRefreshIDs", "", f"{panel},{panel.replace('$', '_')}"),
            ("asyncPostBackTimeout", "", "90"),
            ("formAction", "", f"./{name}"),
            ("pageTitle", "", section.names[-1]),
        ]
    )
    return Reply(body=text.encode(), headers=(("Content-Type", "text/plain; charset=utf-8"),), outcome="listing")


def json_shell(site: Site, section: Section) -> Reply:
    """A list whose page shows a few entries and leaves the others to a script."""
    page = lists.list_page(site.world, section, 1)
    few = "".join(lists._entry(site.world, article) for article in page.entries[:3])
    script = (
        f"<script type=\"text/javascript\">$.post('/APIVP/api/DSTinTuc/QUERYDATA', {{do: '', fieldOrder: 'CreatedDate', ascending: 'desc', "
        f"UrlList: '{JSON_LIST}', start: 0, length: 20}}, veDanhSach);</script>"
    )
    body = f'<h2>{escape(section.names[-1])}</h2><div id="dsTin">{few}</div>'
    return framed(site, section, section.list_path, part(section.key, "list", body), scripts=script)


def json_rows(site: Site, request: Request) -> Reply:
    """The JSON list: a form post answered with the asked-for rows."""
    form = request.form
    section = site.world.by_key["chuyende"]
    typed = (("Content-Type", "application/json; charset=utf-8"),)
    if request.method != "POST" or form.get("UrlList", "").lower() != JSON_LIST.lower():
        return Reply(
            status=405,
            body=b'{"Message":"The requested resource does not support http method."}',
            headers=typed,
            kind="plain",
            outcome="forbidden",
        )
    live = site.world.live(section.key)
    start, length = int(form.get("start") or 0), int(form.get("length") or 10)
    shown = live[start : start + length]
    rows = [
        {
            "ID": article.item_id,
            "Title": site.world.tell(article).title,
            "DescriptionNews": clean(site.world.tell(article).content.lead or ""),
            "ContentNews": "",
            "CreatedDate": f"{article.created:%Y-%m-%dT%H:%M:%S}",
        }
        for article in shown
    ]
    body = json.dumps({"data": rows, "recordsTotal": len(live)}, ensure_ascii=False).encode()
    links = tuple(f"{site.origins['main']}{article.path}" for article in shown)
    return Reply(body=body, headers=typed, outcome="listing", links=links)
