"""pipeargs - the `name=value` attributes and the argument vector of a pipe(8) line in master.cf.

    flags=DRhu user=vmail:vmail directory=/x null_sender= size=1000000 eol=\\r\\n argv=/usr/bin/x -f ${sender} ${recipient}

An argument with a recipient's macro becomes as many arguments as there are recipients. Source: pipe(8).
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pymaster.config.words import strip_braces
from pymaster.util import log
from pymaster.util.errors import ConfigError, Fatal

FLAGS = "BDFORXhqu.>"
# Macros that have a value for each recipient.
PER_RECIPIENT = frozenset(("recipient", "original_recipient", "user", "extension", "domain", "mailbox"))
_ALL = PER_RECIPIENT | {
    "client_address", "client_helo", "client_hostname", "client_port", "client_protocol", "envid", "nexthop",
    "queue_id", "sasl_method", "sasl_sender", "sasl_username", "sender", "size",
}  # fmt: skip
_MACRO = re.compile(r"\$(?:(\$)|\{([A-Za-z0-9_]+)\}|\(([A-Za-z0-9_]+)\)|([A-Za-z0-9_]+)|(.)|$)", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPES = {"a": b"\a", "b": b"\b", "f": b"\f", "n": b"\n", "r": b"\r", "t": b"\t", "v": b"\v", "\\": b"\\"}


@dataclass(slots=True)
class PipeLine:
    """One transport's attributes. `user` is `name` or `name:group`; `size` 0 is no limit."""

    argv: list[str]
    user: str
    flags: str = ""
    eol: bytes = b"\n"
    null_sender: str = "MAILER-DAEMON"
    size: int = 0
    directory: str = ""
    chroot: str = ""
    pieces: list[list[tuple[str, str]]] = field(default_factory=list)


def parse(words: Sequence[str], service: str) -> PipeLine:
    """The attributes in a master.cf line's words; raises Fatal naming what is wrong."""
    values: dict[str, str] = {}
    argv: list[str] = []
    for index, word in enumerate(words):
        name, equals, value = _plain(word).partition("=")
        if name == "argv" and equals:
            argv = [_plain(item) for item in (value, *words[index + 1 :]) if item]
            break
        if not equals or name not in ("flags", "user", "eol", "null_sender", "size", "directory", "chroot"):
            raise Fatal(f"{service}: unknown attribute: {word}")
        values[name] = value
    if not values.get("user"):
        raise Fatal(f"{service}: missing user= command-line attribute")
    if not argv:
        raise Fatal(f"{service}: missing argv= command-line attribute")
    size = values.get("size", "0")
    if not re.fullmatch(r"[0-9]{1,18}", size):
        raise Fatal(f"{service}: bad size= value: {size}")
    return PipeLine(
        argv,
        values["user"],
        _flags(values.get("flags", ""), service),
        unescape(values.get("eol", "\\n")),
        values.get("null_sender", "MAILER-DAEMON"),
        int(size),
        values.get("directory", ""),
        values.get("chroot", ""),
        [_pieces(item, service) for item in argv],
    )


def _plain(word: str) -> str:
    try:
        return strip_braces(word)
    except ConfigError as error:
        raise Fatal(str(error)) from error


def _flags(text: str, service: str) -> str:
    for flag in text:
        if flag not in FLAGS:
            log.warning(f"{service}: unknown flag: {flag} (ignored)")
    return text


def unescape(text: str) -> bytes:
    """The backslash sequences of C: `\\a \\b \\f \\n \\r \\t \\v \\\\ \\ddd`."""
    out, at = b"", 0
    for found in _ESCAPE.finditer(text):
        out += os.fsencode(text[at : found.start()])
        code = found.group(1)
        if code[0] in "01234567":
            out += bytes((int(code, 8) & 0xFF,))
        else:
            out += _ESCAPES.get(code, os.fsencode(code))
        at = found.end()
    return out + os.fsencode(text[at:])


def _pieces(argument: str, service: str) -> list[tuple[str, str]]:
    """An argument as ("text", literal) and ("macro", name)."""
    pieces: list[tuple[str, str]] = []
    at = 0
    for found in _MACRO.finditer(argument):
        pieces.append(("text", argument[at : found.start()]))
        name = found.group(2) or found.group(3) or found.group(4)
        if found.group(1):
            pieces.append(("text", "$"))
        elif not name:
            raise Fatal(f"{service}: bad command-line macro in: {argument}")
        elif name not in _ALL:
            raise Fatal(f"{service}: unknown macro {name} in: {argument}")
        else:
            pieces.append(("macro", name))
        at = found.end()
    pieces.append(("text", argument[at:]))
    return pieces


def expand(line: PipeLine, common: Mapping[str, bytes], each: Sequence[Mapping[str, bytes]]) -> list[bytes]:
    """The argument vector for these recipients; `common` are the message's values, `each` one recipient's."""
    argv: list[bytes] = []
    for pieces in line.pieces:
        if any(kind == "macro" and name in PER_RECIPIENT for kind, name in pieces):
            argv += [_one(pieces, common, values) for values in each]
        else:
            argv.append(_one(pieces, common, {}))
    return argv


def _one(pieces: Sequence[tuple[str, str]], common: Mapping[str, bytes], values: Mapping[str, bytes]) -> bytes:
    made = [os.fsencode(text) if kind == "text" else values.get(text, common.get(text, b"")) for kind, text in pieces]
    return b"".join(made).replace(b"\0", b"?")
