"""Fakes for tests of POP3: a world on the memory store, and golden dialogs as text files.

A golden file (tests/golden/pop3d/*.txt), line by line; `#` is a comment, a backslash escapes as \\r \\n \\0 \\xNN \\\\ :

    K: name=value              a setting (Settings), e.g. deleted_flag=$Gone; `login=yes`: the dialog begins at the greeting
    M: [\\Seen ...]             a message in INBOX; its text follows in lines
    | Subject: hello           ... that begin with a bar (CRLF added)
    C: RETR 1                  the client's line, CRLF added
    R: raw bytes               from the client, nothing added
    S: +OK                     the server's line, CRLF added
    T: raw bytes               from the server, nothing added
    O: remove 2                another client removes the message with this UID (or `add`: one comes; `flag 2 \\Seen`)
    E: 1 3                     at the end: the UIDs that are in the mailbox
    F: 1 \\Seen                 at the end: the flags of a message

Lines of C: without S: between go in one packet. Every dialog also runs a byte at a time and cut at every byte, unless its
name begins with `sync-`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from pymaster.dialog.imapd.handed import Client
from pymaster.dialog.login import handed as login
from pymaster.dialog.login.pop3 import Pop3Login
from pymaster.dialog.pop3d.handed import World
from pymaster.dialog.pop3d.session import Session
from pymaster.dialog.pop3d.settings import Settings
from pymaster.proto.pop3.uidl import Format
from pymaster.store.mailbox.memory import MemoryAccount, MemoryMailbox
from pymaster.util.clock import ManualClock
from pymaster.util.errors import DeadlineExceeded
from tests.unit.dialog.login.popauth import STAMP, Auth

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "pop3d"
_BACKSLASH = re.compile(rb"\\(r|n|0|x[0-9a-f]{2}|\\)")
_ENDS = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"\\": b"\\"}
Piece = bytes | Callable[[], None]


def unescape(text: bytes) -> bytes:
    return _BACKSLASH.sub(lambda m: _ENDS.get(m[1]) or bytes([int(m[1][1:], 16)]), text)


class Io:
    """Gives `pieces` one by one (a callable is done instead of given), then hangs or ends."""

    def __init__(self, pieces: Iterable[Piece], clock: ManualClock, *, hang: bool = False) -> None:
        self.pieces, self.clock, self.hang = [piece for piece in pieces if piece != b""], clock, hang
        self.sent: list[bytes] = []
        self.secured = False

    def recv(self, deadline: float) -> bytes:
        while self.pieces:
            piece = self.pieces.pop(0)
            if isinstance(piece, bytes):
                return piece
            piece()
        if self.hang:
            self.clock.advance(max(deadline - self.clock.monotonic(), 0) + 0.001)
            raise DeadlineExceeded
        return b""

    def send(self, data: bytes, deadline: float) -> None:
        assert deadline > self.clock.monotonic()
        assert data
        self.sent.append(bytes(data))

    def starttls(self, deadline: float) -> None:
        self.secured = True

    def certified(self) -> str:
        """No certificate."""
        return ""

    def binding(self) -> tuple[str, bytes] | None:
        return None

    @property
    def output(self) -> bytes:
        return b"".join(self.sent)


class Lab:
    """One user's process."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.clock = ManualClock()
        self.account = MemoryAccount(clock=self.clock)
        self.told: list[str] = []
        self.reserved = 0
        self.world = World(
            settings or Settings(), self.account, self.clock, changed=lambda mailbox: self.told.append(mailbox.name),
            reserve=self._reserve,
        )  # fmt: skip

    def _reserve(self) -> Callable[[], None] | None:
        if self.reserved:
            return None
        self.reserved += 1

        def release() -> None:
            self.reserved -= 1

        return release

    @property
    def inbox(self) -> MemoryMailbox:
        return self.account.open("INBOX")

    def add(self, text: bytes = b"Subject: x\r\n\r\nbody\r\n", flags: Iterable[bytes] = ()) -> int:
        draft = self.inbox.draft()
        draft.write(text)
        draft.finish()
        return self.inbox.append([(draft, flags)])[0]

    def flags(self, uid: int) -> bytes:
        return self.inbox.flags.text[self.inbox.state.flags[self.inbox.state.position(uid)]]

    def session(self, pieces: Iterable[Piece], *, hang: bool = False, modes: bytes = b"") -> tuple[Session, Io]:
        io = Io(pieces, self.clock, hang=hang)
        return Session(self.world, io, Client("user", "192.0.2.1", session="s"), b"", modes), io

    def talk(self, *pieces: Piece, hang: bool = False, modes: bytes = b"") -> bytes:
        """All that the server says after the +OK of the login."""
        self.last, self.io = self.session(pieces, hang=hang, modes=modes)
        self.last.run()
        greeting, _, rest = self.io.output.partition(b"\r\n")
        assert greeting == b"+OK Logged in.", greeting
        return rest

    def say(self, *lines: bytes, modes: bytes = b"") -> list[bytes]:
        """The answer's lines to commands, sent as one packet; the client then goes without QUIT."""
        out = self.talk(b"".join([line + b"\r\n" for line in lines]), modes=modes)
        assert out.endswith(b"\r\n"), out
        return out[:-2].split(b"\r\n")

    def whole(self, pieces: Iterable[Piece]) -> bytes:
        """A dialog from the greeting on."""
        io = Io(pieces, self.clock)
        about = login.About("pop3", secured=True)
        world = login.World(login.Settings("dbc.mtview.ca.us", apop=True), Auth(), self.clock, lambda: STAMP)
        result = Pop3Login(world, io, about).run()
        if result is not None:
            Session(self.world, io, Client(result.user), result.rest, result.tag).run()
        return io.output

    def other(self, command: bytes) -> None:
        """What another client does."""
        verb, *words = command.split(b" ")
        if verb == b"remove":
            self.inbox.remove([int(word) for word in words])
        elif verb == b"add":
            self.add()
        elif verb == b"flag":
            self.inbox.store([int(words[0])], "+", words[1:])
        else:
            raise AssertionError(command)


