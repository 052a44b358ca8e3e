"""charset - text in any charset as str, never with an error.

Only charsets for text are known here, not every codec that Python finds: some (punycode, escapes) are no charsets, and
each unknown name would be looked up on the disk and kept for ever. Old names stand for the superset that mail means by
them, as in browsers. What is in an unknown charset is read as UTF-8 if it is that, else as windows-1252.
"""

import encodings.aliases
import re

_BANNED = frozenset(
    ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "ascii", "charmap")
)
_EXTRA = {
    "iso_8859_1": "cp1252", "latin_1": "cp1252", "latin1": "cp1252", "iso8859_1": "cp1252", "8859": "cp1252",
    "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "ks_c_5601_1987": "cp949", "shift_jis": "cp932",
    "x_sjis": "cp932", "big5": "big5hkscs", "iso_8859_8_i": "iso8859_8", "windows_874": "cp874", "tis_620": "cp874",
    "iso_8859_9": "cp1254", "x_gbk": "gb18030", "x_euc_jp": "euc_jp", "unicode_1_1_utf_7": "utf_7", "cp_850": "cp850",
    "utf8": "utf_8", "utf_8": "utf_8", "utf_7": "utf_7", "utf_16": "utf_16", "utf_32": "utf_32",
}  # fmt: skip
_CODECS = {"bz2_codec", "zlib_codec", "hex_codec", "base64_codec", "quopri_codec", "uu_codec", "rot_13"} | _BANNED


def _table() -> dict[str, str]:
    known = {alias: codec for alias, codec in encodings.aliases.aliases.items() if codec not in _CODECS}
    known.update({codec: codec for codec in set(known.values())})
    return {**known, **_EXTRA}


_KNOWN = _table()
_SEPARATOR = re.compile(rb"[-. :]")
_NAME_LIMIT = 40
# These may hide ASCII text in other octets than its own.
_SHIFTING = (
    "utf_16",
    "utf_32",
    "utf_7",
    "iso2022",
    "hz",
    "cp037",
    "cp500",
    "cp1026",
    "cp1140",
    "cp273",
    "cp424",
    "cp864",
)


def codec(name: bytes) -> str | None:
    """Python's name for a charset; None if it is not known, or is US-ASCII, in which 8-bit octets mean anything."""
    if name in (b"us-ascii", b"utf-8"):
        return "utf_8" if name == b"utf-8" else None
    if len(name) > _NAME_LIMIT:
        return None
    return _KNOWN.get(_SEPARATOR.sub(b"_", name.lower().strip(b"\"' \t")).decode("ascii", "replace"))


def decode(data: bytes, name: bytes = b"") -> str:
    """Text of `data` in the charset `name`; what cannot be read becomes U+FFFD."""
    found = codec(name) if name else None
    if found is None:
        return guess(data)
    if found == "cp1252" and data.isascii():
        return data.decode("ascii")
    # A decoder may let a lone surrogate through, which could not be written out again.
    try:
        text = data.decode(found, "replace")
    except LookupError:
        # Its module cannot be read with the rights of this process.
        return guess(data)
    return text.encode("utf-8", "replace").decode("utf-8") if found in ("utf_7", "utf_16", "utf_32") else text


def guess(data: bytes) -> str:
    """Text in no known charset."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def shows_ascii(name: bytes) -> bool:
    """Whether ASCII text in this charset is the same octets as in US-ASCII."""
    found = codec(name)
    return found is None or not found.startswith(_SHIFTING)
