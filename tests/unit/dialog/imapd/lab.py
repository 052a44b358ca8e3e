r"""Fakes for tests of IMAP: a stream that follows a script, a world on the memory store, and golden dialogs as text files.

A golden file (tests/golden/imapd/*.txt), line by line; `#` is a comment, a backslash escapes as \r \n \0 \xNN \\ :

    K: name=value              a setting (Settings), e.g. append_limit=100 or disabled=MOVE,IDLE
    B: Archive [\\Archive]      a mailbox, with special uses
    Q: 1000 10                 the quota: octets, messages
    N: shared.                 what others' mailboxes would begin with: mailboxes can be shared
    M: INBOX [(\\Seen)] ["17-Jul-1996 02:44:25 -0700"]     a message; its text follows in lines
    | Subject: hello           ... that begin with a bar (CRLF added)
    F: INBOX rfc3501.eml       a message from a file beside the dialog (flags and date as with M:)
    C: a SELECT INBOX          the client's line, CRLF added
    R: raw bytes               from the client, nothing added
    S: * 3 EXISTS              the server's line, CRLF added
    T: raw bytes               from the server, nothing added
    P: \* OK \[X .*           the server's line, a regular expression
    I:                         any lines of the server up to what follows
    O: STORE 1 +FLAGS (\\Seen)  another client of the same user does this (in INBOX) before the next C:, with nothing
                               between two answers of the first one; `O: @Archive STORE ...` in another mailbox

The greeting (the tagged OK of LOGIN) is checked and left out. Lines of C: without S: between go in one packet. Every
dialog also runs a byte at a time and cut at every byte, unless its name begins with `sync-`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from pymaster.dialog.imapd.handed import Client, Woken, World
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.settings import Settings
from pymaster.proto.imap import internaldate
from pymaster.store.mailbox.contract import Mailbox
from pymaster.store.mailbox.memory import MemoryAccount, MemoryMailbox
from pymaster.util.clock import ManualClock
from pymaster.util.errors import DeadlineExceeded

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "imapd"
_BACKSLASH = re.compile(rb"\\(r|n|0|x[0-9a-f]{2}|\\)")
_ENDS = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"\\": b"\\"}
_MESSAGE = re.compile(rb'(\S+)(?: \(([^)]*)\))?(?: ("[^"]*"))?(?: (\S+))?\Z')
_LITERAL = re.compile(rb"~?\{([0-9]+)\}\r\n")
_QUOTED = re.compile(rb'"(?:[^"\\\r\n]|\\["\\])*"')
Piece = bytes | Callable[[], None]


def unescape(text: bytes) -> bytes:
    return _BACKSLASH.sub(
        lambda m: _ENDS.get(m[1]) or bytes([int(m[1][1:], 16)]) if m[1][:1] == b"x" else _ENDS[m[1]], text
    )


class FakeIo:
    """Gives `script` piece by piece (a callable is done instead of given) and keeps what is sent."""

    def __init__(self, script: Iterable[Piece], clock: ManualClock, *, hang: bool = False) -> None:
        self.script, self.clock, self.hang = list(script), clock, hang
        self.sent: list[bytes] = []
        self.position = 0
        self.woken = False

    def recv(self, deadline: float) -> bytes:
        while True:
            if self.woken:
                self.woken = False
                raise Woken
            if self.position == len(self.script):
                if self.hang:
                    self.clock.advance(max(deadline - self.clock.monotonic(), 0) + 0.001)
                    raise DeadlineExceeded
                return b""
            piece = self.script[self.position]
            self.position += 1
            if isinstance(piece, bytes):
                return piece
            piece()

    def send(self, data: bytes, deadline: float) -> None:
        assert deadline > self.clock.monotonic()
        assert data
        self.sent.append(bytes(data))

    def wake(self) -> None:
        self.woken = True

    @property
    def output(self) -> bytes:
        return b"".join(self.sent)


class Lab:
    """One user's process: account, world, clock; `talk` runs a session over pieces of input."""

    def __init__(self, settings: Settings | None = None, account: MemoryAccount | None = None) -> None:
        self.clock = ManualClock()
        self.account = account or MemoryAccount(clock=self.clock)
        self.followers: list[tuple[Mailbox, Callable[[], None]]] = []
        self.slept: list[float] = []
        self.world = World(
            settings or Settings(), self.account, self.clock, self.slept.append, follow=self._follow,
            changed=self._changed,
        )  # fmt: skip
        self.greeting = b""

    def _follow(self, mailbox: Mailbox, callback: Callable[[], None]) -> Callable[[], None]:
        entry = (mailbox, callback)
        self.followers.append(entry)
        return lambda: self.followers.remove(entry)

    def _changed(self, mailbox: Mailbox) -> None:
        for followed, callback in list(self.followers):
            if followed is mailbox:
                callback()

    def box(self, name: str = "INBOX") -> MemoryMailbox:
        return self.account.open(name)

    def add(
        self, text: bytes = b"Subject: x\r\n\r\nbody\r\n", box: str = "INBOX", flags: Iterable[bytes] = (),
        date: int | None = None,
    ) -> int:  # fmt: skip
        """Put a message in; its UID."""
        mailbox = self.box(box)
        draft = mailbox.draft(date)
        draft.write(text)
        draft.finish()
        return mailbox.append([(draft, flags)])[0]

    def session(self, pieces: Iterable[Piece], *, hang: bool = False) -> tuple[Session, FakeIo]:
        io = FakeIo(pieces, self.clock, hang=hang)
        return Session(self.world, io, Client("user", "192.0.2.1", session="s")), io

    def talk(self, pieces: Iterable[Piece], *, hang: bool = False) -> bytes:
        """All that the server says after the greeting."""
        session, io = self.session(pieces, hang=hang)
        session.run(b"login")
        self.greeting, _, rest = io.output.partition(b"\r\n")
        assert self.greeting.startswith(b"login OK [CAPABILITY IMAP4rev1 "), self.greeting
        assert self.greeting.endswith(b"] Logged in"), self.greeting
        return rest

    def say(self, *lines: bytes, select: str = "INBOX") -> list[bytes]:
        """The answer's lines to commands in a fresh session in which a mailbox is selected ("": none), as one packet each.

        A line without tag is tagged `a`; the answer to SELECT is left out.
        """
        first = [b"select SELECT %s\r\n" % select.encode()] if select else []
        out = self.talk([*first, *[b"a " + line + b"\r\n" for line in lines]])
        if select:
            out = out.partition(b"\r\nselect OK [READ-WRITE] Select completed.\r\n")[2]
        assert out.endswith(b"\r\n") or not out, out
        return out[:-2].split(b"\r\n")

    def other(self, command: bytes) -> None:
        """Another client's session does one command and goes (without CLOSE)."""
        name = b"INBOX"
        if command.startswith(b"@"):
            name, _, command = command[1:].partition(b" ")
        session, io = self.session([b"s SELECT %s\r\n" % name, b"o " + command + b"\r\n"])
        session.run(b"login")
        assert b"\r\no OK" in io.output, io.output


