"""The truth: what a perfect archive of the replica holds, and what becomes of every address a crawl meets.

Rules of the fields, where a reader might ask:

- ``canonical_url``: see ``canonical``. ``url``: the address as lists link to it.
- ``title``: the shown headline (in capitals where the template shows capitals), never the title element.
- ``section``: names of the page's breadcrumb joined with `` / `` where the page shows one, without the "Trang chủ" that
  links to the home page; else null, even where the address has a category folder.
- ``lead``: the sapo where the template sets it apart; it is also the first line of ``body_text``. Templates C and D
  have none: their first paragraph is only a line. A title, date line, byline, source line, caption, field table of a
  document or list of files below the body is no line. An anchor's text is part of its line.
- ``author`` is ``author_raw`` without a label (``Tác giả:``, ``Tin, ảnh:``); an empty label is null. Raw lines have
  their blanks collapsed.
- Dates: raw from the first to the last digit (AM/PM included); a weekday in front and a time zone behind are no part.
  ``Cập nhật`` forms are ``updated``, all others ``published``. The date of the visit on top of a page is neither.
- ``images``: pictures of the body in order, address without RenditionID, caption as printed beside them; an empty alt
  is null. ``attachments``: links to files in the body in order, then those offered below it; ``filename`` is the last
  segment of the address as written, percent-decoded.
- ``document``: set on pages of the document list and on pages that hold a pasted document with its head; there number,
  place, date and signer come from head and foot, ``type`` is the heading in sentence case, ``issuer`` the head's lines
  joined with a blank, ``abstract`` the line under the heading. A number left blank (``/TB-UBND``) has number null.
  The effective date 01/01/1970 is unknown: ``effective_on`` null, the raw text kept.
- ``status`` is ``gone`` for an article that was there at an earlier epoch and is not now.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from tests.portal.blocks import Anchor, attachments, body_text, clean, pictures
from tests.portal.identity import canonical
from tests.portal.plan import HOSTS
from tests.portal.rich import address
from tests.portal.walk import Walk
from tests.portal.world import Article, Told, World

BOILERPLATE = (
    "Skip Ribbon Commands", "Skip to main content", "kính chào quý khách", "Sơ đồ trang", "Sign In", "Cập nhật lúc",
    "Currently selected", "Turn on more accessible mode", "Turn off Animations", "PublishingPortal - Block_",
    "Tăng cỡ chữ", "Giảm cỡ chữ", "Page Content", "Nội dung Trang", "Chung nhan Tin Nhiem Mang", "Lượt truy cập",
    "Lượt xem", "Các tin khác", "Tin cùng chuyên mục", "Bài viết liên quan", "bài viết liên quan", "Liên kết website",
    "Bản quyền thuộc về", "Cơ quan chủ quản", "Created at", "Last modified at", "Quản trị nội dung", "BÌNH LUẬN",
    "image banner", "Xem với cỡ chữ", "To navigate through the Ribbon", "SPM:", "RegisterSod", "\u200b", "\u00ad",
)  # fmt: skip


def truth(world: World, port: int) -> dict[str, Any]:
    """Articles, addresses, changes since the epoch before, and what no text may hold."""
    walk = Walk(world, port)
    walk.go()
    return {
        "epoch": world.epoch,
        "articles": [told_article(world, article, port) for article in archived(world)],
        "urls": walk.urls(),
        "posts": walk.posts(),
        "changes": changes(world, port),
        "boilerplate": list(BOILERPLATE),
    }


def archived(world: World) -> list[Article]:
    """The articles an archive holds that has seen every epoch so far."""
    return [
        article
        for article in world.every()
        if article.section.host != "hoinongdan" and (article.fate.live or not article.fate.added)
    ]


def told_article(world: World, article: Article, port: int) -> dict[str, Any]:
    """One article as a perfect archive holds it."""
    origin = f"http://{HOSTS[article.section.host].address}:{port}"
    url = origin + address(article.path)
    told = world.tell(article) if article.fate.live else before_removal(world, article)
    content = told.content
    printed = told.printed
    published = printed if printed and printed.meaning == "published" else None
    updated = printed if printed and printed.meaning == "updated" else None
    return {
        "canonical_url": canonical(url, port),
        "url": url,
        "section": told.section,
        "title": clean(told.title),
        "lead": clean(content.lead) if content.lead else None,
        "body_text": body_text(content),
        "author": content.author and clean(content.author),
        "author_raw": content.author_line and clean(content.author_line),
        "source": content.source,
        "source_raw": content.source_line and clean(content.source_line),
        "published_at": published and published.iso,
        "published_raw": published and clean(published.raw),
        "updated_at": updated and updated.iso,
        "updated_raw": updated and clean(updated.raw),
        "language": content.language,
        "images": [_image(picture, origin, port) for picture in pictures(content)],
        "attachments": [_attachment(anchor, origin, port) for anchor in attachments(content)],
        "document": _document(told),
        "status": "live" if article.fate.live else "gone",
        "layout_family": article.section.family,
        "kind": article.section.kinds[article.n % len(article.section.kinds)],
    }


def before_removal(world: World, article: Article) -> Told:
    """A removed article as it was last seen; removed articles are never edited before."""
    first = World(seed=world.seed, size=world.total, epoch=0, faults=world.faults) if world.epoch else world
    return first.tell(first.article(*article.key))


def _image(picture: Any, origin: str, port: int) -> dict[str, Any]:
    return {
        "url": canonical(urljoin(origin, picture.href), port),
        "caption": clean(picture.caption) if picture.caption else None,
        "alt": clean(picture.alt) if picture.alt else None,
    }


def _attachment(anchor: Anchor, origin: str, port: int) -> dict[str, Any]:
    name = unquote(urlsplit(anchor.href).path.rsplit("/", 1)[1])
    return {
        "url": canonical(urljoin(origin, address(anchor.href)), port),
        "text": clean(anchor.text),
        "filename": name,
        "filetype": name.rsplit(".", 1)[-1].lower(),
    }


def _document(told: Told) -> dict[str, Any] | None:
    papers = told.content.papers
    if papers is None:
        return None
    return {name: getattr(papers, name) for name in papers.__slots__}


VERSIONED = (
    "title", "lead", "body_text", "author", "source", "section", "published_at", "updated_at", "images", "attachments",
    "document",
)  # fmt: skip


def changes(world: World, port: int) -> list[dict[str, Any]]:
    """What differs from the epoch before, found by comparing the two, article by article."""
    if world.epoch == 0:
        return []
    before = World(seed=world.seed, size=world.total, epoch=world.epoch - 1, faults=world.faults)
    out = []
    for article in world.every():
        if article.section.host == "hoinongdan":
            continue
        old = before.article(*article.key)
        change = _change(world, article, before, old, port)
        if change:
            out.append(change)
    return out


def _change(world: World, article: Article, before: World, old: Article, port: int) -> dict[str, Any] | None:
    def url(one: Article) -> str:
        return canonical(f"http://{one.host.address}:{port}{address(one.path)}", port)

    change: dict[str, Any] = {"canonical_url": url(article), "fields": []}
    if article.fate.live and not old.fate.live:
        kind = ("back_dated" if article.fate.back_dated else "added") if article.fate.added else "restored"
        return {**change, "kind": kind}
    if old.fate.live and not article.fate.live:
        return {**change, "kind": "removed"}
    if not article.fate.live:
        return None
    if url(article) != url(old):
        return {**change, "kind": "moved", "old_url": url(old)}
    new, earlier = told_article(world, article, port), told_article(before, old, port)
    fields = [name for name in VERSIONED if new[name] != earlier[name]]
    return {**change, "kind": "edited", "fields": fields} if fields else None


def history(world: World, port: int) -> list[dict[str, Any]]:
    """What has become of every article up to the world's epoch, epoch by epoch.

    ``events`` are ``[epoch, kind, fields]`` in the words of ``changes``; an article that was there from the start has
    none for that. ``addresses`` are all it ever stood at.
    """
    events: dict[str, list[list[Any]]] = {}
    for epoch in range(1, world.epoch + 1):
        then = World(seed=world.seed, size=world.total, epoch=epoch, faults=world.faults)
        for change in changes(then, port):
            past = events.pop(change.get("old_url", ""), events.pop(change["canonical_url"], []))
            events[change["canonical_url"]] = [*past, [epoch, change["kind"], change["fields"]]]
    return [_told_history(article, port, events) for article in archived(world)]


def _told_history(article: Article, port: int, events: dict[str, list[list[Any]]]) -> dict[str, Any]:
    origin = f"http://{article.host.address}:{port}"
    *earlier, now = [canonical(origin + address(path), port) for path in (*article.old_paths, article.path)]
    return {"canonical_url": now, "addresses": [*earlier, now], "events": events.get(now, [])}
