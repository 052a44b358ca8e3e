"""authconn - one connection to authd: Dovecot's authentication protocol for its clients, and the master's questions.

Each AUTH runs in a greenlet of its own, so a client's requests do not wait for each other. Whoever may ask as master
(redeem tickets, look users up, empty the cache) is decided by the peer's uid, for both sides share one socket.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymaster.model.authtask import UNKNOWN
from pymaster.model.mailplace import MailPlace
from pymaster.rules.auth.dovecotproto import (
    MAJOR,
    BadLine,
    Line,
    Lines,
    base64_in,
    base64_out,
    build,
    greeting,
)
from pymaster.rules.auth.mechanism import MAX_WORD, Challenge, Facts, Passed, Refused, Step
from pymaster.rules.auth.mechanisms import MAKERS
from pymaster.runtime.stream import Stream
from pymaster.server.authservice import TEMP, Front, Login
from pymaster.util import log
from pymaster.util.errors import ConnectionLost, DeadlineExceeded
from pymaster.util.text import printable

# Authentications of one connection at once, and seconds that a client may think about a challenge.
MAX_OPEN, THINKING = 1000, 150.0
_LONG = 1e8


@dataclass(slots=True)
class Settings:
    """What all connections share: mechanisms to offer, our pid and host name."""

    mechanisms: list[bytes]
    pid: int
    host: str


@dataclass(slots=True)
class _Open:
    """One AUTH that waits for its client's next word (`busy` False) or is being looked at."""

    login: Login
    nologin: bool
    # The client can take a mechanism's last word with the OK; else it is one more challenge (Postfix, Exim).
    last_word: bool
    since: float
    busy: bool = True
    passed: bool = False