class Script:
    """A golden file, read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings: dict[str, object] = {}
        self.boxes: list[tuple[str, list[str]]] = []
        self.messages: list[tuple[str, list[bytes], int | None, bytes]] = []
        self.quota, self.shared = (0, 0), ""
        # What happens in order: client bytes (grouped) and what others do.
        self.groups: list[bytes | tuple[bytes]] = []
        self.expected: list[bytes] = []
        self.patterns = False
        self._last = "S"
        for raw in path.read_bytes().split(b"\n"):
            if raw and not raw.startswith(b"#"):
                self._line(raw[:2].decode("latin-1"), raw[2:] if raw[:1] == b"|" else raw[3:])

    def _line(self, kind: str, text: bytes) -> None:
        if kind in ("C:", "R:"):
            data = unescape(text) + (b"\r\n" if kind == "C:" else b"")
            if self._last == "C" and isinstance(self.groups[-1], bytes):
                self.groups[-1] += data
            else:
                self.groups.append(data)
            self._last = "C"
        elif kind == "O:":
            self.groups.append((unescape(text),))
            self._last = "O"
        elif kind in ("S:", "T:", "P:", "I:"):
            if kind in ("P:", "I:"):
                self.patterns = True
                self.expected.append(text + b"\r\n" if kind == "P:" else b"(?s:.*?)")
            else:
                self.expected.append(re.escape(unescape(text)) + (b"\r\n" if kind == "S:" else b""))
            self._last = "S"
        else:
            self._world(kind, unescape(text))

    def _world(self, kind: str, text: bytes) -> None:
        if kind == "K:":
            name, _, value = text.decode().partition("=")
            self.settings[name] = setting(name, value)
        elif kind == "B:":
            name, *special = text.decode().split(" ")
            self.boxes.append((name, special))
        elif kind == "Q:":
            storage, messages = text.split(b" ")
            self.quota = (int(storage), int(messages))
        elif kind == "N:":
            self.shared = text.decode()
        elif kind in ("M:", "F:"):
            self._message(kind, text)
        elif kind[0] == "|":
            box, flags, date, body = self.messages[-1]
            self.messages[-1] = (box, flags, date, body + text + b"\r\n")
        else:
            raise AssertionError(f"{self.path.name}: unknown line {kind}")

    def _message(self, kind: str, text: bytes) -> None:
        found = _MESSAGE.match(text)
        assert found, text
        box, flags, date, name = found.groups()
        if kind == "F:" and name is None:
            raise AssertionError(f"{self.path.name}: F: mailbox [flags] [date] file")
        seconds = internaldate.parse(date.strip(b'"')) if date else None
        body = (GOLDEN / name.decode()).read_bytes() if kind == "F:" else b""
        self.messages.append((box.decode(), flags.split(b" ") if flags else [], seconds, body))

    def lab(self) -> Lab:
        """A fresh world as the file declares it."""
        lab = Lab(Settings(**self.settings))  # type: ignore[arg-type]
        for name, special in self.boxes:
            lab.account.create(name, special)
        for box, flags, date, body in self.messages:
            lab.add(body, box, flags, date)
        lab.account.limits, lab.account.shared = self.quota, self.shared
        return lab

    def run(self, cut: Callable[[int, bytes], list[bytes]]) -> None:
        """Run it with each group of client bytes cut by `cut(number, bytes)`."""
        lab = self.lab()
        pieces: list[Piece] = []
        for number, group in enumerate(self.groups):
            if isinstance(group, bytes):
                pieces += cut(number, group)
            else:
                pieces.append(lambda command=group[0]: lab.other(command))
        output = lab.talk(pieces)
        if self.patterns:
            if re.fullmatch(b"".join(self.expected), output) is None:
                self._explain(output)
            return
        wanted = b"".join(re.sub(rb"\\(.)", rb"\1", each, flags=re.DOTALL) for each in self.expected)
        assert output.split(b"\r\n") == wanted.split(b"\r\n")

    def _explain(self, output: bytes) -> None:
        """The first line that does not match, for a person."""
        at = 0
        for count in range(1, len(self.expected) + 1):
            found = re.match(b"".join(self.expected[:count]), output)
            assert found, f"{self.path.name}: wanted {self.expected[count - 1]!r}, got {output[at : at + 300]!r}"
            at = found.end()
        raise AssertionError(f"{self.path.name}: more output than expected: {output[at:]!r}")


def responses(output: bytes) -> list[bytes]:
    """Output cut into responses, with `$` in the place of strings; fails where parentheses or lines are not in order."""
    found, line, at = [], b"", 0
    while at < len(output):
        literal, quoted = _LITERAL.match(output, at), _QUOTED.match(output, at)
        if literal:
            at = literal.end() + int(literal.group(1))
            assert at < len(output)
            assert literal.group().startswith(b"~") or b"\0" not in output[literal.end() : at]
            line += b"$"
        elif quoted:
            at = quoted.end()
            line += b"$"
        elif output.startswith(b"\r\n", at):
            depth = 0
            for byte in line:
                depth += {40: 1, 41: -1}.get(byte, 0)
                assert depth >= 0
            assert depth == 0, line
            found.append(line)
            line, at = b"", at + 2
        else:
            assert output[at] not in b"\r\n\0{", output[at : at + 50]
            line, at = line + output[at : at + 1], at + 1
    assert not line
    return found


def setting(name: str, value: str) -> object:
    """A value of Settings in the type that it has there."""
    old = getattr(Settings(), name)
    if isinstance(old, frozenset):
        return frozenset(value.upper().encode().split(b","))
    if isinstance(old, bytes):
        return value.encode()
    if isinstance(old, bool):
        return value == "yes"
    return type(old)(value)
