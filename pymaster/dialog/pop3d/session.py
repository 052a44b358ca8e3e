"""session - one POP3 session after login, from the +OK of PASS to its end (RFC 1939 sections 5 and 6).

Works on INBOX as it was at login. Nothing is deleted before QUIT: a lost connection, a timeout or an end from our side
leaves every message where it is. Answers go out together when no whole command is left (PIPELINING, RFC 2449).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

from pymaster.dialog.pop3d import commands
from pymaster.dialog.pop3d.commands import SMALL, BadCommand, Refused
from pymaster.dialog.pop3d.handed import Client, Io, World
from pymaster.dialog.pop3d.maildrop import Maildrop
from pymaster.proto.pop3 import reply
from pymaster.proto.pop3.server import Command, Server, TooLong
from pymaster.store.mailbox.contract import Mailbox, MailboxError
from pymaster.store.mailbox.state import SEEN
from pymaster.util import log
from pymaster.util.errors import ConnectionLost, DeadlineExceeded, Woken

T = TypeVar("T")
# Bytes of output that are held before they are sent; bytes that a slow reader has `send_timeout` for, each time anew.
HELD, PIECE = 65536, 1 << 18
# Octets of a message that is read by one session at a time.
LARGE = 1 << 20
# Seconds of the hub that commands take before others go on.
TURN = 0.005


class Session:
    """One client whose user is known. Commands find all they need here."""

    def __init__(self, world: World, io: Io, client: Client, rest: bytes = b"", modes: bytes = b"") -> None:
        """`rest` is what the client had sent behind its login; `modes` what it had switched on before (`UTF8`)."""
        self.world, self.io, self.client, self.settings = world, io, client, world.settings
        self.core = Server()
        self.core.receive(rest)
        self.utf8 = b"UTF8" in modes.split(b" ")
        self.mailbox: Mailbox | None = None
        self.commands = commands.table(last=self.settings.enable_last)
        self.out: list[bytes] = []
        self.held = self.bad = 0
        self.over = False
        self.reason = "Logged out"
        self.turn_at = 0.0
        # For the log: what is there, messages and octets of RETR and TOP, messages that were removed.
        self.messages = self.octets = 0
        self.retr = self.retr_octets = self.top = self.top_octets = self.removed = 0

    # The loop.

    def run(self) -> None:
        """The whole session; a mailbox that cannot be opened is told to the client."""
        release: Callable[[], None] | None = None
        try:
            if self.settings.lock_session:
                release = self.world.reserve()
                if release is None:
                    self.refuse(b"Another POP3 session of this user is open.", reply.IN_USE, "Mailbox is in use")
                    return
            if self.open():
                self.write(reply.ok(b"Logged in."))
                self.loop()
        except DeadlineExceeded:
            self.reason = "Inactivity"
            self.farewell(reply.err(b"Disconnected for inactivity."))
        except ConnectionLost:
            self.reason = "Connection closed"
        finally:
            self.leave()
            if release is not None:
                release()
            self.log_end()

    def open(self) -> bool:
        """Open INBOX; False when that was refused."""
        try:
            mailbox = self.world.account.open("INBOX")
            self.mailbox = mailbox
            self.change(mailbox.refresh)
        except (MailboxError, OSError) as exc:
            text = exc.text if isinstance(exc, MailboxError) else str(exc.strerror)
            log.warning(f"{self.label}: INBOX cannot be opened: {text}")
            in_use = isinstance(exc, MailboxError) and exc.code in ("INUSE", "LIMIT")
            self.refuse(
                b"Mailbox is in use." if in_use else b"Mailbox cannot be opened now.",
                reply.IN_USE if in_use else reply.TEMPORARY,
                "Mailbox cannot be opened",
            )
            return False
        self.maildrop = Maildrop(mailbox, self.settings)
        self.messages, self.octets = len(self.maildrop), self.maildrop.whole
        # LAST of RFC 1460 counts what earlier sessions read.
        self.last = max(self.maildrop.old, default=0)
        return True

    def loop(self) -> None:
        """Commands until the end."""
        while not self.over:
            item = self.core.next()
            if item is None:
                self.fill()
            elif isinstance(item, TooLong):
                self.wrong(b"Command line too long.")
            else:
                self.execute(item)
        self.flush()

    def fill(self) -> None:
        """Send what there is and wait for more input."""
        self.flush()
        try:
            data = self.io.recv(self.world.clock.monotonic() + self.settings.timeout)
        except Woken:
            return  # somebody has news, which a snapshot does not want
        if not data:
            raise ConnectionLost
        self.core.receive(data)
        self.turn_at = time.monotonic() + TURN

    def execute(self, command: Command) -> None:
        """One command."""
        run = self.commands.get(command.verb)
        if run is None:
            self.wrong(b"Unknown command.")
            return
        try:
            run(self, command.words())
        except Refused as exc:
            self.write(reply.err(exc.text, exc.code))
        except BadCommand as exc:
            self.wrong(str(exc).encode("ascii"))
        else:
            self.bad = 0
        if time.monotonic() >= self.turn_at:
            self.world.sleep(0)
            self.turn_at = time.monotonic() + TURN

    def wrong(self, text: bytes) -> None:
        """A command that is none; too many are the end."""
        self.bad += 1
        if self.bad >= self.settings.bad_commands:
            self.end("Too many invalid commands")
            text = b"Too many invalid commands."
        self.write(reply.err(text))

    # What commands use.

    def write(self, data: bytes) -> None:
        """Add to the output; sent when much has gathered, else at the end of the batch."""
        if len(data) > PIECE:
            # A large message goes out as it is, not copied behind what waits.
            self.flush()
            self.send(data)
            return
        self.out.append(data)
        self.held += len(data)
        if self.held >= HELD:
            self.flush()

    def flush(self) -> None:
        """Send the output, waiting for a slow reader."""
        if self.out:
            data = b"".join(self.out)
            self.out.clear()
            self.held = 0
            self.send(data)

    def send(self, data: bytes) -> None:
        """Send at once; the timeout is for a reader that takes nothing, however long it needs for all."""
        view: bytes | memoryview = data if len(data) <= PIECE else memoryview(data)
        for at in range(0, len(data), PIECE):
            self.io.send(view[at : at + PIECE], self.world.clock.monotonic() + self.settings.send_timeout)

    def end(self, reason: str) -> None:
        """No further command."""
        self.over, self.reason = True, reason

    def refuse(self, text: bytes, code: bytes, reason: str) -> None:
        """There is no session to be had."""
        self.end(reason)
        self.write(reply.err(text, code))
        self.flush()

    def farewell(self, line: bytes) -> None:
        """A last word to a client that may not be listening."""
        try:
            self.io.send(line, self.world.clock.monotonic() + 1.0)
        except (ConnectionLost, DeadlineExceeded):
            return

    def change(self, function: Callable[..., T], *arguments: object) -> T:
        """A call that changes or refreshes the mailbox: in a thread, under its lock; other sessions are told."""
        mailbox = self.mailbox
        assert mailbox is not None
        before = mailbox.state
        try:
            with self.world.lock(mailbox):
                return self.world.run(function, *arguments)  # type: ignore[no-any-return]
        finally:
            if mailbox.state is not before:
                self.world.changed(mailbox)

    def fetch(self, number: int) -> bytes:
        """A message as it is stored. Raises Refused."""
        maildrop = self.maildrop
        mailbox, uid, size = maildrop.mailbox, maildrop.uids[number - 1], maildrop.sizes[number - 1]
        # A user's sessions that want the same large message at once shall not each read it.
        lock = self.world.lock(mailbox) if size > LARGE else nullcontext()
        try:
            with lock:
                message = mailbox.read(uid) if size <= SMALL else self.world.run(mailbox.read, uid)
        except (MailboxError, OSError) as exc:
            log.warning(f"{self.label}: message with UID {uid} cannot be read: {exc}")
            raise Refused(b"The message cannot be read now.", reply.TEMPORARY) from exc
        if message is None:
            raise Refused(b"The message is no longer there.")
        return message

    # The end.

    def update(self) -> bool:
        """The UPDATE state: remove what is marked, in one step; False when something marked is still there."""
        maildrop = self.maildrop
        going = [maildrop.uids[number - 1] for number in sorted(maildrop.deleted)]
        self.keep_seen()
        if not going:
            return True
        mailbox, flag = maildrop.mailbox, self.settings.deleted_flag
        try:
            if flag:
                self.change(mailbox.store, going, "+", [flag])
                hidden = mailbox.flags.having(flag)
            else:
                self.change(mailbox.remove, going)
                hidden = frozenset()
        except (MailboxError, OSError) as exc:
            log.warning(f"{self.label}: messages cannot be removed: {exc}")
            hidden = mailbox.flags.having(flag) if flag else frozenset()
        state = mailbox.state
        rows = [state.position(uid) for uid in going]
        left = sum([row >= 0 and state.flags[row] not in hidden for row in rows])
        self.removed = len(going) - left
        maildrop.deleted.clear()
        return not left

    def keep_seen(self) -> None:
        """Mark as read what was read, in one step and not where it is going to be deleted."""
        maildrop = self.maildrop
        numbers = sorted(maildrop.read - maildrop.deleted)
        maildrop.read.clear()
        if self.settings.no_flag_updates or not numbers or maildrop.mailbox.read_only:
            return
        try:
            self.change(maildrop.mailbox.store, [maildrop.uids[number - 1] for number in numbers], "+", [SEEN])
        except (MailboxError, OSError) as exc:
            log.warning(f"{self.label}: messages cannot be marked as read: {exc}")

    def leave(self) -> None:
        """However it ended: what was read stays read, what was marked for deletion stays."""
        if self.messages:
            self.maildrop.undelete()
            self.keep_seen()
        if self.mailbox is not None:
            mailbox, self.mailbox = self.mailbox, None
            mailbox.close()

    @property
    def label(self) -> str:
        """The session in a log line."""
        return f"pop3({self.client.user})<{self.client.session}>"

    def log_end(self) -> None:
        """The line that tells what it was."""
        log.info(
            f"{self.label}: Disconnected: {self.reason} top={self.top}/{self.top_octets}, "
            f"retr={self.retr}/{self.retr_octets}, del={self.removed}/{self.messages}, size={self.octets}",
            self.client.number,
        )
