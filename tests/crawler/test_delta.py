"""UpdatePanel answers are read by character count, and written out as the page a browser would show."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.extract.links import page_links
from crawler.sharepoint import delta_page, is_delta, page_postbacks, parse_delta
from tests.crawler.profiles import BAC_KAN

URL = "https://backan.gov.vn/Pages/tin-21/tin-trong-tinh-211/default.aspx"


def record(kind: str, identity: str, content: str) -> str:
    units = len(content.encode("utf-16-le", "surrogatepass")) // 2  # as .NET counts
    return f"{units}|{kind}|{identity}|{content}|"


PANEL = """
<ul><li><a href="/Pages/ngay-hoi-|-dai-doan-ket-aab4.aspx">Ngày hội | Đại đoàn kết</a></li>
<li><a href="/Pages/thong-bao-5ef8.aspx">Thông báo</a></li></ul>
<span>2</span> <a href="javascript:__doPostBack('ctl00$lst$pager','3')">3</a>
<a href="javascript:__doPostBack('ctl00$lst$pager','4')">4</a>
"""
DELTA = "1|#||4|" + "".join(
    [
        record("updatePanel", "ctl00_lst_panel", PANEL),
        record("hiddenField", "__EVENTTARGET", ""),
        record("hiddenField", "__VIEWSTATE", "/wEPDwUKLTk|2|=="),
        record("hiddenField", "__EVENTVALIDATION", "/wEdAAI="),
        record("asyncPostBackControlIDs", "", ""),
        record("postBackControlIDs", "", ""),
        record("updatePanelIDs", "", "tctl00$lst$panel,"),
        record("childUpdatePanelIDs", "", ""),
        record("panelsToRefreshIDs", "", "ctl00$lst$panel,"),
        record("asyncPostBackTimeout", "", "90"),
        record("formAction", "", "./default.aspx"),
        record("pageTitle", "", "Tin trong tỉnh"),
    ]
)
ASKED = urlencode(
    {
        "ctl00$ScriptManager": "ctl00$lst$panel|ctl00$lst$pager",
        "__EVENTTARGET": "ctl00$lst$pager",
        "__EVENTARGUMENT": "2",
        "__VIEWSTATE": "first",
        "__VIEWSTATEGENERATOR": "AB12",
        "__EVENTVALIDATION": "first",
        "hdnKeep": "giữ nguyên",
        "__ASYNCPOST": "true",
    }
).encode()


def test_the_records_of_a_real_answer() -> None:
    text = (
        "3|updatePanel|UpdatePanel1|a|b|0|hiddenField|__EVENTTARGET|||0|asyncPostBackControlIDs|||"
        "0|postBackControlIDs|||13|updatePanelIDs||tUpdatePanel1|0|childUpdatePanelIDs|||"
        "12|panelsToRefreshIDs||UpdatePanel1|2|asyncPostBackTimeout||90|22|formAction||SimpleUpdatePanel.aspx|"
        "13|pageTitle||Untitled Page|"
    )
    text = text.replace("__EVENTTARGET|||", "__EVENTTARGET||")
    delta = parse_delta(text)
    assert delta.complete
    assert delta.panels == [("UpdatePanel1", "a|b")]
    assert delta.hidden == {"__EVENTTARGET": ""}
    assert delta.first("formAction") == "SimpleUpdatePanel.aspx"
    assert delta.first("pageTitle") == "Untitled Page"


def test_characters_count_and_not_bytes() -> None:
    delta = parse_delta("1|#||4|10|updatePanel|p|Bắc Kạn|\nộ|")
    assert delta.panels == [("p", "Bắc Kạn|\nộ")]
    assert delta.complete


def test_signs_beyond_the_first_plane_count_twice_or_once() -> None:
    for length in (11, 10):
        delta = parse_delta(f"1|#||4|{length}|updatePanel|p|Bắc Kạn 🌾!|1|hiddenField|x|1|")
        assert delta.complete
        assert delta.panels == [("p", "Bắc Kạn 🌾!")]
        assert delta.hidden == {"x": "1"}


def test_a_redirect_is_decoded_and_an_error_told() -> None:
    assert (
        parse_delta("1|#||4|31|pageRedirect||%2fRandevu%2fRandevuTakvim.aspx|").redirect
        == "/Randevu/RandevuTakvim.aspx"
    )
    assert parse_delta("7|error|500|message|").error == "500: message"
    assert parse_delta(DELTA).redirect is None
    assert parse_delta(DELTA).error is None


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("", 0),
        ("<html></html>", 0),
        ("5|updatePanel|p|abc|", 0),
        ("5|updatePanel", 0),
        ("3|hiddenField|a|abc|99999|updatePanel|p|cut short", 1),
        ("3|hiddenField|a|abc|trailing", 1),
        ("999999999999|updatePanel|p|x|", 0),
    ],
)
def test_what_is_cut_short_says_so(text: str, records: int) -> None:
    delta = parse_delta(text)
    assert not delta.complete
    assert len(delta.records) == records


NAMES = st.text(alphabet=st.characters(exclude_characters="|", exclude_categories=("Cs",)), max_size=8)
RECORDS = st.lists(
    st.tuples(NAMES.filter(lambda name: name != "#"), NAMES, st.text(max_size=40)), min_size=1, max_size=6
)


@given(RECORDS, st.booleans())
def test_whatever_is_written_is_read_again(records: list[tuple[str, str, str]], newer: bool) -> None:
    text = ("1|#||4|" if newer else "") + "".join(record(*entry) for entry in records)
    delta = parse_delta(text)
    assert [tuple(entry) for entry in delta.records] == records
    assert delta.complete


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    for candidate in (text, f"1|#||4|{text}", f"{len(text)}|updatePanel|p|{text}|"):
        delta = parse_delta(candidate)
        is_delta(candidate)
        delta_page(delta, text.encode("utf-8", "surrogatepass"))


def test_an_answer_is_known_by_its_beginning() -> None:
    assert is_delta(DELTA)
    assert is_delta("\ufeff12|updatePanel|x|…")
    assert not is_delta("<!DOCTYPE html>")
    assert not is_delta("14/01/2022|Thông báo|x|")
    assert not is_delta("")


def test_the_page_after_a_delta_carries_the_whole_state_on() -> None:
    page = delta_page(parse_delta(DELTA), ASKED)
    assert page.fields == {
        "__EVENTTARGET": "",
        "__EVENTARGUMENT": "",
        "__VIEWSTATE": "/wEPDwUKLTk|2|==",
        "__VIEWSTATEGENERATOR": "AB12",
        "__EVENTVALIDATION": "/wEdAAI=",
        "hdnKeep": "giữ nguyên",
    }


def test_a_delta_gives_the_same_links_and_postbacks_as_the_page_sent_whole() -> None:
    script = (
        "Sys.WebForms.PageRequestManager._initialize('ctl00$ScriptManager', 'aspnetForm', "
        "['tctl00$lst$panel',''], [], [], 90, 'ctl00');"
    )
    hidden = {"__VIEWSTATE": "/wEPDwUKLTk|2|==", "__VIEWSTATEGENERATOR": "AB12", "__EVENTVALIDATION": "/wEdAAI=",
              "hdnKeep": "giữ nguyên"}  # fmt: skip
    inputs = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in hidden.items())
    whole = html.document_fromstring(
        f'<form method="post" action="./default.aspx" id="aspnetForm">{inputs}<script>{script}</script>'
        f'<div id="ctl00_lst_panel">{PANEL}</div></form>'
    )
    part = html.document_fromstring(delta_page(parse_delta(DELTA), ASKED).html)
    assert page_links(part, URL, BAC_KAN) == page_links(whole, URL, BAC_KAN) != ()
    mine, theirs = page_postbacks(part, URL, BAC_KAN), page_postbacks(whole, URL, BAC_KAN)
    assert [(post.url, post.key, post.headers) for post in mine] == [(p.url, p.key, p.headers) for p in theirs]
    assert [post.key for post in mine] == ["ctl00$lst$pager page=3", "ctl00$lst$pager page=4"]
    for one, other in zip(mine, theirs, strict=True):
        assert parse_qs(one.body.decode(), keep_blank_values=True) == parse_qs(
            other.body.decode(), keep_blank_values=True
        )


def test_a_pressed_button_is_not_pressed_again() -> None:
    asked = b"sm=panel%7Cctl00%24btnMore&__VIEWSTATE=x&ctl00%24btnMore=Xem+th%C3%AAm&__ASYNCPOST=true"
    assert "ctl00$btnMore" not in delta_page(parse_delta("1|hiddenField|__VIEWSTATE|y|"), asked).fields
