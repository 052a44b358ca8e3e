"""contenttype - a Content-Type value (RFC 2045 section 5) as a value: what the walker needs and what BODYSTRUCTURE says.

Short values without a boundary are the same in millions of messages, so the last few hundred are kept.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from pymaster.proto.message.fields import without_comments
from pymaster.proto.message.nstring import string
from pymaster.proto.message.params import Params, parameters

BOUNDARY_LIMIT = 2048
_CACHED_LENGTH = 100
_TOKEN = rb"[!#-'*+.0-9A-Z^-~-]"
_TYPE = re.compile(rb'[ \t]*+"?(%s{1,255}+)[ \t]*+/[ \t]*+(%s{1,255}+)' % (_TOKEN, _TOKEN))


class ContentType(NamedTuple):
    """`major`, `minor` and `charset` in lower case. `boundary` is empty if there is none that can be used.

    `printed` is the begin of a leaf's BODYSTRUCTURE, `minor_printed` and `params_printed` a multipart's words; `named`
    tells whether there is a file name.
    """

    major: bytes
    minor: bytes
    boundary: bytes
    charset: bytes
    named: bool
    printed: bytes
    minor_printed: bytes
    params_printed: bytes


def content_type(value: bytes) -> ContentType | None:
    """The type that an unfolded value names; None when it names none (then the default holds, RFC 2045 section 5.2)."""
    return _kept(value) if len(value) <= _CACHED_LENGTH else _parse(value)


def params_list(params: Params, extra: bytes = b"") -> bytes:
    """Parameters as a parenthesized list, NIL for none."""
    words = [b"%s %s" % (string(name), string(text)) for name, text in params]
    if extra:
        words.append(extra)
    return b"(%s)" % b" ".join(words) if words else b"NIL"


def _parse(value: bytes) -> ContentType | None:
    item = _TYPE.match(value)
    if item is None and b"(" in value:
        value = without_comments(value)
        item = _TYPE.match(value)
    if item is None:
        return None
    major, minor = item.groups()
    params = parameters(value, item.end())
    return _make(major, minor, params)


def _make(major: bytes, minor: bytes, params: Params) -> ContentType:
    low, boundary, charset, named = major.lower(), b"", b"", False
    for name, text in params:
        key = name.lower()
        if key == b"boundary":
            boundary = boundary or text.rstrip(b" \t")
        elif key == b"charset":
            charset = charset or text.lower()
        elif key in (b"name", b"name*"):
            named = True
    if len(boundary) > BOUNDARY_LIMIT:
        boundary = b""
    is_text = low == b"text"
    minor_printed = string(minor)
    listed = params_list(params, b'"charset" "us-ascii"' if is_text and not charset else b"")
    printed = b"%s %s %s" % (string(major), minor_printed, listed)
    if is_text or low == b"message":
        charset = charset[:40] or b"us-ascii"
    else:
        charset = b""
    return ContentType(low, minor.lower(), boundary, charset, named, printed, minor_printed, listed)


_kept = lru_cache(512)(_parse)
PLAIN = _make(b"text", b"plain", [])
RFC822 = _make(b"message", b"rfc822", [])
OPAQUE = _make(b"application", b"octet-stream", [])