class Session:
    """One connection. `spawn` starts a greenlet; `master` says whether the peer may ask as master."""

    def __init__(
        self, front: Front, settings: Settings, sock: Any, number: int, spawn: Callable[..., Any], *, master: bool
    ) -> None:
        self.front, self.settings, self.spawn, self.master = front, settings, spawn, master
        self.stream = Stream(sock)
        self.raw = getattr(sock, "_sock", sock)
        self.number = number
        self.cookie = secrets.token_hex(16)
        self.pid = 0
        self.greeted = False
        self.open: dict[int, _Open] = {}
        # Answers under way, and whether the connection has asked as master.
        self.busy = 0
        self.asked = False

    def run(self) -> None:
        """Serve until the peer leaves or breaks the protocol."""
        self.write(greeting(self.settings.mechanisms, self.settings.pid, self.number, self.cookie))
        lines = Lines()
        try:
            while data := self.stream.recv(time.monotonic() + _LONG):
                for line in lines.feed(data):
                    self.execute(line)
        except BadLine as exc:
            log.warning(f"auth client: {exc}")
        except (ConnectionLost, DeadlineExceeded):
            return
        finally:
            self.open.clear()
            self.stream.close()

    def write(self, data: bytes) -> None:
        """Send at once; a peer that does not read is let go."""
        try:
            sent = self.raw.send(data)
        except OSError:
            sent = 0
        if sent < len(data):
            self.end()

    def end(self) -> None:
        """Have `run` come to its end."""
        try:
            self.raw.shutdown(2)
        except OSError:
            return  # it is over already

    def execute(self, line: Line) -> None:
        """One line of the peer; raises BadLine."""
        if line.verb == b"VERSION":
            if line.number != MAJOR:
                raise BadLine("version mismatch")
            self.greeted = True
            return
        if not self.greeted:
            raise BadLine("VERSION has to come first")
        run = _VERBS.get(line.verb)
        if run is None:
            # New minor versions may have words that we do not know.
            return
        if line.verb in _NUMBERED and line.number < 0:
            raise BadLine(f"{line.verb.decode()} without a number")
        run(self, line)

    # The client's side.

    def cpid(self, line: Line) -> None:
        """CPID: the client's own number, a part of its tickets."""
        if self.pid or line.number <= 0:
            raise BadLine("bad CPID")
        self.pid = line.number

    def auth(self, line: Line) -> None:
        """AUTH: begin."""
        name = line.words[0] if line.words else b""
        if not self.pid or line.number in self.open:
            raise BadLine("AUTH before CPID" if not self.pid else "AUTH with a number in use")
        method = printable(name, 40)
        secured = b"secured" in line.words or b"secured" in line.fields
        refused = self.refusal(name, line)
        if refused:
            self.fail(line.number, "", TEMP if refused == TEMP else "")
            log.info(f"auth refused rip={printable(line.text(b'rip', 60)) or '-'} method={method} reason={refused}")
            return
        facts = Facts(
            line.text(b"service", 40),
            line.text(b"rip", 60),
            secured,
            line.text(b"cbind-type", 40),
            base64_in(line.fields.get(b"cbind-data", b"")) or b"",
            line.text(b"cert_username") if b"valid-client-cert" in line.words else "",
            self.settings.host,
        )
        login = Login(MAKERS[name](facts), method, facts.service, facts.address, line.text(b"session", 60))
        initial = base64_in(line.fields[b"resp"]) if b"resp" in line.fields else None
        self.open[line.number] = _Open(
            login, b"nologin" in line.words, b"final-resp-ok" in line.words, time.monotonic()
        )
        if b"resp" in line.fields and (initial is None or len(initial) > MAX_WORD):
            self.advance(line.number, lambda: Refused("invalid base64", counts=False))
        else:
            self.advance(line.number, lambda: login.mechanism.start(initial))

    def refusal(self, name: bytes, line: Line) -> str:
        """Why an AUTH is not begun, "" when it is."""
        if name not in self.settings.mechanisms:
            return "unsupported mechanism"
        if len(self.open) >= MAX_OPEN:
            self.forget()
        return TEMP if len(self.open) >= MAX_OPEN else ""

    def forget(self) -> None:
        """Give up those whose client has thought for too long."""
        limit = time.monotonic() - THINKING
        for number, item in list(self.open.items()):
            if not item.busy and item.since < limit:
                del self.open[number]

    def cont(self, line: Line) -> None:
        """CONT: the client's next word."""
        item = self.open.get(line.number)
        if item is None or item.busy:
            self.fail(line.number, "", "")
            return
        text = line.words[0] if line.words else b""
        data = base64_in(text)
        item.busy, item.since = True, time.monotonic()
        if data is None or len(data) > MAX_WORD:
            self.advance(line.number, lambda: Refused("invalid base64", counts=False))
        elif item.passed:
            self.advance(line.number, Passed)
        else:
            self.advance(line.number, lambda: item.login.mechanism.respond(data))

    def cancel(self, line: Line) -> None:
        """CANCEL: nobody waits any more."""
        self.open.pop(line.number, None)

    def advance(self, number: int, step: Callable[[], Step]) -> None:
        """Take the next step, in a greenlet."""
        self.busy += 1
        self.spawn(self._advance, number, self.open[number], step)

    def _advance(self, number: int, item: _Open, step: Callable[[], Step]) -> None:
        try:
            result = self.front.run(item.login, step())
        except Exception as exc:
            log.error(f"{item.login.method}: unexpected {type(exc).__name__}")
            result, item.login.end = Refused("internal error"), TEMP
        finally:
            self.busy -= 1
        # Cancelled meanwhile, or the connection is over.
        if self.open.get(number) is not item:
            return
        if isinstance(result, Passed) and result.data is not None and not item.last_word:
            item.passed, result = True, Challenge(result.data)
        if isinstance(result, Challenge):
            item.busy, item.since = False, time.monotonic()
            self.write(build(b"CONT", number, base64_out(result.data)))
            return
        del self.open[number]
        if isinstance(result, Refused):
            self.fail(number, item.login.user, item.login.end, result.reason)
        else:
            self.succeed(number, item, result)

    def succeed(self, number: int, item: _Open, result: Passed) -> None:
        """OK, and a ticket unless the client wants none."""
        user = item.login.user
        if not item.nologin:
            self.front.tickets.give(self.pid, number, self.cookie, user, item.login.service)
        fields = [(b"user", user.encode())]
        if result.data is not None:
            fields.append((b"resp", base64_out(result.data)))
        self.write(build(b"OK", number, fields=fields))

    def fail(self, number: int, user: str, end: str, reason: str = "") -> None:
        """FAIL; only master's side is told why."""
        fields = [(b"user", user.encode("utf-8", "replace"))] if user else []
        words = [end.encode()] if end else []
        if end == TEMP:
            fields.append((b"code", b"temp_fail"))
        if self.master and reason:
            fields.append((b"reason", reason.encode("utf-8", "replace")))
        self.write(build(b"FAIL", number, *words, fields=fields))

    # The master's side.

    def request(self, line: Line) -> None:
        """REQUEST: who a ticket was given to."""
        words = [*line.words, b"", b"", b""]
        numbers = [int(word) if word.isdigit() and len(word) < 11 else -1 for word in words[:2]]
        admitted = self.front.tickets.redeem(numbers[0], numbers[1], words[2].decode("ascii", "replace"))
        if admitted is None:
            self.write(build(b"NOTFOUND", line.number))
        else:
            self.busy += 1
            self.spawn(self.tell, line.number, admitted.user, admitted.service)

    def user(self, line: Line) -> None:
        """USER: where a user's mail lies."""
        name = line.words[0].decode("utf-8", "replace") if line.words else ""
        self.busy += 1
        self.spawn(self.tell, line.number, name, line.text(b"service", 40))

    def tell(self, number: int, user: str, service: str) -> None:
        """USER, NOTFOUND or FAIL."""
        try:
            found = self.front.place(user, service)
        finally:
            self.busy -= 1
        if isinstance(found, MailPlace):
            self.write(build(b"USER", number, found.user.encode(), fields=place_fields(found)))
        else:
            self.write(build(b"NOTFOUND" if found == UNKNOWN else b"FAIL", number))

    def flush(self, line: Line) -> None:
        """CACHE-FLUSH: everything, or these users."""
        cache = self.front.cache
        names = [word.decode("utf-8", "replace") for word in line.words]
        count = sum(map(cache.forget, names)) if names else cache.flush()
        self.write(build(b"OK", line.number, b"%d" % count))

    def only_master(self, line: Line) -> None:
        """A question that needs rights."""
        if not self.master:
            raise BadLine(f"{line.verb.decode()} from a peer without rights")
        self.asked = True
        _MASTER[line.verb](self, line)


def place_fields(place: MailPlace) -> list[tuple[bytes, bytes]]:
    """The fields of a USER line: what Dovecot knows, and all of it in `place`."""
    mail = f"{place.format}:{place.folders}"
    if place.inbox != place.folders:
        mail += f":INBOX={place.inbox}"
    fields = [("uid", str(place.uid)), ("gid", str(place.gid)), ("home", place.home), ("mail", mail)]
    fields.append(("place", base64.b64encode(place.pack()).decode()))
    return [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in fields]


_MASTER: dict[bytes, Callable[[Session, Line], None]] = {
    b"REQUEST": Session.request,
    b"USER": Session.user,
    b"CACHE-FLUSH": Session.flush,
}
_VERBS: dict[bytes, Callable[[Session, Line], None]] = {
    b"CPID": Session.cpid,
    b"AUTH": Session.auth,
    b"CONT": Session.cont,
    b"CANCEL": Session.cancel,
    **dict.fromkeys(_MASTER, Session.only_master),
}
_NUMBERED = frozenset(_VERBS)
