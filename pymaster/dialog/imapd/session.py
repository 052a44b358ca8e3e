"""session - one IMAP session after login, from the tagged OK of LOGIN to BYE (RFC 3501, RFC 9051).

The loop asks the line protocol for commands, lets the command's own file answer it, and sends everything at once when no
whole command is left. What a command means is in `cmd`; waits, limits, untagged news and the log are here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pymaster.dialog.imapd import answer, verbs
from pymaster.dialog.imapd.answer import Answer
from pymaster.dialog.imapd.handed import Client, Io, Woken, World
from pymaster.dialog.imapd.selected import Selected
from pymaster.dialog.imapd.uploading import Uploading
from pymaster.dialog.imapd.verbs import ALL, SELECTED, SILENT, Verb
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.server import AFTER_LOGIN, Command, Fault, Server
from pymaster.store.mailbox.contract import Mailbox, MailboxError
from pymaster.util import log
from pymaster.util.errors import ConnectionLost, DeadlineExceeded

if TYPE_CHECKING:
    from pymaster.dialog.imapd.notifier import Notifier

T = TypeVar("T")
# Bytes of output that are held before they are sent in the middle of a command.
HELD = 65536
# Bytes of one send.
PIECE = 262144
# Seconds of the hub that a loop takes before it lets others go on; seconds between two signs of progress.
TURN, PROGRESS = 0.005, 5.0


class Session(Uploading):
    """One client whose user is known. Commands find all they need here."""

    def __init__(self, world: World, io: Io, client: Client, rest: bytes = b"") -> None:
        """`rest` is what the client had sent behind its login command."""
        self.world, self.io, self.client = world, io, client
        self.settings, self.account = world.settings, world.account
        self.verbs = verbs.table()
        self.core = Server(AFTER_LOGIN, verbs.streamed())
        self.core.receive(rest)
        self.selected: Selected | None = None
        # Upper-case names of what ENABLE switched on: CONDSTORE, QRESYNC, UTF8=ACCEPT, IMAP4REV2.
        self.enabled: set[bytes] = set()
        # What commands keep from one to the next (NOTIFY, CONTEXT): called with this session after each command and when woken.
        self.tellers: list[Callable[[], None]] = []
        self.closers: list[Callable[[], None]] = []
        self.out: list[bytes] = []
        self.held = self.bad = 0
        self.over = False
        # NOTIFY: what watches for it; whether news of the selected mailbox, and of flags there, are wanted; what may be
        # told while no command runs (SILENT, FLAGS, ALL).
        self.notifier: Notifier | None = None
        self.news_wanted = self.flags_wanted = True
        self.unasked = SILENT
        # Somebody called `wake`, and nothing was told since; when the client was last heard of.
        self.woken = False
        self.heard = world.clock.monotonic()
        self.reason = "Logged out"
        self.received = self.sent = 0
        self.turn_at = self.progress_at = 0.0
        # The command that is being read: its tag, its latest line piece, whether the end of a line is still to come.
        self.tag, self.cursor, self.owed = b"*", Cursor([b""], []), False

    # The loop.

    def run(self, login_tag: bytes) -> None:
        """The whole session. `login_tag` is the tag of LOGIN or AUTHENTICATE, whose OK the client still waits for."""
        try:
            self.write(b"%s OK [CAPABILITY %s] Logged in\r\n" % (login_tag, self.capabilities()))
            while not self.over:
                item = self.core.next()
                self.take_continuations()
                if item is None:
                    self.fill()
                elif isinstance(item, Fault):
                    self.fault(item)
                else:
                    self.execute(item)
                self.pause()
            self.flush()
        except DeadlineExceeded:
            self.reason = "Inactivity"
            self.farewell(b"* BYE Disconnected for inactivity.\r\n")
        except ConnectionLost:
            self.reason = "Connection closed"
        finally:
            self.close_mailbox()
            for closer in list(self.closers):
                closer()
            log.info(
                f"imap({self.client.user})<{self.client.session}>: Disconnected: {self.reason} "
                f"in={self.received} out={self.sent}",
                self.client.number,
            )

    def fill(self) -> None:
        """Send what there is and wait for more input; between commands, say what may be said unasked."""
        if self.notifier is not None:
            self.notifier.follow_selected()
        if self.woken and self.core.idle and (self.tellers or self.unasked != SILENT):
            # Without NOTIFY an EXPUNGE has to wait for a command (RFC 3501 section 7.4.1).
            self.tell(expunges=self.unasked == ALL)
            if self.over:
                return
        self.flush()
        try:
            self.core.receive(self.read(self.heard + self.settings.idle_timeout - self.world.clock.monotonic()))
        except Woken:
            self.woken = True

    def read(self, timeout: float) -> bytes:
        """More input; raises ConnectionLost at its end, DeadlineExceeded, Woken."""
        data = self.io.recv(self.world.clock.monotonic() + timeout)
        if not data:
            raise ConnectionLost
        self.received += len(data)
        self.turn_at = time.monotonic() + TURN
        self.heard = self.world.clock.monotonic()
        return data

    def fault(self, fault: Fault) -> None:
        """Something that was no command."""
        self.write(b"%s %s %s\r\n" % (fault.tag, fault.word, fault.text))
        if fault.fatal:
            self.end("Protocol error")
        elif fault.word == b"BAD":
            self.count_bad()

    def count_bad(self) -> None:
        """One more error of syntax; too many are the end."""
        self.bad += 1
        if self.bad >= self.settings.bad_commands:
            self.write(b"* BYE Too many invalid IMAP commands.\r\n")
            self.end("Too many invalid commands")

    def execute(self, command: Command) -> None:
        """One command."""
        self.tag, self.cursor, self.owed = command.tag, command.args, False
        self.progress_at = self.world.clock.monotonic() + PROGRESS
        command.args.utf8 = self.utf8
        verb = self.verbs.get(command.name)
        if verb is None or (verb.state == SELECTED and self.selected is None):
            self.drop_literals()
            text = b"No mailbox selected." if verb else b"Unknown command."
            self.finish(command, None, answer.bad(text))
            return
        try:
            done = verb.run(self, command)
        except BadSyntax as exc:
            self.drop_literals()
            done = answer.bad(str(exc).encode("ascii", "replace"))
        except MailboxError as exc:
            self.drop_literals()
            done = answer.refusal(exc)
        self.finish(command, verb, done)

    def finish(self, command: Command, verb: Verb | None, done: Answer | None) -> None:
        """News, then the tagged answer."""
        self.heard = self.world.clock.monotonic()
        if verb is not None and verb.tells != SILENT and not self.over:
            self.tell(expunges=verb.tells == ALL)
        if done is not None:
            self.write(done.line(command.tag))
            if done.word == b"BAD":
                self.count_bad()
            elif verb is not None:
                self.bad = 0

    def tell(self, *, expunges: bool = True) -> None:
        """Say what changed in the selected mailbox, and what NOTIFY or CONTEXT watch for."""
        self.woken = False
        # News may be told while no command runs, whose progress it would be.
        self.progress_at = self.world.clock.monotonic() + PROGRESS
        if self.selected is not None:
            self.refresh()
        if self.selected is not None and self.news_wanted:
            for line in self.selected.news(expunges=expunges, flags=self.flags_wanted):
                self.write(line)
            # An EXPUNGE that had to wait for the end of a command is told before the next wait.
            self.woken = self.unasked == ALL and self.selected.behind()
        for teller in list(self.tellers):
            teller()

    def refresh(self) -> None:
        """Have the store look at the selected mailbox; a mailbox that is gone ends the session."""
        selected = self.selected
        assert selected is not None
        try:
            self.look(selected.mailbox)
        except MailboxError:
            self.close_mailbox()
            self.write(b"* BYE Selected mailbox is gone, have to disconnect.\r\n")
            self.end("Mailbox is gone")

    # What commands use.

    @property
    def utf8(self) -> bool:
        """Whether names and headers may go out as UTF-8 (RFC 9755, RFC 9051)."""
        return b"UTF8=ACCEPT" in self.enabled or self.rev2

    @property
    def patience(self) -> float:
        """Seconds that a client may be silent."""
        return self.settings.idle_timeout

    @property
    def rev2(self) -> bool:
        """Whether the client enabled IMAP4rev2."""
        return b"IMAP4REV2" in self.enabled

    @property
    def condstore(self) -> bool:
        """Whether MODSEQ goes into every FETCH from now on."""
        return b"CONDSTORE" in self.enabled or b"QRESYNC" in self.enabled

    def capabilities(self) -> bytes:
        """The capability list after login."""
        extra = (b"APPENDLIMIT=%d" % self.settings.append_limit,) if self.settings.append_limit else ()
        return verbs.capabilities(self.settings.disabled, extra)

    def write(self, data: bytes) -> None:
        """Add to the output; sent when much has gathered, else at the end of the batch."""
        if len(data) > PIECE:
            # A large message goes out as it is: not copied behind what waits, however many sessions send it.
            self.flush()
            self.send(data)
            return
        self.out.append(data)
        self.held += len(data)
        if self.held >= HELD:
            self.flush()

    def take_continuations(self) -> None:
        """What the line protocol asks the client for goes out in its place, before the answer to what came of it."""
        if self.core.out:
            self.out += self.core.out
            self.core.out.clear()

    def flush(self) -> None:
        """Send the output, waiting for a slow reader."""
        self.take_continuations()
        if self.out:
            data = b"".join(self.out)
            self.out.clear()
            self.held = 0
            self.send(data)

    def send(self, data: bytes) -> None:
        """Send at once; a slow reader gets a new deadline with every piece that it takes."""
        self.sent += len(data)
        view = memoryview(data)
        for at in range(0, len(view), PIECE):
            self.io.send(view[at : at + PIECE], self.world.clock.monotonic() + self.settings.send_timeout)

    def end(self, reason: str) -> None:
        """No further command."""
        self.over, self.reason = True, reason

    def farewell(self, line: bytes) -> None:
        """A last word to a client that may not be listening."""
        try:
            self.io.send(line, self.world.clock.monotonic() + 1.0)
        except (ConnectionLost, DeadlineExceeded):
            return

    def open(self, name: str) -> Mailbox:
        """A mailbox, to be closed again; the first look may read all of it, so in a thread. Raises MailboxError."""
        if self.account.opened(name):
            return self.account.open(name)
        mailbox: Mailbox = self.world.run(self.account.open, name)
        return mailbox

    def look(self, mailbox: Mailbox) -> None:
        """Have the store look at the disk, in a thread if that may take long. Raises MailboxError."""
        self.perform(mailbox, mailbox.refresh, heavy=mailbox.stale())

    def perform(self, mailbox: Mailbox, function: Callable[..., T], *arguments: Any, heavy: bool = True) -> T:
        """A call that changes a mailbox, under its lock; `heavy`: in a thread. Other sessions are told of a new state."""
        before = mailbox.state
        try:
            with self.world.lock(mailbox):
                return self.world.run(function, *arguments) if heavy else function(*arguments)
        finally:
            if mailbox.state is not before:
                self.world.changed(mailbox)

    def breathe(self, done: int = 0, total: int = 0) -> None:
        """Called now and then in a long loop: lets other sessions go on, and tells the client that we live (RFC 9585)."""
        if not self.pause():
            return
        now = self.world.clock.monotonic()
        if now >= self.progress_at:
            self.progress_at = now + PROGRESS
            state = b"(%s %s %s)" % (
                quoted(self.tag),
                b"%d" % done if total else b"NIL",
                b"%d" % total if total else b"NIL",
            )
            self.write(b"* OK [INPROGRESS %s] Still here\r\n" % state)
            self.flush()

    def pause(self) -> bool:
        """Let others go on if they have waited for long; whether they had."""
        if time.monotonic() < self.turn_at:
            return False
        self.world.sleep(0)
        self.turn_at = time.monotonic() + TURN
        return True

    def notify_with(self, notifier: Notifier) -> None:
        """Have NOTIFY's news told from now on."""
        self.notifier = notifier
        self.tellers.append(notifier.tell)
        self.closers.append(notifier.close)

    def stop_notifying(self) -> None:
        """What NOTIFY NONE says: no news of anything, also not of the selected mailbox."""
        self.news_wanted, self.flags_wanted, self.unasked = False, True, SILENT
        if self.notifier is not None:
            notifier, self.notifier = self.notifier, None
            self.tellers.remove(notifier.tell)
            self.closers.remove(notifier.close)
            notifier.close()

    def tree_changed(self) -> None:
        """This session changed mailbox names or subscriptions."""
        if self.notifier is not None:
            self.notifier.rebase()

    def close_mailbox(self) -> None:
        """Leave the selected mailbox."""
        if self.selected is not None:
            selected, self.selected = self.selected, None
            selected.mailbox.close()

    @contextmanager
    def following(self, mailbox: Mailbox) -> Iterator[None]:
        """While this lasts, a change of the mailbox by anybody wakes the session's reader."""
        unwatch = self.world.watch(mailbox.watched(), self.io.wake)
        unfollow = self.world.follow(mailbox, self.io.wake)
        try:
            yield
        finally:
            unwatch()
            unfollow()


def quoted(text: bytes) -> bytes:
    """A quoted string; only for text without line ends."""
    return b'"%s"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
