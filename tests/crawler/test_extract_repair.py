"""Text put right, and told in the evidence; text from before Unicode told and left alone."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import ArticleFound
from crawler.extract import extract
from crawler.extract.repair import legacy, put_right
from tests.crawler.captures import BAC_KAN, PROSE, capture, found, page, paragraphs, record, rich

TITLE = "Đại hội nông dân xã Cường Lợi"
BODY = list(PROSE)


def mangled(text: str) -> str:
    """UTF-8 as a reader of windows-1252 sees it."""
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode())


def read(title: str, *lines: str) -> ArticleFound:
    html = page(f"<h1>{title}</h1>{rich(paragraphs(*lines))}", title=title).replace("Cổng thông tin", "Cong thong tin")
    return found(extract(capture(html), BAC_KAN))


def told(outcome: ArticleFound) -> str:
    return outcome.evidence["text"].rule if "text" in outcome.evidence else ""


def test_a_clean_page_tells_nothing() -> None:
    assert told(read(TITLE, *BODY)) == ""


@pytest.mark.parametrize(
    ("dirty", "what"),
    [
        (unicodedata.normalize("NFD", BODY[0]), "decomposed letters put together"),
        (BODY[0].replace("thôn", "th\u200bôn"), "zero-width characters taken out"),
        (BODY[0].replace("thôn", "th&#8203;ôn"), "zero-width characters taken out"),
        (BODY[0].replace("thôn", "th\u00adôn"), "soft hyphens taken out"),
        (BODY[0].replace(" tại ", "\u00a0tại&nbsp;"), "non-breaking blanks made blanks"),
        (BODY[0].replace(" tại ", "&amp;nbsp;tại&amp;#160;"), "entities that were escaped twice resolved"),
        (BODY[0].replace("ô", "&amp;ocirc;"), "entities that were escaped twice resolved"),
        (mangled(BODY[0]), "turned back in parts of the page"),
    ],
)
def test_dirt_of_every_kind(dirty: str, what: str) -> None:
    outcome = read(TITLE, dirty, *BODY[1:])
    assert outcome.article.body_text.split("\n") == BODY
    assert what in told(outcome)


def test_look_alikes_of_the_letter() -> None:
    outcome = read(TITLE.replace("Đ", "\u00d0"), *BODY)
    assert outcome.article.title == TITLE
    assert "look-alikes of Đ put right" in told(outcome)


def test_a_text_record_is_put_right_too() -> None:
    text = "\n".join((mangled(TITLE), "(Cập nhật lúc: 23/10/2019 15:13:00 )", *map(mangled, BODY)))
    outcome = found(extract(record(text.replace("Cập nhật lúc", "Cap nhat luc")), BAC_KAN))
    assert outcome.article.body_text.split("\n")[-1] == BODY[-1]
    assert "stored as windows-1252" in told(outcome)
    again = found(extract(record("\n".join((TITLE, *BODY)).replace(" tại ", "&amp;nbsp;tại ")), BAC_KAN))
    assert again.article.body_text.split("\n")[0] == BODY[0]


def test_what_a_page_quotes_is_left_alone() -> None:
    quoted = f"Máy chủ gửi về {mangled('Bắc Kạn, Chợ Đồn, Ba Bể')} thay vì tên huyện."
    assert read(TITLE, quoted, *BODY).article.body_text.split("\n")[0] == quoted


def test_letters_of_many_languages_come_back_where_they_are_many() -> None:
    line = "Sáng nay, các cán bộ tham gia bán hàng".replace("ộ", "ô")
    assert put_right(f"<p>Huyện</p><p>{mangled(line)}</p>")[0] == f"<p>Huyện</p><p>{line}</p>"


@pytest.mark.parametrize(
    "line",
    [
        "UBND XÃ\u00a0A, UBND XÃ\u00a0B, UBND XÃ\u00a0C, UBND XÃ\u00a0D",
        "ELEIÇÃO, NAÇÃO, AÇÃO, REGIÃO",
        "Trang hiện SÃ¡ng, cÃ¡c, bÃ¡n thay vì chữ đúng",
        "one SÃ¡ng alone",
    ],
)
def test_letters_that_are_meant_stay(line: str) -> None:
    assert put_right(f"<p>{line}</p>") == (f"<p>{line}</p>", ())


@pytest.mark.parametrize("markup", ["&amp;lt;b", "&amp;amp;", "&amp;quot;", "a&amp;b=1", "&amp;#60;", "&amp;#38;"])
def test_what_has_a_meaning_in_markup_is_not_resolved(markup: str) -> None:
    assert put_right(f"<p>{markup}</p>") == (f"<p>{markup}</p>", ())


@given(st.text(max_size=200))
def test_putting_right_twice_changes_no_more(text: str) -> None:
    once, _ = put_right(text)
    again, _ = put_right(once)
    assert put_right(again)[0] == again


@given(st.lists(st.sampled_from("".join(PROSE).split()), min_size=8, max_size=60))
def test_every_vietnamese_sentence_comes_back(words: list[str]) -> None:
    line = " ".join(words)
    source = f"<p>Địa phương</p><p>{mangled(line)}</p>"
    better, _ = put_right(source)
    assert line in better or mangled(line) in better
    marked = [word for word in words if not word.isascii()]
    sound = re.search("[\u1ea0-\u1ef9]", line)
    telling = [word for word in marked if re.search("[^\x00-\x7fàÀ]", word)]  # à looks like the Ã of XÃ before a blank
    if len(marked) > 8 and (sound or len(telling) > 8):
        assert line in better


TCVN3 = (
    "Héi ®ång nh©n d©n tØnh B¾c K¹n khãa VII häp kú thø t­ ®Ó xem xÐt c¸c tê tr×nh vÒ ph¸t triÓn kinh tÕ - x· héi",
    "Céng hßa x· héi chñ nghÜa ViÖt Nam, §éc lËp - Tù do - H¹nh phóc; c¸c ®¹i biÓu th¶o luËn t¹i tæ",
)
VNI = (
    "Hoäi ñoàng nhaân daân tænh Baéc Kaïn khoùa VII hoïp kyø thöù tö ñeå xem xeùt caùc tôø trình veà kinh teá",
    "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam, Ñoäc laäp - Töï do - Haïnh phuùc; caùc ñaïi bieåu thaûo luaän",
)


@pytest.mark.parametrize(("lines", "font"), [(TCVN3, "TCVN3"), (VNI, "VNI")])
def test_text_from_before_unicode(lines: tuple[str, ...], font: str) -> None:
    assert [legacy(line) for line in lines] == [font] * len(lines)
    title = lines[0][:60]
    html = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{paragraphs(*lines * 3)}</body></html>"
    outcome = found(extract(capture(html), BAC_KAN))
    assert f"letters of {font} fonts left as they are" in told(outcome)
    assert outcome.article.language == "vi"
    assert lines[1] in outcome.article.body_text


@pytest.mark.parametrize(
    "text",
    [
        *PROSE,
        "À Genève, le goût du café crème où naît l'été : naïf, œuvre, façade, août, château, forêt, île, déjà vu.",
        "Die größten Städte Österreichs: Wien, Graz, Linz; für Gäste aus Köln führt ein früher Zug über Fürth.",
        "El niño español comió piñas en A Coruña; mañana irá a la montaña con su compañera, ¿verdad? 5 µm ± 2°",
        "Copyright © 2020 Example® «Ltd», 3½ µm, 25°C ¼ ½ ¾ – all rights reserved, section §5 ¶3",
        "İstanbul'da şölen: öğrenciler, çağdaş müzik, güneşli günler, ışık, ağaç",
        "",
    ],
)
def test_other_languages_are_not_taken_for_it(text: str) -> None:
    assert legacy(text) is None
    assert legacy(text, "<p style='font-family:.VnTime'>") is None or not text.startswith(("À", "Die", "El"))
