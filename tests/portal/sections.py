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
from tests.portal.lists import LISTS, ListPage
from tests.portal.plan import HOSTS, Section
from tests.portal.replies import Reply, Request
from tests.portal.slugs import guid, hexes
from tests.portal.viewstate import State, StateError

if TYPE_CHECKING:
    from tests.portal.site import Site

JSON_PATH = "/apivp/api/dstintuc/querydata"
JSON_LIST = "/ct/cms/tintuc/Lists/ChuyenDe"
DELTA_TYPE = (("Content-Type", "text/plain; charset=utf-8"),)
EVENTS = {"postback": lists.grid_events, "more": lists.more_events, "delta": lists.panel_events}


def section_list(site: Site, section: Section, request: Request) -> Reply:
    """One page of a section's list."""
    match section.paging:
        case "postback" | "more":
            return posted(site, section, request)
        case "delta":
            return panelled(site, section, request)
        case "json":
            return json_shell(site, section)
    page = lists.list_page(site.world, section, _number(request.query.get("page", "1")))
    body = f"{_heading(section)}{lists.entries(site.world, page)}{lists.link_pager(page)}"
    if section.family in ("C", "N"):
        name = escape(section.names[-1])
        whole = php_frame(name, f'<td valign="top">{body}</td>') if section.family == "C" else new_frame(name, body)
        return Reply(body=whole, kind="php", outcome="listing")
    query = request.target.partition("?")[2]
    return _framed(
        site, section, part(section.key, "list", body), path=section.list_path + (f"?{query}" if query else "")
    )


def _heading(section: Section) -> str:
    return f"<h2>{escape(section.names[-1])}</h2>"


def _framed(
    site: Site, section: Section, main: str, *, path: str = "", state: tuple[str, str] = ("", ""), hidden: str = "",
    scripts: str = "",
) -> Reply:  # fmt: skip
    """A list page in its host's frame."""
    frame = Frame(
        path=path or section.list_path, title=escape(section.names[-1]), main=main,
        list_id=guid("list", section.host, "pages"), item_id=50 + section.index, state=state[0],
        validation=state[1] or None, hidden=hidden, scripts=scripts, skip_links=section.family != "D",
    )  # fmt: skip
    return Reply(body=site.chrome.page(HOSTS[section.host], frame), outcome="listing")


def _number(text: str) -> int:
    return int(text) if text.isdigit() and 0 < len(text) < 6 else 1


def _state(site: Site, page: ListPage) -> tuple[str, str]:
    events = EVENTS[page.section.paging](page)
    return site.states.fields(State(list_key=page.section.key, page=page.number, events=events))


def _place(page: ListPage) -> dict[str, str]:
    """The hidden field in which a list that only goes on keeps its place."""
    return dict([lists.more_state(page)]) if page.section.paging == "more" and page.number < page.pages else {}


def posted(site: Site, section: Section, request: Request) -> Reply:
    """A list that posts its form back for every page; altered state is refused."""
    number = 1
    if request.method == "POST":
        try:
            shown, _, argument = site.states.check(request.form, section.key)
        except StateError as error:
            return refused(section, str(error))
        number = _number(argument.removeprefix("Page$")) if section.paging == "postback" else shown + 1
        before = _place(lists.list_page(site.world, section, number - 1))
        if any(request.form.get(name) != value for name, value in before.items()):
            number = 1  # without its place such a list starts again
    page = lists.list_page(site.world, section, number)
    turns = lists.grid_pager(page) if section.paging == "postback" else lists.more_button(page)
    body = f"{_heading(section)}{lists.entries(site.world, page)}{turns}"
    hidden = "".join(f'<input type="hidden" name="{n}" value="{escape(v)}" />' for n, v in _place(page).items())
    reply = _framed(site, section, part(section.key, "list", body), state=_state(site, page), hidden=hidden)
    return with_posts(site, section, request, page, reply)


def refused(section: Section, message: str) -> Reply:
    """A farm answers its own error page with status 200, a bare ASP.NET site its yellow one with 500."""
    answer = yellow_page if section.family == "D" else error_page
    return answer(escape(message), outcome="postback_refused")


def with_posts(site: Site, section: Section, request: Request, page: ListPage, reply: Reply) -> Reply:
    """The first page's reply with the posts that lead to all others, for the walk that finds the truth."""
    if request.method == "POST" or page.pages == 1:
        return reply
    posts = []
    for number in range(2, page.pages + 1):
        before = lists.list_page(site.world, section, number - 1)
        state, validation = _state(site, before)
        wanted = "" if section.paging == "more" else str(number)
        events = EVENTS[section.paging](before)
        target, argument = next(event for event in events if event[1].removeprefix("Page$") == wanted)
        form = {
            "__EVENTTARGET": target, "__EVENTARGUMENT": argument, "__VIEWSTATE": state,
            "__EVENTVALIDATION": validation, **_place(before),
        }  # fmt: skip
        body = urlencode(form).encode()
        posts.append(Request(host=request.host, target=section.list_path, method="POST", body=body))
    return Reply(body=reply.body, outcome="listing", posts=tuple(posts))


