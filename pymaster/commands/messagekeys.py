"""messagekeys - a message on standard input cut into the keys that header and body checks would look up (postmap -h -b -m).

A logical header is one key with its newlines, a body line is one key. With MIME parsing the headers of parts and of
attached messages are headers, too; without it everything after the first header section is body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pymaster.proto.message.mime import BODY, MimeState

_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")
_BLANK = (b" ", b"\t")


def message_keys(data: bytes, *, header: bool, body: bool, mime: bool) -> Iterator[bytes]:
    """The keys of a message with LF line ends, in order."""
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    state = MimeState()
    in_header = True
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if in_header and _HEADER.match(line):
            folded = [line]
            while at < len(lines) and lines[at].startswith(_BLANK):
                folded.append(lines[at])
                at += 1
            text = b"\n".join(folded)
            name, _, value = text.partition(b":")
            state.header(name.rstrip(b" \t").lower(), value)
            if header:
                yield text
        elif in_header:
            state.end_of_header()
            in_header = mime and state.place != BODY
            if body:
                # A header section that no empty line ends is ended by one nevertheless.
                yield b""
                if line:
                    yield line
            if not body and not mime:
                return
        else:
            # The delimiter itself is body text; the part's header follows it.
            if mime and state.delimiter(line):
                in_header = state.place != BODY
            if body:
                yield line
