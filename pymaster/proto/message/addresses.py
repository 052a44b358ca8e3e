"""addresses - address lists of header fields (RFC 5322 section 3.4 with the obsolete forms), read from any bytes.

Unlike `proto.addrlist`, which reads what will be mailed to, this reads what is shown: a display name counts, nothing is
refused, and what is wrong yields the best guess. One pass over tokens, no recursion, at most 10,000 addresses; nearly all
lists are of the two plain forms, for which one pattern a member is enough.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

LIMIT = 10_000
# Words and signs looked at in a field that is not of the plain forms, and fields of one name.
TOKEN_LIMIT, FIELD_LIMIT = 100_000, 1000
# What stands for a part that is not there: NIL would mean a group.
NO_MAILBOX, NO_HOST = b"MISSING_MAILBOX", b"MISSING_DOMAIN"

_ATEXT = rb"!#-'*+\-/-9=?A-Z^-~\x80-\xff"
_FAST = re.compile(
    rb'[ \t]*+(?:"([^"\\]*+)"[ \t]*+<|([.%(a)s \t]*+)<)([.%(a)s]++)@([.%(a)s]++)>[ \t]*+(?:,|\Z)'
    rb"|[ \t]*+([.%(a)s]++)@([.%(a)s]++)[ \t]*+(?:,|\Z)" % {b"a": _ATEXT}
)
_TOKEN = re.compile(
    rb"""([.%s]++)                              # 1 atom with dots; 8-bit text is taken as it comes
    |"((?:[^"\\]++|\\.)*+)"?                    # 2 quoted string, perhaps without its end
    |(\[(?:[^\]\\]++|\\.)*+\]?)                 # 3 domain literal
    |([<>@,;:])                                 # 4 special
    |[ \t\r\n]++                                #   blank
    |(\()                                       # 5 begin of a comment
    |(.)                                        # 6 anything else is text
    """
    % _ATEXT,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(rb"[^()\\]++|\\.?|[()]", re.DOTALL)
_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_BLANKS = re.compile(rb"[ \t\r\n]++")


class Address(NamedTuple):
    """One member in the shape of RFC 3501's address structure: name, source route, mailbox, host.

    The begin of a group has its name as mailbox and no host, its end has nothing at all.
    """

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None


GROUP_END = Address(None, None, None, None)


def parse(value: bytes) -> list[Address]:
    """The members of an unfolded address list, in order."""
    found: list[Address] = []
    pos, size, fast = 0, len(value), _FAST.match
    while pos < size:
        item = fast(value, pos)
        if item is None or len(found) >= LIMIT:
            break
        pos = item.end()
        quoted, plain, mailbox, host, bare, bare_host = item.groups()
        if bare is not None:
            found.append(Address(None, None, bare, bare_host))
        else:
            name = _phrase(plain if quoted is None else quoted) if plain or quoted else None
            found.append(Address(name or None, None, mailbox, host))
    if pos < size and len(found) < LIMIT:
        _Slow(value, pos, found).run()
    return found


def parse_all(values: Sequence[bytes]) -> list[Address]:
    """The members of all fields of one name: a field that occurs twice counts as one list."""
    found: list[Address] = []
    for value in values[:FIELD_LIMIT]:
        found += parse(value)
        if len(found) >= LIMIT:
            return found[:LIMIT]
    return found


def _phrase(text: bytes) -> bytes:
    text = text.strip(b" \t")
    if b"  " in text or b"\t" in text:
        text = _BLANKS.sub(b" ", text)
    return text


class _Slow:
    """The parser for everything else. `words` are the text since the last separator, each with whether a blank came before."""

    def __init__(self, value: bytes, pos: int, found: list[Address]) -> None:
        self.value, self.pos, self.found = value, pos, found
        self.words: list[bytes] = []
        self.name: bytes | None = None
        self.comment: bytes | None = None
        self.route: bytes | None = None
        self.mailbox: bytes | None = None
        # Inside <>; inside a group; something of an address has been seen; an address has been closed by its >.
        self.angle = self.group = self.seen = self.done = False

    def run(self) -> None:
        """Read to the end, or to the limit."""
        match, spaced = _TOKEN.match, False
        for _ in range(TOKEN_LIMIT):
            item = match(self.value, self.pos)
            if item is None or len(self.found) >= LIMIT:
                break
            self.pos = item.end()
            kind = item.lastindex
            if kind is None:
                spaced = True
                continue
            text = item.group(kind)
            if kind == 4:
                self.special(text)
            elif kind == 5:
                self.skip_comment(item.start())
            else:
                self.word(_PAIR.sub(rb"\1", text) if kind in (2, 3) and b"\\" in text else text, spaced)
            spaced = False
        if len(self.found) < LIMIT:
            self.flush()
            if self.group:
                self.found.append(GROUP_END)
        elif self.group:
            self.found[-1] = GROUP_END

    def word(self, text: bytes, spaced: bool) -> None:
        """Text of a name or of an address; in an address blanks mean nothing."""
        if self.done:
            return
        if spaced and self.words and not self.angle and not self.continues(text):
            if self.mailbox is None:
                self.words.append(b" ")
            else:
                # A comma was forgotten.
                self.flush()
        self.words.append(text)
        self.seen = True

    def continues(self, text: bytes) -> bool:
        """Whether text belongs to the word before it in spite of the blank: obsolete syntax allows blanks around dots."""
        return text.startswith(b".") or (self.words[-1].endswith((b".", b"@")) and self.mailbox is not None)

    def special(self, text: bytes) -> None:
        """A separator."""
        if text == b",":
            if self.angle and self.route is None and self.mailbox == b"" and self.words:
                self.words.append(text)
            else:
                self.flush()
        elif text == b";":
            self.flush()
            if self.group:
                self.found.append(GROUP_END)
                self.group = False
        elif text == b"<":
            self.begin_angle()
        elif text == b">":
            self.end_angle()
        elif text == b"@":
            self.at_sign()
        else:
            self.colon()

    def begin_angle(self) -> None:
        """What came before is the display name, even if it looked like an address."""
        text = self.take()
        if self.mailbox is not None:
            text = b"%s@%s" % (self.mailbox, text)
        self.name, self.mailbox, self.angle, self.seen, self.done = text or None, None, True, True, False

    def end_angle(self) -> None:
        """The address is complete; text up to the next separator is not of interest, a comment is."""
        if self.angle:
            self.emit()
            self.seen, self.done = False, True

    def at_sign(self) -> None:
        """What came before is the local part; at the begin of an angle address, a route begins."""
        if self.done:
            return
        if self.mailbox is not None:
            self.words.append(b"@")
            return
        if not self.angle:
            self.split_name()
        text = self.take()
        self.mailbox, self.seen = text, True
        if self.angle and not text:
            self.words.append(b"@")

    def split_name(self) -> None:
        """A name without <> around the address after it: the last word is the local part."""
        words = self.words
        for at in range(len(words) - 1, 0, -1):
            if words[at] == b" " and words[at - 1] != b".":
                self.name = b"".join(words[:at])
                self.words = words[at + 1 :]
                break
        if b" " in self.words:
            self.words = [word for word in self.words if word != b" "]

    def colon(self) -> None:
        """The end of a group's name, or of a route."""
        if self.angle:
            if self.mailbox == b"":
                self.route, self.mailbox = self.take(), None
            else:
                self.words.append(b":")
        elif self.done:
            return
        elif self.group or self.mailbox is not None:
            self.words.append(b":")
        else:
            self.found.append(Address(None, None, self.take() or b"", None))
            self.comment, self.seen, self.group = None, False, True

    def skip_comment(self, start: int) -> None:
        """Pass a comment, which may nest; one behind an address is kept, for it may be somebody's name."""
        depth, pos, match = 0, start, _COMMENT.match
        while item := match(self.value, pos):
            pos = item.end()
            text = item.group()
            depth += (text == b"(") - (text == b")")
            if not depth:
                break
        self.pos = pos
        if self.seen or self.done:
            self.comment = self.value[start + 1 : pos - 1 if not depth else pos]

    def take(self) -> bytes:
        """The text gathered so far, which is forgotten."""
        text = b"".join(self.words)
        self.words.clear()
        return text

    def flush(self) -> None:
        """A separator or the end: what has been gathered is an address."""
        if self.seen:
            self.emit()
        elif self.done and self.comment is not None and self.found[-1].name is None:
            self.found[-1] = self.found[-1]._replace(name=self.comment_name())
        self.comment, self.seen, self.done = None, False, False
        self.words.clear()

    def comment_name(self) -> bytes | None:
        """The comment as a display name."""
        text = self.comment or b""
        return _phrase(_PAIR.sub(rb"\1", text) if b"\\" in text else text) or None

    def emit(self) -> None:
        """Write down the address gathered."""
        text = self.take()
        host: bytes
        if self.mailbox is None and b" " in text and not self.angle:
            # Several words and no address: a name, as a person reads it.
            self.name, mailbox, host = text, NO_MAILBOX, NO_HOST
        elif self.mailbox is None:
            mailbox, host = text, NO_HOST
        elif self.angle and not self.mailbox and text.startswith(b"@"):
            mailbox, host = NO_MAILBOX, text[1:] or NO_HOST
        else:
            mailbox, host = self.mailbox, text or NO_HOST
        name = _phrase(self.name) if self.name else None
        if not name and self.comment is not None:
            name = self.comment_name()
            self.comment = None
        self.found.append(Address(name or None, self.route, mailbox or NO_MAILBOX, host))
        self.name = self.route = self.mailbox = None
        self.angle = False
