"""text - wire bytes made safe for a person's eyes: log lines, error texts, listings."""

import re

# Control characters, DEL and the bidirectional overrides may not reach a terminal or split a log line.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffd]")
_ESCAPES = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 92: "\\\\"}
_PLAIN = re.compile(rb"[\x20-\x7e]*")


def escaped(data: bytes, limit: int) -> str:
    """The first `limit` bytes of data with what is not printable ASCII as C escapes, for a sample in the log."""
    return "".join(
        [_ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in data[:limit]]
    )


def printable(data: bytes | str, limit: int = 0) -> str:
    """Text of `data` with everything unprintable replaced by `?`; at most `limit` characters if that is not 0."""
    if isinstance(data, bytes):
        if _PLAIN.fullmatch(data):
            text = data.decode("ascii")
            return text if not limit or len(text) <= limit else text[:limit]
        data = data.decode("utf-8", "replace")
    elif data.isascii() and data.isprintable():
        return data if not limit or len(data) <= limit else data[:limit]
    text = _UNSAFE.sub("?", data)
    # A lone surrogate (undecodable byte of a file name or of a config line) cannot be written out again.
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if not limit or len(text) <= limit else text[:limit]
