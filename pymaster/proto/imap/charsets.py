"""charsets - the charsets in which a client may write search strings (RFC 3501 section 6.4.4), by their registered names."""

import codecs
from collections.abc import Callable

# Registered name -> Python's codec. UTF-8 and US-ASCII first, for the list goes into BADCHARSET.
_CODECS = {
    b"US-ASCII": "utf-8", b"UTF-8": "utf-8",
    **{b"ISO-8859-%d" % n: f"iso8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)},
    **{b"WINDOWS-%d" % n: f"cp{n}" for n in range(1250, 1259)},
    b"KOI8-R": "koi8-r", b"KOI8-U": "koi8-u",
    b"ISO-2022-JP": "iso2022-jp", b"EUC-JP": "euc-jp", b"SHIFT_JIS": "shift-jis", b"EUC-KR": "euc-kr",
    b"GB2312": "gb2312", b"GBK": "gbk", b"GB18030": "gb18030", b"BIG5": "big5",
}  # fmt: skip
_ALIASES = {b"ASCII": b"US-ASCII", b"UTF8": b"UTF-8", b"LATIN1": b"ISO-8859-1"}

# The code of a refusal.
BADCHARSET = b"BADCHARSET (%s)" % b" ".join(_CODECS)


def decoder(charset: bytes) -> Callable[[bytes], str] | None:
    """A function that decodes strings of this charset (it raises ValueError); None for one that is not supported.

    US-ASCII is read as UTF-8: clients that send 8-bit strings without saying which charset mean that one.
    """
    name = charset.upper()
    codec = _CODECS.get(_ALIASES.get(name, name))
    if codec is None:
        return None
    decode = codecs.getdecoder(codec)
    return lambda text: decode(text)[0]
