"""downgrade - a message with UTF-8 in its header, for a client that did not ask for such (RFC 6856 section 5, RFC 6858).

Texts and display names become encoded words (RFC 2047), parameters those of RFC 2231, and an address that is not ASCII is
told as the name of an empty group, so that nobody answers to a wrong one. Only the message's own header is touched, and
only fields that need it: the rest goes out as it is stored.
"""

import binascii
import re
from collections.abc import Callable
from urllib.parse import quote

from pymaster.proto.pop3.stuffing import header_end

_ADDRESSES = frozenset(
    (
        b"from sender reply-to to cc bcc resent-from resent-sender resent-reply-to resent-to resent-cc resent-bcc"
        b" disposition-notification-to return-path delivered-to"
    ).split(b" ")
)
_PARAMETERS = frozenset((b"content-type", b"content-disposition"))
# 45 octets are 60 of base64, and with =?utf-8?b?...?= 72 of the 75 that RFC 2047 allows.
_CHUNK = 45
_EIGHT = re.compile(rb"[\x80-\xff]")
_FIELD = re.compile(rb"([!-9;-~]+)([ \t]*:)((?:[^\n]*\n(?=[ \t]))*[^\n]*\n?)")
# Words with 8-bit text in them and the blanks between such words.
_WORDS = re.compile(rb"[^\s]*[\x80-\xff][^\s]*(?:[ \t]+[^\s]*[\x80-\xff][^\s]*)*")
_PARAMETER = re.compile(rb'([!#$&+\-.0-9A-Z^_`a-z|~]+)=("(?:[^"\\]|\\.)*"|[^\s;"]+)')
_TOKEN = re.compile(
    rb'(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<comment>\([^()]*\))|(?P<angle><[^<>]*>)|(?P<blank>\s+)|(?P<special>[,:;])|(?P<atom>[^\s"(<,:;]+|.)',
    re.DOTALL,
)


def needed(message: bytes) -> bool:
    """Whether the header has UTF-8 in it. Other 8-bit text is what old programs write and old programs expect."""
    header = message[: header_end(message)]
    if header.isascii():
        return False
    try:
        header.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def downgraded(message: bytes) -> bytes:
    """The message (for which `needed` is true) with a header of ASCII."""
    end = header_end(message)
    return b"".join([_field(found) for found in _lines(message[:end])]) + message[end:]


def _lines(header: bytes) -> list[re.Match[bytes] | bytes]:
    """The header's fields, and between them what is none."""
    found: list[re.Match[bytes] | bytes] = []
    at = 0
    while at < len(header):
        field = _FIELD.match(header, at)
        end = field.end() if field is not None else (header.find(b"\n", at) + 1 or len(header))
        found.append(field if field is not None else header[at:end])
        at = end
    return found


def _field(found: re.Match[bytes] | bytes) -> bytes:
    if isinstance(found, bytes):
        return _EIGHT.sub(b"?", found)
    name, colon, value = found.groups()
    if value.isascii():
        return found.group()
    lower = name.lower()
    encode: Callable[[bytes], bytes] = _text
    if lower in _ADDRESSES:
        encode = _addresses
    elif lower in _PARAMETERS:
        encode = _parameters
    return name + colon + encode(value)


def encoded(text: bytes) -> bytes:
    """Encoded words for UTF-8 text, folded one on a line."""
    words, at = [], 0
    while at < len(text):
        end = min(at + _CHUNK, len(text))
        # A character may not be cut (RFC 2047 section 5).
        while end < len(text) and text[end] & 0xC0 == 0x80:
            end -= 1
        words.append(b"=?utf-8?b?" + binascii.b2a_base64(text[at:end], newline=False) + b"?=")
        at = end
    return b"\r\n ".join(words)


def _text(value: bytes) -> bytes:
    return _WORDS.sub(lambda word: encoded(word.group()), value)


def _parameters(value: bytes) -> bytes:
    def parameter(found: re.Match[bytes]) -> bytes:
        text = found[2]
        if text.isascii():
            return found.group()
        if text[:1] == b'"':
            text = re.sub(rb"\\(.)", rb"\1", text[1:-1], flags=re.DOTALL)
        return found[1] + b"*=utf-8''" + quote(text, safe="").encode("ascii")

    return _text(_PARAMETER.sub(parameter, value))


def _addresses(value: bytes) -> bytes:
    """A list of addresses; what stands between two commas is one mailbox, whose pieces are told apart by their look."""
    out: list[bytes] = []
    phrase: list[bytes] = []
    for found in _TOKEN.finditer(value):
        kind, token = found.lastgroup, found.group()
        if kind in ("quoted", "atom", "blank"):
            phrase.append(token)
            continue
        if kind == "angle" and not token.isascii():
            # RFC 6858 section 3.1.6: an empty group that shows the address.
            out.append(
                _phrase([*phrase, b" " if phrase and phrase[-1][-1:] > b" " else b"", token[1:-1]], bare=False) + b" :;"
            )
        elif kind == "comment" and not token.isascii():
            out += [_phrase(phrase, bare=True), b"(", encoded(token[1:-1]), b")"]
        else:
            out += [_phrase(phrase, bare=kind != "angle"), token]
        phrase = []
    out.append(_phrase(phrase, bare=True))
    return b"".join(out)


def _phrase(tokens: list[bytes], *, bare: bool) -> bytes:
    """Words before an address; `bare`: they may be an address themselves."""
    text = b"".join(tokens)
    if text.isascii():
        return text
    inner = text.strip(b" \t\r\n")
    start = text.index(inner)
    end = start + len(inner)
    if bare and b"@" in inner and b'"' not in inner:
        return text[:start] + encoded(inner) + b" :;" + text[end:]
    plain = re.sub(rb'"((?:[^"\\]|\\.)*)"', lambda m: re.sub(rb"\\(.)", rb"\1", m[1], flags=re.DOTALL), inner)
    return text[:start] + encoded(re.sub(rb"\r?\n[ \t]+", b" ", plain)) + text[end:]
