"""aliassource - the `name: value, value` records of aliases(5).

A line is cut into words as an address list is (RFC 5322: quoted strings, comments, literals, specials); the name is what
stands before the first colon. Values are written again with single blanks, so what local(8) reads is always tidy.
"""

import re
from collections.abc import Iterator

from pymaster.tables.source import Record, Warn, text_lines

_TOKEN = re.compile(
    rb"(?P<blank>[ \t\n\v\f\r]+)"
    rb'|"(?P<quoted>(?:[^"\\]|\\.)*+)(?:"|\\?\Z)'
    rb"|(?P<literal>\[(?:[^\]\\]|\\.)*+(?:\]|\\?\Z))"
    rb"|(?P<comment>\()"
    rb"|(?P<special>[<>@,;:.|%!)\]])"
    rb'|(?P<atom>(?:[^ \t\n\v\f\r"()<>@,;:.|%!\[\]\\]|\\.)+|\\\Z)',
    re.DOTALL,
)
_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_ATOM = re.compile(rb'[^\x00-\x20\x7f"()<>@,;:\[\]\\]+')
# Between these two kinds a blank is written; specials stand alone.
_WORDS = frozenset({"quoted", "literal", "comment", "atom"})

Token = tuple[str, bytes]


def alias_records(data: bytes, path: str, warn: Warn, *, utf8: bool = True) -> Iterator[Record]:
    """The records of an alias source; names in the form that local(8) asks for (no quotes), case untouched."""
    for number, text in text_lines(data, path, warn, utf8=utf8):
        tokens = scan(text)
        colon = next((at for at, token in enumerate(tokens) if token == ("special", b":")), -1)
        if colon < 0 or colon == len(tokens) - 1:
            warn(f"{path}, line {number}: need name:value pair")
            continue
        if any(token == ("special", b"@") for token in tokens[:colon]):
            warn(f"{path}, line {number}: name must be local")
            continue
        name = write(tokens[:colon], quote=False)
        if not name:
            warn(f"{path}, line {number}: need name:value pair")
            continue
        yield Record(number, name, write(tokens[colon + 1 :], quote=True))


def scan(text: bytes) -> list[Token]:
    """The tokens of one logical line, blanks left out; atoms and quoted strings without their backslashes and quotes."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:  # unreachable while the pattern covers every byte; one byte is then an atom
            tokens.append(("atom", text[at : at + 1]))
            at += 1
            continue
        kind = found.lastgroup or "quoted"
        at = found.end()
        if kind == "blank":
            continue
        if kind == "comment":
            end = _comment_end(text, at)
            tokens.append((kind, text[found.start() : end]))
            at = end
        elif kind in ("quoted", "atom"):
            tokens.append((kind, _PAIR.sub(rb"\1", found[kind])))
        else:
            tokens.append((kind, found[0]))
    return tokens


def _comment_end(text: bytes, at: int) -> int:
    """Where the comment that was opened just before `at` ends; comments nest (RFC 5322 section 3.2.2)."""
    depth = 1
    while at < len(text):
        byte = text[at]
        if byte == 0x5C:
            at += 1
        elif byte == 0x28:
            depth += 1
        elif byte == 0x29:
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return len(text)


def write(tokens: list[Token], *, quote: bool) -> bytes:
    """Tokens as text: a blank between two words, after a comma and before `<`; `quote` puts quotes where they stood or
    where a word needs them."""
    out = bytearray()
    before = ""
    for kind, text in tokens:
        special = text if kind == "special" else b""
        if before and (before == "," or special == b"<" or (before in _WORDS and kind in _WORDS)):
            out += b" "
        if quote and (kind == "quoted" or (kind == "atom" and not _ATOM.fullmatch(text))):
            text = b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        out += text
        before = "," if special == b"," else kind
    return bytes(out)
