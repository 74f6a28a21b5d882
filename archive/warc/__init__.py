"""WARC files: everything a server said, raw, written before anything else happens to it.

    writer    WarcWriter: exchanges in, ``name.warc.gz`` out
    salvage   what a killed process left behind, cut to its last whole exchange
    reader    read_captures, read_capture: records back into captures, whatever their shape
    exchange  an answer another archive keeps, ready to be recorded
    coding    content and transfer codings removed under a size limit
    runs      the run that wrote a file, and how it ended
    adopt     foreign files taken into the archive's folder
    pack      saved pages into a WARC of their own
    drop      records taken out so that all others stay where they stand

The format is read and written here without a library: a damaged member, a length that lies or a decompression bomb must
cost one record, never the file. The standard tools are the judges of what is written (see the tests).
"""

from archive.warc.adopt import adopt
from archive.warc.coding import FILE_LIMIT, PAGE_LIMIT, decode, decode_content, decode_payload
from archive.warc.drop import Note, drop, dropped
from archive.warc.exchange import Exchange, exchange_of
from archive.warc.message import header_text
from archive.warc.pack import Saved, pack
from archive.warc.reader import BadRecord, read_capture, read_captures
from archive.warc.record import safe_uri
from archive.warc.runs import WrittenBy, info_of, read_run, write_run, written_by
from archive.warc.salvage import Salvaged, salvage
from archive.warc.wacz import Page, Unpacked, is_wacz, unpack, write_wacz
from archive.warc.writer import Origin, Original, Place, WarcWriter, safe_stem

__all__ = [
    "FILE_LIMIT",
    "PAGE_LIMIT",
    "BadRecord",
    "Exchange",
    "Note",
    "Origin",
    "Original",
    "Page",
    "Place",
    "Salvaged",
    "Saved",
    "Unpacked",
    "WarcWriter",
    "WrittenBy",
    "adopt",
    "decode",
    "decode_content",
    "decode_payload",
    "drop",
    "dropped",
    "exchange_of",
    "header_text",
    "info_of",
    "is_wacz",
    "pack",
    "read_capture",
    "read_captures",
    "read_run",
    "safe_stem",
    "safe_uri",
    "salvage",
    "unpack",
    "write_run",
    "write_wacz",
    "written_by",
]