def panelled(site: Site, section: Section, request: Request) -> Reply:
    """A list inside an UpdatePanel: a delta for the script manager, a whole page for everybody else."""
    panel, number = lists.control(section, "upList"), 1
    wants_delta = request.headers.get("x-microsoftajax", "").lower() == "delta=true" or "__ASYNCPOST" in request.form
    if request.method == "POST":
        try:
            _, event, argument = site.states.check(request.form, section.key)
        except StateError as error:
            if not wants_delta:
                return refused(section, str(error))
            text = lists.delta([("error", "500", str(error))])
            return Reply(body=text.encode(), headers=DELTA_TYPE, outcome="postback_refused")
        if event != lists.control(section, "lbtPage"):
            return _elsewhere(section, wants_delta=wants_delta)
        number = _number(argument)
    page = lists.list_page(site.world, section, number)
    content = lists.panel_content(site.world, page)
    if request.method == "POST" and wants_delta:
        return _delta(section, panel, content, _state(site, page))
    name = panel.replace("$", "_")
    body = f'{_heading(section)}<div id="{name}">{content}</div>'
    main = part(section.key, "list", body) + LISTS["manager"].fill(panel=panel, id=name)
    return with_posts(site, section, request, page, _framed(site, section, main, state=_state(site, page)))


def _elsewhere(section: Section, *, wants_delta: bool) -> Reply:
    """The link to all news leaves the list: by a pageRedirect record, or by an ordinary redirect."""
    path = f"/Pages/{section.folder.split('/')[0]}/default.aspx"
    if not wants_delta:
        headers = (("Content-Type", "text/html"), ("Location", path))
        return Reply(status=302, headers=headers, kind="plain", outcome="redirect", links=(path,))
    text = lists.delta([("pageRedirect", "", quote(path, safe="").replace("%2F", "%2f"))])
    return Reply(body=text.encode(), headers=DELTA_TYPE, outcome="redirect", links=(path,))


def _delta(section: Section, panel: str, content: str, state: tuple[str, str]) -> Reply:
    name, client = section.list_path.rsplit("/", 1)[1], panel.replace("$", "_")
    records = [
        ("updatePanel", client, content),
        ("hiddenField", "__EVENTTARGET", ""),
        ("hiddenField", "__EVENTARGUMENT", ""),
        ("hiddenField", "__VIEWSTATE", state[0]),
        ("hiddenField", "__VIEWSTATEGENERATOR", hexes(name, length=8).upper()),
        ("hiddenField", "__EVENTVALIDATION", state[1]),
        ("asyncPostBackControlIDs", "", ""),
        ("postBackControlIDs", "", ""),
        ("updatePanelIDs", "", f"t{panel},{client}"),
        ("childUpdatePanelIDs", "", ""),
        ("panelsToRefreshIDs", "", f"{panel},{client}"),
        ("asyncPostBackTimeout", "", "90"),
        ("formAction", "", f"./{name}"),
        ("pageTitle", "", section.names[-1]),
    ]
    return Reply(body=lists.delta(records).encode(), headers=DELTA_TYPE, outcome="listing")


def json_shell(site: Site, section: Section) -> Reply:
    """A list whose page shows a few entries and leaves the others to a script."""
    page = lists.list_page(site.world, section, 1)
    few = "".join(lists.entry(site.world, article) for article in page.entries[:3])
    body = part(section.key, "list", f'{_heading(section)}<div id="dsTin">{few}</div>')
    return _framed(site, section, body, scripts=LISTS["json_script"].fill(list=JSON_LIST))


def json_rows(site: Site, request: Request) -> Reply:
    """The JSON list: a form post answered with the asked-for rows."""
    form = request.form
    section = site.world.by_key["chuyende"]
    typed = (("Content-Type", "application/json; charset=utf-8"),)
    numbers = (form.get("start") or "0", form.get("length") or "10")
    if (
        request.method != "POST"
        or form.get("UrlList", "").lower() != JSON_LIST.lower()
        or not "".join(numbers).isdigit()
    ):
        body = b'{"Message":"The requested resource does not support this request."}'
        return Reply(status=405, body=body, headers=typed, kind="plain", outcome="forbidden")
    live = site.world.live(section.key)
    start, length = map(int, numbers)
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
