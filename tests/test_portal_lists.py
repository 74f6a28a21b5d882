"""The replica's lists: every way of paging gives every entry once, and state that was tampered with is refused."""

from __future__ import annotations

import json
import re
import urllib.parse

import pytest
from lxml import html

from tests.browsing import ask, events, hidden, items, press
from tests.replica import Replica

GRID = "/Pages/tin-hoat-dong-12/kinh-te-xa-hoi-102/default.aspx"
MORE = "/Pages/tin-hoat-dong-12/van-hoa-the-thao-103/default.aspx"
PANEL = "/Pages/tin-tuc-su-kien-21/tin-trong-tinh-211/default.aspx"
SERVICE = "/portaldvc/Pages/Tin-tuc-su-kien.aspx"


def test_linked_pages_hold_every_entry_once(replica: Replica) -> None:
    seen: list[str] = []
    target: str | None = "/Pages/tin-hoat-dong-12/thoi-su-chinh-tri-101/default.aspx"
    while target:
        page = ask(replica, target).text
        seen += items(page)
        following = html.fromstring(page).xpath("//a[text()='Trang sau']/@href")
        target = urllib.parse.urljoin(target, following[0]) if following else None
    assert len(seen) == len(set(seen)) > 8


def test_posted_pages_hold_every_entry_once(replica: Replica) -> None:
    page = ask(replica, GRID).text
    seen, number = items(page), 2
    while (event := next((e for e in events(page) if e[1] == f"Page${number}"), None)) is not None:
        page = ask(replica, GRID, form=press(page, event)).text
        seen += items(page)
        number += 1
    assert number > 3
    assert len(seen) == len(set(seen)) >= 10


@pytest.mark.parametrize("field", ["__VIEWSTATE", "__EVENTVALIDATION"])
def test_altered_state_is_refused_with_status_200_by_the_farm(replica: Replica, field: str) -> None:
    page = ask(replica, GRID).text
    value = hidden(page)[field]
    form = press(page, events(page)[0], **{field: value[:100] + ("A" if value[100] != "A" else "B") + value[101:]})
    answer = ask(replica, GRID, form=form)
    assert answer.status == 200
    assert answer.header("SharePointError") == "0"
    assert "Invalid postback" in answer.text or "Validation of viewstate MAC failed" in answer.text


def test_altered_state_is_refused_with_status_500_by_the_service_portal(replica: Replica) -> None:
    page = ask(replica, SERVICE, host="hanhchinhcong").text
    form = press(page, events(page)[0], __EVENTVALIDATION="")
    answer = ask(replica, SERVICE, host="hanhchinhcong", form=form)
    assert answer.status == 500
    assert "Invalid postback or callback argument" in answer.text


def test_a_page_that_was_not_offered_and_state_of_another_list_are_refused(replica: Replica) -> None:
    page = ask(replica, GRID).text
    target = events(page)[0][0]
    assert ask(replica, GRID, form=press(page, (target, "Page$99"))).header("SharePointError") == "0"
    other = ask(replica, MORE).text
    assert ask(replica, GRID, form=press(other, events(page)[0])).header("SharePointError") == "0"


def test_a_list_that_only_goes_on_keeps_its_place_in_a_hidden_field(replica: Replica) -> None:
    page = ask(replica, MORE).text
    seen = items(page)
    while offered := [event for event in events(page) if event[0].endswith("btnViewMore")]:
        place = next(value for name, value in hidden(page).items() if name.endswith("$hdnPagingInfo"))
        assert re.fullmatch(r"Paged=TRUE&p_PublishedDate=\d{8}%20\d\d%3a\d\d%3a\d\d&p_ID=\d+", place)
        page = ask(replica, MORE, form=press(page, offered[0])).text
        seen += items(page)
    assert len(seen) == len(set(seen)) >= 9


def records(text: str) -> list[tuple[str, str, str]]:
    """A delta read by its lengths, which count characters."""
    found, place = [], 0
    while place < len(text):
        length, kind, name = text[place:].split("|", 3)[:3]
        start = place + len(length) + len(kind) + len(name) + 3
        assert text[start + int(length)] == "|"
        found.append((kind, name, text[start : start + int(length)]))
        place = start + int(length) + 1
    return found


