"""utf7 - modified UTF-7 of mailbox names (RFC 3501 section 5.1.3): decoded strictly, so that each name has one spelling."""

import binascii
import re

_SHIFTED = re.compile(rb"&([A-Za-z0-9+,]*)-")
_PLAIN = re.compile(rb"(?:[\x20-\x25\x27-\x7e]|&[A-Za-z0-9+,]*-)*")
_OTHER = re.compile("[^\x20-\x25\x27-\x7e]+")


def decode_utf7(name: bytes) -> str:
    """The text of a name; raises ValueError for what the canonical encoder would not have written."""
    if b"&" not in name:
        text = name.decode("ascii")
    elif not _PLAIN.fullmatch(name):
        raise ValueError("not modified UTF-7")
    else:
        text = "".join(
            [part.decode("ascii") if n % 2 == 0 else _unshift(part) for n, part in enumerate(_SHIFTED.split(name))]
        )
    if encode_utf7(text) != name:
        raise ValueError("not canonical modified UTF-7")
    return text


def _unshift(coded: bytes) -> str:
    if not coded:
        return "&"
    try:
        raw = binascii.a2b_base64(coded.replace(b",", b"/") + b"=" * (-len(coded) % 4))
    except binascii.Error as exc:
        raise ValueError("bad base64 in a name") from exc
    return raw.decode("utf-16-be")


def encode_utf7(text: str) -> bytes:
    """A name in modified UTF-7."""
    return _OTHER.sub(_shift, text).encode("ascii")


def _shift(found: re.Match[str]) -> str:
    parts = []
    # `&` alone is `&-`; a run of other characters is one shifted sequence, even where an `&` stands inside it.
    for piece in re.split("(&)", found.group()):
        if piece == "&":
            parts.append("&-")
        elif piece:
            coded = (
                binascii.b2a_base64(piece.encode("utf-16-be", "surrogatepass"), newline=False)
                .rstrip(b"=")
                .replace(b"/", b",")
            )
            parts.append(f"&{coded.decode()}-")
    return "".join(parts)
