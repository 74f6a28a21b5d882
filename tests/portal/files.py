"""Files that are small but real: PDF with Vietnamese text, docx, xls, a .doc in a legacy font, pictures."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from html import escape

TCVN3 = dict(
    zip(
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ",
        "\xb5\xb6\xb7\xb8\xb9\xa8\xbb\xbc\xbd\xbe\xc6\xa9\xc7\xc8\xc9\xca\xcb\xae\xcc\xce\xcf\xd0\xd1\xaa\xd2\xd3\xd4\xd5\xd6"
        "\xd7\xd8\xdc\xdd\xde\xdf\xe1\xe2\xe3\xe4\xab\xe5\xe6\xe7\xe8\xe9\xac\xea\xeb\xec\xed\xee\xef\xf1\xf2\xf3\xf4\xad\xf5\xf6"
        "\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe",
        strict=True,
    )
)
TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp4": "video/mp4",
    "css": "text/css",
    "js": "application/javascript",
}


PDF_OBJECTS = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R\n/Resources << /Font << /F1 5 0 R >> >> >>",
    b"[content]",
    (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Times /Encoding /Identity-H\n/ToUnicode 7 0 R"
        b" /DescendantFonts [6 0 R] >>"
    ),
    (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Times /DW 500 /FontDescriptor 8 0 R\n"
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    ),
    b"[letters]",
    (
        b"<< /Type /FontDescriptor /FontName /Times /Flags 4 /FontBBox [0 -200 1000 900]\n"
        b"/ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>"
    ),
)
OOXML = "http://schemas.openxmlformats.org"
DOCX_TYPES = f"""<Types xmlns="{OOXML}/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml"
ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
DOCX_RELATIONS = f"""<Relationships xmlns="{OOXML}/package/2006/relationships"><Relationship Id="rId1"
Target="word/document.xml" Type="{OOXML}/officeDocument/2006/relationships/officeDocument"/></Relationships>"""


def made(extension: str, name: str, lines: tuple[str, ...]) -> bytes:
    """A file of that kind holding the lines; ``name`` makes it differ from every other."""
    match extension:
        case "pdf":
            return pdf(lines)
        case "docx":
            return docx(lines)
        case "xls":
            return xls(lines)
        case "doc":
            return tcvn3_doc(lines)
        case "jpg":
            return jpeg(name)
        case "png":
            return png()
    return name.encode() * 3


def pdf(lines: tuple[str, ...]) -> bytes:
    """One page; the font is not embedded, a ToUnicode map tells what its glyph numbers mean."""
    shown = b"".join(f"<{line.encode('utf-16-be').hex()}> Tj T*\n".encode() for line in lines)
    stream = b"BT /F1 12 Tf 14 TL 60 780 Td\n" + shown + b"ET"
    codes = sorted({ord(c) for line in lines for c in line})
    blocks = [codes[i : i + 100] for i in range(0, len(codes), 100)]
    maps = "".join(
        f"{len(block)} beginbfchar\n" + "".join(f"<{c:04x}> <{c:04x}>\n" for c in block) + "endbfchar\n"
        for block in blocks
    )
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /V def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{maps}endcmap end end"
    ).encode()
    objects = [part.replace(b"[content]", _stream(stream)).replace(b"[letters]", _stream(cmap)) for part in PDF_OBJECTS]
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def docx(lines: tuple[str, ...]) -> bytes:
    """A word processor's package with its three obligatory parts."""
    body = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    word = f"{OOXML}/wordprocessingml/2006/main"
    parts = {
        "[Content_Types].xml": DOCX_TYPES,
        "_rels/.rels": DOCX_RELATIONS,
        "word/document.xml": f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, (2021, 8, 25, 8, 0, 0))
            archive.writestr(
                info, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text, zipfile.ZIP_DEFLATED
            )
    return out.getvalue()


def tcvn3_doc(lines: tuple[str, ...]) -> bytes:
    """A ``.doc`` that is really rich text in the legacy font .VnTime: its letters are 8-bit codes of TCVN3."""

    def coded(line: str) -> str:
        eight = "".join(TCVN3.get(c, TCVN3.get(c.lower(), c)) for c in line)
        return "".join(c if ord(c) < 128 else f"\\'{ord(c):02x}" for c in eight if ord(c) < 256)

    text = "\\par\n".join(coded(line.replace("\\", "")) for line in lines)
    fonts = "{\\fonttbl{\\f0\\fnil\\fcharset0 .VnTime;}{\\f1\\fnil\\fcharset0 .VnTimeH;}}"
    return f"{{\\rtf1\\ansi\\ansicpg1252\\deff0{fonts}\n\\f0\\fs28 {text}\\par}}".encode("ascii")


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _workbook(lines: tuple[str, ...]) -> bytes:
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    page = _record(0x0042, struct.pack("<H", 1200))
    name = "Sheet1".encode("latin-1")
    sheet_size = 8 + len(name)
    place = len(begin) + len(page) + 4 + sheet_size + 4
    sheet = _record(0x0085, struct.pack("<IBBBB", place, 0, 0, len(name), 0) + name)
    out = begin + page + sheet + _record(0x000A, b"")
    out += _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    out += _record(0x0200, struct.pack("<IIHHH", 0, len(lines), 0, 2, 0))
    for row, line in enumerate(lines):
        text = line[:200].encode("utf-16-le")
        out += _record(0x0203, struct.pack("<HHHd", row, 0, 0, float(row + 1)))
        out += _record(0x0204, struct.pack("<HHHHB", row, 1, 0, len(text) // 2, 1) + text)
    return out + _record(0x000A, b"")


def xls(lines: tuple[str, ...]) -> bytes:
    """A workbook of one sheet (BIFF8) in a compound file."""
    book = _workbook(lines).ljust(4096, b"\0")
    book += b"\0" * (-len(book) % 512)
    sectors = len(book) // 512
    chain = [*range(1, sectors), 0xFFFFFFFE, 0xFFFFFFFE, 0xFFFFFFFD]  # the book, the directory, this table
    table = b"".join(struct.pack("<I", n) for n in chain).ljust(512, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, sectors, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<I", sectors + 1) + b"\xff\xff\xff\xff" * 108
    directory = (
        _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1) + _entry("Workbook", 2, 0, len(book)) + _entry("", 0, 0, 0) * 2
    )
    return head + book + directory + table


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    text = (name + "\0").encode("utf-16-le") if name else b""
    links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBB", len(text), kind, 1)
        + links
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )


def png() -> bytes:
    """A grey dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")


def jpeg(name: str) -> bytes:
    """An 8 by 8 grey picture; its comment holds the name, so that no two files are the same."""

    def segment(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    flat = segment(0xDB, b"\0" + b"\x10" * 64)
    frame = segment(0xC0, struct.pack(">BHHBBBB", 8, 8, 8, 1, 1, 0x11, 0))
    dc = segment(0xC4, b"\x00" + bytes([1] + [0] * 15) + b"\x00")  # one code: difference of size 0
    ac = segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\x00")  # one code: end of block
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    app = segment(0xE0, b"JFIF\0\x01\x01\x00\x00\x01\x00\x01\x00\x00")
    return b"\xff\xd8" + app + segment(0xFE, name.encode()[:2000]) + flat + frame + dc + ac + scan + b"\x3f\xff\xd9"