def test_deltas_count_characters_and_carry_the_next_state(replica: Replica) -> None:
    page = ask(replica, PANEL).text
    seen, number, fields = items(page), 2, hidden(page)
    offered = [event for event in events(page) if event[1] == "2"][:1]
    while offered:
        form = {**fields, "__EVENTTARGET": offered[0][0], "__EVENTARGUMENT": offered[0][1], "__ASYNCPOST": "true"}
        answer = ask(replica, PANEL, form=form, X_MicrosoftAjax="Delta=true")
        assert answer.header("Content-Type") == "text/plain; charset=utf-8"
        assert answer.text.startswith("1|#||4|")
        assert len(answer.body) > len(answer.text)
        told = records(answer.text.removeprefix("1|#||4|"))
        content = next(text for kind, _, text in told if kind == "updatePanel")
        assert "|" in content
        assert "\n" in content
        seen += items(content)
        fields |= {name: text for kind, name, text in told if kind == "hiddenField"}
        number += 1
        offered = [event for event in events(content) if event[1] == str(number)][:1]
    assert number > 3
    assert len(seen) == len(set(seen)) >= 12


def test_without_the_script_managers_marks_a_whole_page_comes(replica: Replica) -> None:
    page = ask(replica, PANEL).text
    event = next(event for event in events(page) if event[1] == "2")
    answer = ask(replica, PANEL, form=press(page, event))
    assert answer.text.startswith("<!DOCTYPE")
    assert items(answer.text)
    assert items(answer.text) != items(page)


def test_a_delta_can_redirect_and_can_refuse(replica: Replica) -> None:
    page = ask(replica, PANEL).text
    event = next(event for event in events(page) if event[0].endswith("lbtTatCa"))
    form = press(page, event, __ASYNCPOST="true")
    answer = ask(replica, PANEL, form=form, X_MicrosoftAjax="Delta=true").text
    ((kind, _, where),) = records(answer.removeprefix("1|#||4|"))
    assert (kind, urllib.parse.unquote(where)) == ("pageRedirect", "/Pages/tin-tuc-su-kien-21/default.aspx")
    assert ask(replica, urllib.parse.unquote(where)).status == 200
    broken = ask(replica, PANEL, form={**form, "__VIEWSTATE": ""}, X_MicrosoftAjax="Delta=true").text
    assert records(broken.removeprefix("1|#||4|"))[0][:2] == ("error", "500")


def test_the_document_list_pages_forwards_and_backwards(replica: Replica) -> None:
    target, seen, pages = "/Lists/VanBan/AllItems.aspx", [], []
    while target:
        tree = html.fromstring(ask(replica, target).text)
        pages.append(tree.xpath("//td[@class='ms-vb-title']/a/@href"))
        seen += pages[-1]
        forward = tree.xpath("//table[@class='ms-bottompaging']//a[text()='►']/@href")
        back = tree.xpath("//table[@class='ms-bottompaging']//a[text()='◄']/@href")
        assert all(
            re.search(r"Paged=TRUE&(PagedPrev=TRUE&)?p_NgayBanHanh=.+&p_ID=\d+", href) for href in forward + back
        )
        if back:
            assert html.fromstring(ask(replica, back[0]).text).xpath("//td[@class='ms-vb-title']/a/@href") == pages[-2]
        target = forward[0] if forward else ""
    assert len(seen) == len(set(seen)) >= 9
    assert len(pages) > 2


def test_the_data_list_gives_every_row_and_then_none(replica: Replica) -> None:
    form = {"do": "", "fieldOrder": "CreatedDate", "ascending": "desc", "UrlList": "/ct/cms/tintuc/Lists/ChuyenDe"}
    ids: list[int] = []
    while True:
        answer = ask(replica, "/APIVP/api/DSTinTuc/QUERYDATA", form={**form, "start": str(len(ids)), "length": "4"})
        rows = json.loads(answer.body)["data"]
        if not rows:
            break
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", row["CreatedDate"]) for row in rows)
        ids += [row["ID"] for row in rows]
    assert len(ids) == len(set(ids)) >= 9
    assert ask(replica, f"/ct/cms/tintuc/Lists/ChuyenDe/View_Detail.aspx?ItemID={ids[0]}").status == 200
    assert ask(replica, "/APIVP/api/DSTinTuc/QUERYDATA").status == 405