class Script:
    """A golden file, read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings: dict[str, object] = {}
        self.login = False
        self.messages: list[tuple[list[bytes], bytes]] = []
        self.groups: list[bytes | tuple[bytes]] = []
        self.expected = b""
        self.left: list[int] | None = None
        self.flagged: list[tuple[int, bytes]] = []
        self._last = "S"
        for raw in path.read_bytes().split(b"\n"):
            if raw and not raw.startswith(b"#"):
                self._line(raw[:2].decode("latin-1"), unescape(raw[2:] if raw[:1] == b"|" else raw[3:]))

    def _line(self, kind: str, text: bytes) -> None:
        if kind in ("C:", "R:"):
            data = text + (b"\r\n" if kind == "C:" else b"")
            if self._last == "C" and isinstance(self.groups[-1], bytes):
                self.groups[-1] += data
            else:
                self.groups.append(data)
            self._last = "C"
        elif kind == "O:":
            self.groups.append((text,))
            self._last = "O"
        elif kind in ("S:", "T:"):
            self.expected += text + (b"\r\n" if kind == "S:" else b"")
            self._last = "S"
        elif kind == "E:":
            self.left = [int(word) for word in text.split(b" ") if word]
        elif kind == "F:":
            uid, _, flags = text.partition(b" ")
            self.flagged.append((int(uid), flags))
        else:
            self._world(kind, text)

    def _world(self, kind: str, text: bytes) -> None:
        if kind == "K:":
            name, _, value = text.decode().partition("=")
            if name == "login":
                self.login = value == "yes"
            else:
                self.settings[name] = setting(name, value)
        elif kind == "M:":
            self.messages.append(([flag for flag in text.split(b" ") if flag], b""))
        elif kind[0] == "|":
            flags, body = self.messages[-1]
            self.messages[-1] = (flags, body + text + b"\r\n")
        else:
            raise AssertionError(f"{self.path.name}: unknown line {kind}")

    def run(self, cut: Callable[[int, bytes], list[bytes]]) -> None:
        """Run it with each group of client bytes cut by `cut(number, bytes)`."""
        lab = Lab(Settings(**self.settings))  # type: ignore[arg-type]
        for flags, body in self.messages:
            lab.add(body, flags)
        pieces: list[Piece] = []
        for number, group in enumerate(self.groups):
            if isinstance(group, bytes):
                pieces += cut(number, group)
            else:
                pieces.append(lambda command=group[0]: lab.other(command))
        output = lab.whole(pieces) if self.login else lab.talk(*pieces)
        assert output.split(b"\r\n") == self.expected.split(b"\r\n")
        if self.left is not None:
            assert list(lab.inbox.state.uids) == self.left
        for uid, flags in self.flagged:
            assert lab.flags(uid) == flags


def setting(name: str, value: str) -> object:
    """A value of Settings in the type that it has there."""
    old = getattr(Settings(), name)
    if name == "uidl":
        return Format.parse(value)
    if isinstance(old, frozenset):
        return frozenset(value.split(","))
    if isinstance(old, bytes):
        return value.encode()
    if isinstance(old, bool):
        return value == "yes"
    return type(old)(value)
