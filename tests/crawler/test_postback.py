"""Lists that are turned by form posts: which control is pressed, what is sent, and how the page asked for is known."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from archive.models import Postback
from crawler.sharepoint import page_postbacks
from tests.crawler.profiles import BAC_KAN

URL = "https://backan.gov.vn/Pages/tin-12/kinh-te-102/default.aspx"
GRID = "ctl00$g$GridView1"


def link(target: str, argument: str, text: str) -> str:
    return f"<a href=\"javascript:__doPostBack('{target}','{argument}')\">{text}</a>"


def page(content: str, *, action: str = "./default.aspx", script: str = "", hidden: str = "") -> html.HtmlElement:
    return html.document_fromstring(
        f"""<html><body><form method="post" action="{action}" id="aspnetForm">
        <input type="hidden" name="__EVENTTARGET" value=""><input type="hidden" name="__EVENTARGUMENT" value="">
        <input type="hidden" name="__VIEWSTATE" value="/wEP+abc==">
        <input type="hidden" name="__EVENTVALIDATION" value="ev">
        {hidden}<script type="text/javascript">{script}</script>
        <input type="text" name="ctl00$search" value="">
        <input type="submit" name="ctl00$btnSearch" value="Tìm kiếm">
        <a href="javascript:__doPostBack('ctl00$SignInLink','')">Sign In</a>
        <a href="javascript:__doPostBack('{GRID}','Sort$NgayBanHanh')">Ngày ban hành</a>
        {content}</form></body></html>"""
    )


def posts(content: str, **kwargs: str) -> tuple[Postback, ...]:
    return page_postbacks(page(content, **kwargs), URL, BAC_KAN)


def keys(content: str, **kwargs: str) -> list[str]:
    return [post.key for post in posts(content, **kwargs)]


def sent(post: Postback) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(post.body.decode(), keep_blank_values=True).items()}


def grid(current: int, shown: range) -> str:
    cells = "".join(
        f"<td>{f'<span>{n}</span>' if n == current else link(GRID, f'Page${n}', str(n))}</td>" for n in shown
    )
    before = f"<td>{link(GRID, f'Page${shown[0] - 1}', '...')}</td>" if shown[0] > 1 else ""
    after = f"<td>{link(GRID, f'Page${shown[-1] + 1}', '...')}</td>"
    return f'<table><tr><td colspan="3"><table><tr>{before}{cells}{after}</tr></table></td></tr></table>'


def repeater(current: int, shown: range, last: int) -> str:
    """A pager whose control names move with its window."""
    prefix = "ctl00$ctl30$g_1a2b$ctl00"
    out = [link(f"{prefix}$lnkFirst", "", "Đầu"), link(f"{prefix}$lnkPrev", "", "Trang trước")] if current > 1 else []
    for place, n in enumerate(shown):
        name = f"{prefix}$rptPager$ctl{place:02d}$lnkPage"
        out.append(f"<b>{n}</b>" if n == current else link(name, "", str(n)))
    if current < last:
        out += [link(f"{prefix}$lnkNext", "", "Trang sau"), link(f"{prefix}$lnkLast", "", "Cuối")]
    return f'<div class="paging">{" ".join(out)}</div>'


def test_the_whole_form_is_sent_but_no_button() -> None:
    hidden = '<input type="hidden" name="MSOWebPartPage_Shared" value="ế"><input type="checkbox" name="c" checked>'
    select = '<select name="s"><option value="a">A</option><option value="b" selected>B</option></select>'
    first = posts(grid(1, range(1, 4)) + select, hidden=hidden)[0]
    assert first.url == URL
    assert first.headers == ()
    assert sent(first) == {
        "__EVENTTARGET": GRID,
        "__EVENTARGUMENT": "Page$2",
        "__VIEWSTATE": "/wEP+abc==",
        "__EVENTVALIDATION": "ev",
        "MSOWebPartPage_Shared": "ế",
        "c": "on",
        "s": "b",
        "ctl00$search": "",
    }


def test_the_action_is_seen_from_the_page_and_not_rewritten() -> None:
    assert posts(grid(1, range(1, 3)), action="/Pages/Khac.aspx?ItemID=2#x")[0].url == (
        "https://backan.gov.vn/Pages/Khac.aspx?ItemID=2"
    )
    assert posts(grid(1, range(1, 3)), action="")[0].url == URL
    assert posts(grid(1, range(1, 3)), action="javascript:void(0)") == ()


def test_a_grid_is_asked_forwards_only() -> None:
    assert keys(grid(1, range(1, 4))) == [f"{GRID} page=2", f"{GRID} page=3", f"{GRID} page=4"]
    assert keys(grid(3, range(1, 4))) == [f"{GRID} page=4"]


def test_the_dots_before_a_window_are_not_pressed() -> None:
    assert keys(grid(10, range(1, 11))) == [f"{GRID} page=11"]
    assert keys(grid(11, range(11, 21)))[0] == f"{GRID} page=12"
    assert keys(grid(20, range(11, 21))) == [f"{GRID} page=21"]
    assert sent(posts(grid(20, range(11, 21)))[0])["__EVENTARGUMENT"] == "Page$21"


def every_page(pager: object, window: int, last: int) -> list[str]:
    """Keys met by following a pager from page 1, each page asked for once, as a frontier would."""
    waiting, seen = [1], {}
    while waiting:
        current = waiting.pop(0)
        start = (current - 1) // window * window + 1
        for key in keys(pager(current, range(start, min(last, start + window - 1) + 1))):  # type: ignore[operator]
            number = int(key.rpartition("=")[2])
            if key not in seen:
                seen[key] = number
                waiting.append(number)
    return sorted(seen, key=lambda key: seen[key])


def test_every_page_of_a_long_list_is_reached_once() -> None:
    found = every_page(lambda current, shown: repeater(current, shown, 23), 5, 23)
    assert len(found) == 22
    assert [int(key.rpartition("=")[2]) for key in found] == list(range(2, 24))


def test_a_moving_control_name_still_means_the_same_page() -> None:
    six_from_five = keys(repeater(5, range(3, 8), 9))[0]
    six_from_four = keys(repeater(4, range(2, 7), 9))[1]
    assert six_from_five == six_from_four == "ctl00$ctl30$g_1a2b$ctl00$rptPager page=6"


def test_next_alone_leads_on_from_where_the_page_says_it_is() -> None:
    pager = f"<div>Trang 2/15 {link('ctl00$g$lnkPrev', '', '<')} {link('ctl00$g$lnkNext', '', '>')}</div>"
    assert keys(pager) == ["ctl00$g page=3"]


def test_numbers_counted_from_zero_are_pages_as_shown() -> None:
    pager = f"<div><b>1</b>{link('p$pager', '1', '2')}{link('p$pager', '2', '3')}{link('p$pager', '1', 'Tiếp')}</div>"
    assert keys(pager) == ["p$pager page=2", "p$pager page=3"]
    assert sent(posts(pager)[0])["__EVENTARGUMENT"] == "1"


def test_two_lists_of_one_page_are_two() -> None:
    second = grid(1, range(1, 3)).replace(GRID, "ctl00$g$GridView2")
    assert keys(grid(1, range(1, 3)) + second) == [
        f"{GRID} page=2",
        f"{GRID} page=3",
        "ctl00$g$GridView2 page=2",
        "ctl00$g$GridView2 page=3",
    ]


MORE = "ctl00$SPWebPartManager1$g_9f35$ctl00$btnViewMore"
PAGING = '<input type="hidden" name="ctl00$SPWebPartManager1$g_9f35$ctl00$hdnPagingInfo" value="{}">'


def entries(*numbers: int) -> str:
    return "<ul>" + "".join(f'<li><a href="/Pages/bai-{n:04x}.aspx">Bài {n}</a></li>' for n in numbers) + "</ul>"


def test_view_more_is_known_by_the_paging_state_it_keeps() -> None:
    info = "Paged=TRUE&p_PublishedDate=20190923%2008%3a56%3a00&p_ID=74"
    more = f"<div>{entries(1, 2, 3)}{link(MORE, '', 'View More')}</div>"
    assert keys(more, hidden=PAGING.format(info.replace("&", "&amp;"))) == [
        f"ctl00$SPWebPartManager1$g_9f35 after={info}"
    ]


@pytest.mark.parametrize("hidden", ["", PAGING.format("1")])
def test_view_more_without_a_state_is_known_by_what_it_shows(hidden: str) -> None:
    def key(*numbers: int) -> str:
        (found,) = keys(f"<div>{entries(*numbers)}{link(MORE, '', 'Xem thêm')}</div>", hidden=hidden)
        return found

    assert key(1, 2, 3) == key(1, 2, 3)
    assert key(1, 2, 3) != key(1, 2, 3, 4, 5, 6)


def test_view_more_may_be_a_submit_button() -> None:
    button = '<input type="submit" name="ctl00$g$btnMore" value="Xem thêm">'
    (post,) = posts(f"<div>{entries(1, 2, 3)}{button}</div>")
    assert sent(post)["ctl00$g$btnMore"] == "Xem thêm"
    assert sent(post)["__EVENTTARGET"] == ""
    assert "ctl00$btnSearch" not in sent(post)


def test_options_and_escapes_of_script_are_read() -> None:
    options = (
        "<b>1</b><a href='javascript:WebForm_DoPostBackWithOptions(new WebForm_PostBackOptions("
        '"ctl00$g\\u0024lnkNext", "", true, "", "", false, true))\'>Next</a> Page 1 of 3'
    )
    (post,) = posts(f"<div>{options}</div>")
    assert sent(post)["__EVENTTARGET"] == "ctl00$g$lnkNext"
    escaped = '<div><b>1</b> <a href="javascript:__doPostBack(%27ctl00$pager%27,%272%27)">2</a></div>'
    assert keys(escaped) == ["ctl00$pager page=2"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        link("ctl00$lnkLogin", "", "Đăng nhập"),
        link("ctl00$btnTimKiem", "", "Tìm kiếm"),
        link(GRID, "Sort$Title", "2"),
        link(GRID, "Select$3", "3"),
        link(GRID, "Page$First", "Đầu"),
        link(GRID, "Page$Prev", "Trước"),
        link("ctl00$g$lnkPrev", "", "Trang trước"),
        link("ctl00$lnkComments", "", "12"),
        link("ctl00$lnkEnglish", "", "English"),
        "<div><b>1</b> <a disabled='disabled' href=\"javascript:__doPostBack('p$pager','2')\">2</a></div>",
        "<input type='submit' name='ctl00$btnGui' value='Gửi'><button name='vote'>Bình chọn</button>",
        "<table>"
        + "".join(f"<td>{link('ctl00$Calendar1', str(7300 + d), str(d))}</td>" for d in range(1, 31))
        + "</table>",
        link("ctl00$Lich", "V7305", ">"),
    ],
)
def test_what_is_no_pager_is_never_pressed(content: str) -> None:
    assert posts(content) == ()


def test_a_page_without_a_form_asks_for_nothing() -> None:
    tree = html.document_fromstring(f"<p>{link('p$pager', '2', '2')}</p>")
    assert page_postbacks(tree, URL, BAC_KAN) == ()


PANEL = '<div id="ctl00_list_panel">{}</div>'
NEW = "Sys.WebForms.PageRequestManager._initialize('ctl00$SM', 'aspnetForm', {}, {}, {}, 90, 'ctl00');"
OLD = (
    "Sys.WebForms.PageRequestManager._initialize('ctl00$SM', document.getElementById('aspnetForm'));\n"
    "Sys.WebForms.PageRequestManager.getInstance()._updateControls({}, {}, {}, 90);"
)
PAGER = f"<div><b>1</b> {link('ctl00$list$pager', '2', '2')}</div>"


@pytest.mark.parametrize(
    ("script", "panel"),
    [
        (NEW.format("['tctl00$list$panel','']", "[]", "[]"), "ctl00$list$panel"),
        (NEW.format("['tctl00$list$panel','ctl00_list_panel','tctl00$b','own']", "[]", "[]"), "ctl00$list$panel"),
        (NEW.format("['fctl00$list$panel','']", "['ctl00$list$pager','']", "[]"), "ctl00$list$panel"),
        (OLD.format("['tctl00$b','tctl00$list$panel']", "[]", "[]"), "ctl00$list$panel"),
        (NEW.format("['tctl00$other','']", "['ctl00$list$pager','']", "[]"), "ctl00$SM"),
    ],
)
def test_inside_an_update_panel_the_part_is_asked_for(script: str, panel: str) -> None:
    (post,) = posts(PANEL.format(PAGER), script=script)
    assert ("X-MicrosoftAjax", "Delta=true") in post.headers
    assert sent(post)["ctl00$SM"] == f"{panel}|ctl00$list$pager"
    assert sent(post)["__ASYNCPOST"] == "true"
    assert sent(post)["__EVENTVALIDATION"] == "ev"
    assert post.key == "ctl00$list$pager page=2"


@pytest.mark.parametrize(
    "script",
    [
        "",
        NEW.format("[]", "[]", "[]"),
        NEW.format("['tctl00$other','']", "[]", "[]"),
        NEW.format("['fctl00$list$panel','']", "[]", "[]"),
        NEW.format("['tctl00$list$panel','']", "[]", "['ctl00$list$pager','']"),
        "Sys.WebForms.PageRequestManager._initialize('ctl00$SM', document.getElementById('aspnetForm'))",
    ],
)
def test_outside_of_one_the_whole_page_is(script: str) -> None:
    (post,) = posts(PANEL.format(PAGER), script=script)
    assert post.headers == ()
    assert "__ASYNCPOST" not in sent(post)
    assert "ctl00$SM" not in sent(post)


LABELS = st.sampled_from(["1", "2", "9", "...", "Next", "Xem thêm", "Cuối", "Trang trước", "", "Tin"])
TARGETS = st.sampled_from(["p$pager", "p$ctl00$ctl01", "p$lnkNext", "q", "", "$", "p$rpt$ctl02$lnk"])
ARGUMENTS = st.sampled_from(["", "2", "Page$2", "Page$Next", "Sort$x", "99999999999", "V12"])


@given(
    st.lists(st.tuples(TARGETS, ARGUMENTS, LABELS), max_size=8),
    st.text(alphabet=st.characters(exclude_categories=["C"])),
)
def test_any_mixture_of_controls_is_read_without_an_error(controls: list[tuple[str, str, str]], noise: str) -> None:
    content = "".join(link(*control) for control in controls) + html.tostring(html.Element("p", title=noise)).decode()
    found = posts(content)
    assert len({post.key for post in found}) == len(found)
