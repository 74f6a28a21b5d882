"""Composes what an article says from its kind, its slots and the edits it has undergone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.portal import legal
from tests.portal.blocks import Anchor, Block, Content, Heading, Items, Paragraph, Picture, Table
from tests.portal.names import Slots, thousands
from tests.portal.prose import Speaker, pick, pool, signature
from tests.portal.slugs import ascii_slug, hexes

DIRT = ("plain", "mso", "external", "br", "div")
LETTERS = ("nfc", "nfd", "eth", "entities", "nfc", "african", "wide", "nfc")
FILE_NAMES = (
    "{slug}.signed.signed.pdf",
    "Kế hoạch {n}.docx",
    "{N} QD-UBND.PDF",
    "bieu tong hop {n}.xls",
    "cong van {n}.doc",
    "phu luc kèm theo {n}.pdf",
)
LINK_TEXTS = ("TẠI ĐÂY", "tại đây", "tại link sau", "file đính kèm", "tệp đính kèm")


TITLES = {"photo": "photo_title", "roundup": "roundup_title", "table": "table_title"}


class Composer:
    """Writes one article: first its title, then its content.

    ``code`` is the article's own hash, from which its files' and images' names are made.
    """

    def __init__(self, *, slots: Slots, kind: str, topic: str, when: datetime, n: int, code: str, library: str) -> None:
        self.slots, self.kind, self.topic, self.when = slots, kind, topic, when
        self.n, self.code, self.library = n, code, library
        self.rng = slots.rng
        self.speaker = Speaker(slots, topic)
        self._pictures = self._subject = 0
        self.act = legal.draw(slots, when, n) if kind in ("legal", "register") else None
        self.title = self._title()

    def _title(self) -> str:
        if self.act:
            return self.act.title
        if self.kind == "notice":
            self._subject = self.rng.randrange(len(pool("chung")["notice"]))
            return self.slots.fill(pool("chung")["notice_title"][self._subject])
        if self.kind in TITLES:
            return pick(self.slots, "chung", TITLES[self.kind])
        return pick(self.slots, self.topic, "title")

    def content(self) -> Content:
        """The article as first published."""
        written: Content = getattr(self, f"_{self.kind}")()
        return replace(
            written,
            dirt=DIRT[self.n % len(DIRT)],
            letters=LETTERS[self.n % len(LETTERS)] if written.language == "vi" else "nfc",
            extras=frozenset(name for name, step in (("webpart", 4), ("caption_table", 3)) if self.n % step == 1),
        )

    def file(self, text: str | None = None) -> Anchor:
        """A document of the article, offered under an uninformative text."""
        name = FILE_NAMES[self.rng.randrange(len(FILE_NAMES))]
        number = self.rng.randrange(11, 999)
        slug = f"{number}_{ascii_slug(self.topic)}_{self.code[:5]}"
        name = name.format(slug=slug, n=f"{number} {self.code[:4]}", N=f"{number} {self.code[:4].upper()}")
        return Anchor(href=self.library + name, text=text or self.rng.choice(LINK_TEXTS), file=True)

    def picture(self, caption: str | None = None) -> Picture:
        """An image named as a word processor names it."""
        self._pictures += 1
        caption = caption or pick(self.slots, "chung", "caption")
        alt = self.rng.choice((None, None, f"image00{self._pictures}", caption))
        href = f"/PictureLibrary/{hexes(self.code, length=16)}/image{self._pictures:03d}.jpg"
        return Picture(href=href, caption=caption, alt=alt)

    def say(self, text: str) -> Paragraph:
        """A paragraph of plain text."""
        return Paragraph(runs=(text,))

    def close(self) -> Paragraph:
        """The last paragraph, ending as official prose ends, or not."""
        ending = self.rng.choice(("./.", "./.", "./.", ".", ""))
        return self.say(pick(self.slots, "chung", "closing") + ending)

    def _news(self) -> Content:
        rng = self.rng
        blocks: list[Block] = [self.say(self.speaker.paragraph()) for _ in range(rng.randrange(7, 19))]
        if rng.random() < 0.3:
            blocks.insert(len(blocks) // 2, Heading(text=pick(self.slots, "chung", "heading")))
        if rng.random() < 0.25:
            drawn = tuple(self.slots.fill(text) for text in rng.sample(pool("chung")["item"], 3))
            blocks.insert(len(blocks) - 1, Items(items=drawn))
        if rng.random() < 0.2:
            blocks.insert(3, Paragraph(runs=("“" + self.speaker.sentence() + "”",), quote=True))
        for place in rng.sample((0, 2, 5), rng.randrange(0, 3)):
            blocks.insert(place, self.picture())
        if rng.random() < 0.15:
            blocks.append(Paragraph(runs=("Nội dung chi tiết xem và tải về ", self.file(), ";")))
        blocks.append(self.close())
        author, line = signature(rng)
        return Content(lead=pick(self.slots, self.topic, "lead"), blocks=tuple(blocks), author=author, author_line=line)

    def _notice(self) -> Content:
        sentence = self.slots.fill(pool("chung")["notice"][self._subject])
        if self.n % 3 == 0:
            return Content(lead=None, blocks=(self.say(sentence + "./."),))
        detail = Paragraph(runs=("Xem chi tiết nội dung Thông báo ", self.file("TẠI ĐÂY"), "./."))
        return Content(lead=None, blocks=(self.say(sentence + "."), detail))

    def _service(self) -> Content:
        """A service portal's item: a plain body that points to its files."""
        blocks = [self.say(self.speaker.paragraph()) for _ in range(self.rng.randrange(2, 6))]
        blocks.append(self.say("Thông tin chi tiết xem tại tệp đính kèm./."))
        author, line = signature(self.rng)
        files = tuple(self.file(f"Tải tệp số {i}") for i in range(1, self.rng.randrange(2, 4)))
        return Content(lead=None, blocks=tuple(blocks), author=author, author_line=line, files=files)

    def _table(self) -> Content:
        rows = [("STT", "Số ký hiệu", "Ngày ban hành", "Trích yếu")]
        for i in range(1, self.rng.randrange(5, 12)):
            day = (
                "01/01/1970"
                if i == 4
                else f"{self.rng.randrange(1, 29):02d}/{self.rng.randrange(1, 13):02d}/{self.when.year}"
            )
            number = f"{self.rng.randrange(100, 999)}/QĐ-UBND" if i != 3 else ""
            about = self.slots.fill(self.rng.choice(legal.OBJECTS))
            rows.append((str(i), number, day, f"Về việc {about}"))
        blocks: tuple[Block, ...] = (self.say(self.speaker.sentence()), Table(rows=tuple(rows)), self.close())
        return Content(lead=pick(self.slots, "chung", "notice") + ".", blocks=blocks)

    def _photo(self) -> Content:
        blocks: list[Block] = [self.say(self.speaker.sentence())]
        blocks += [self.picture(pick(self.slots, "chung", "caption")) for _ in range(self.rng.randrange(4, 8))]
        author, line = signature(self.rng)
        return Content(lead=None, blocks=tuple(blocks), author=author, author_line=line)

    def _roundup(self) -> Content:
        blocks: list[Block] = []
        for i in range(1, self.rng.randrange(3, 6)):
            paper = self.rng.choice(pool("chung")["paper"])
            blocks.append(Heading(text=f"{i}. {pick(self.slots, self.topic, 'title')} ({paper})"))
            blocks.append(self.say(self.speaker.paragraph()))
            blocks.append(
                self.say(f"Bài báo dẫn số liệu {thousands(self.rng.randrange(1200, 9000))} lượt người được hưởng lợi.")
            )
        return Content(lead=pick(self.slots, self.topic, "lead"), blocks=tuple(blocks))

    def _english(self) -> Content:
        blocks = [self.say(self.speaker.paragraph()) for _ in range(self.rng.randrange(4, 8))]
        return Content(lead=pick(self.slots, "english", "lead"), blocks=tuple(blocks), language="en")

    def _legal(self) -> Content:
        assert self.act is not None
        blocks, papers = legal.pasted(self.act, self.file("TẠI ĐÂY") if self.n % 2 else None)
        return Content(lead=None, blocks=blocks, papers=papers)

    def _register(self) -> Content:
        assert self.act is not None
        blocks = tuple(self.say(text) for text in self.act.lines[:3])
        files = (self.file(),)
        files = (replace(files[0], text=files[0].href.rsplit("/", 1)[1]),)
        return Content(lead=None, blocks=blocks, papers=legal.registered(self.act, self.n), files=files)
