"""Lines that portals put around every text: SharePoint's own, greeting bars, buttons, counters, related blocks.

Strings were collected from real pages of Vietnamese and other SharePoint portals. A line counts as chrome only where it
stands alone; words inside a sentence are never touched.
"""

from __future__ import annotations

import re
from functools import lru_cache

from crawler.extract.dom import key, line_key, short_key

_ALONE = """
skip ribbon commands|skip to main content|skip to content|skip navigation|connect with us|read full story
turn on more accessible mode|turn off more accessible mode|turn off animations|turn on animations|sign in|sign out
log in|follow|follow us|currently selected|site actions|page content|content editor|begin main content area
end main content area|loading|close|print|print page|email this page|please enable scripts and reload this page
use shift+enter to open the menu (new window)|it looks like your browser does not have|back to top|top|share|tweet
share this|share this page|read more|view all|learn more|find out more|show more|see more|click here
increase font size|decrease font size|reset font size|adjust font size|font size|page status|select language
đăng nhập|đăng xuất|trang chủ|góp ý|sơ đồ trang|liên hệ|sơ đồ cổng|sơ đồ website|tiếng việt|english
chung nhan tin nhiem mang|chứng nhận tín nhiệm mạng|tăng cỡ chữ|giảm cỡ chữ|cỡ chữ|xem cỡ chữ|xem với cỡ chữ
cỡ chữ mặc định|đọc bài viết|nghe đọc bài|nghe bài viết|in|in trang|in bài|in bài viết|bản in|gửi email|gửi bài viết
gửi cho bạn bè|quay lại|trở lại|trở về|về trang trước|về đầu trang|lên đầu trang|đầu trang|chia sẻ|chia sẻ bài viết
chia sẻ facebook|facebook|zalo|twitter|google+|youtube|lượt xem|thích|xem tiếp|xem chi tiết|chi tiết|xem thêm
đọc tiếp|xem tất cả|tất cả|image banner|a|a-|a+|aa|tăng cỡ chữ giảm cỡ chữ|trang trước|trang sau|đánh giá bài viết
thêm bình luận|bạn cần đăng nhập để bình luận|tìm kiếm|tìm kiếm nâng cao|bài viết|tin tức|nội dung trang
"""
_CHROME_LINES = frozenset(key(line) for row in _ALONE.strip().splitlines() for line in row.split("|"))
_LONGEST_CHROME = max(map(len, _CHROME_LINES))

# Lines that hold these words (in folded letters) are looked at; the words may stand late in the line.
_GREETINGS = ("kính chào quý", "currently selected")
_GREETING = re.compile(r".{0,120}kính chào quý (?:khách|vị).{0,120}|.{1,60} currently selected", re.I)
_LONGEST_SELECTED = 60 + len(" currently selected")
# Titles of web parts: "PublishingPortal - Block_BanTin_ViewData".
_WEB_PART = re.compile(r"\w+ - \w*block_\w+|\w+ - \w+_\w+(?: - .*)?", re.I)
_PATTERNS = (
    r"(?:chào mừng (?:quý khách|bạn)|welcome to).{0,60}(?:cổng thông tin|trang thông tin|website).{0,120}",
    r"it looks like your browser does not have javascript enabled.*",
    r"to navigate through the ribbon, use standard browser navigation keys.*",
    r"you may be trying to access this site from a secured browser.*",
    r"(?:số )?(?:lượt xem|lượt truy cập|đã xem|views?|lượt đọc)\s*:?\s*[\d.,]*(?: lượt)?",
    r"[\d.,]+ (?:lượt xem|views?)",
    r"(?:tổng |số )?(?:lượt )?truy cập(?: hôm nay| trong tháng)?\s*:?\s*[\d.,]+",
    r"đang (?:online|truy cập)\s*:?\s*[\d.,]+",
    r"(?:(?:tăng|giảm|xem|cỡ chữ|a[+-]?|đọc bài viết|gửi email|in|bản in|chia sẻ|facebook|zalo)\s*(?:[|,·]\s*)?){2,}",
    r"(?:© ?|copyright|bản quyền).{0,200}|all rights reserved.*",
    r"select or deselect this item|opens in a new window",
    r"\d+ người đã bình chọn|click để đánh giá bài viết|đánh giá\s*:\s*[\d./ ]*",
    r"(?:trang|page)\s*:?\s*\d+(?: ?/ ?\d+)?|(?:\d+ ){2,}\d*(?:…|\.\.\.)?\s*(?:tiếp|sau|cuối|next|last)?",
    r"[|/·•<>«»\s]+",
)
# The letters and signs these begin with: where a line begins with another, none of them is tried.
_BEGINNINGS = r"[\s\d.,|/·•<>«»©abcfgilopstvwxyzđABCFGILOPSTVWXYZĐİıſ]"
_CHROME_PATTERN = re.compile(f"(?=(?-i:{_BEGINNINGS}))(?:{'|'.join(_PATTERNS)})", re.I)

# Headings under which other articles, comments or share buttons stand: the article has ended.
_END = re.compile(
    r"(?:(?:các |những )?(?:tin|bài|bài viết|tin bài|tin tức|văn bản|thông tin)(?: tức)?"
    r" (?:cùng (?:chuyên mục|chủ đề|loại|lĩnh vực|thể loại|mục)|(?:có )?liên quan|khác"
    r"|mới(?: hơn| nhất| đăng| cập nhật)?|cũ hơn|đã đưa|đã đăng|tiếp theo|(?:xem|đọc) nhiều(?: nhất)?|nổi bật)"
    r"|cùng (?:chuyên mục|chủ đề)|xem thêm|có thể bạn quan tâm|bình luận(?: \(\d+\))?"
    r"|ý kiến (?:bạn đọc|của bạn|độc giả|phản hồi)|gửi (?:bình luận|ý kiến|phản hồi)(?: của bạn)?"
    r"|chia sẻ bài viết|từ khóa|tags?|liên kết website|thống kê truy cập"
    r"|related (?:articles?|news|stories|posts|links?|content|pages?)|(?:other|more|latest) news|see also"
    r"|you may also like|share this (?:page|article|story)|leave a comment|comments)",
    re.I,
)
# Headings of blocks that stand beside the text of home pages and lists and hold nothing but ways elsewhere.
_ASIDE = re.compile(
    r"(?:quick|useful|related|important|external) links?|our partners|partners|sponsors|advertisement|follow us"
    r"|connect with us|liên kết(?: nhanh| website| web| hữu ích| ngoài)?|đối tác|thăm dò(?: ý kiến)?|bình chọn"
    r"|quảng cáo|thống kê(?: truy cập)?"
    r"|thời tiết|tỷ giá|số lượt truy cập|đường dây nóng|hotline",
    re.I,
)
_TRAILING_SIGN_IN = re.compile(r"(?:(?:^|(?<=[\s.!?”\"])|(?<=[a-zà-ỹ)]))sign in)\s*$", re.I)


@lru_cache(64)
def line_keys(lines: tuple[str, ...]) -> frozenset[str]:
    """Keys of a profile's own chrome lines."""
    return frozenset(key(line) for line in lines)


def is_chrome(text: str, own: frozenset[str] = frozenset()) -> bool:
    """Whether a squashed line that stands alone belongs to the portal's dress; ``own`` are the profile's, as keys."""
    line = short_key(text, max(_LONGEST_CHROME, _longest(own)))
    if line and (line in _CHROME_LINES or line in own):
        return True
    if len(text) > 320:
        return False
    if _CHROME_PATTERN.fullmatch(text) or ("_" in text and _WEB_PART.fullmatch(text)):
        return True
    if len(text) > _LONGEST_SELECTED and "ý" not in text and "Ý" not in text:
        return False  # no greeting
    folded = text.casefold()
    return any(words in folded for words in _GREETINGS) and _GREETING.fullmatch(text) is not None


@lru_cache(64)
def _longest(keys: frozenset[str]) -> int:
    return max(map(len, keys), default=0)


def ends_content(text: str) -> bool:
    """Whether a line is the heading of what follows an article."""
    return len(text) <= 60 and _END.fullmatch(line_key(text)) is not None


def is_aside(text: str) -> bool:
    """Whether a heading stands over a block of links that is no content of a list or home page."""
    return len(text) <= 40 and _ASIDE.fullmatch(line_key(text)) is not None


def without_sign_in(text: str) -> str:
    """A line without a sign-in link glued to its end, as plain-text records have it."""
    return _TRAILING_SIGN_IN.sub("", text).rstrip()
