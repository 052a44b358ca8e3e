"""standalone - SMTP on standard input and output for a program of this user (sendmail -bs).

The dialog is smtpd's, without access control: who speaks is a local user, who could submit the same mail another way.
Messages go the way of all local submissions (`commands.submit`), so nothing here needs a right.
"""

import os
import select
import time
from typing import cast

from pymaster.commands import submit
from pymaster.commands.submit import FolderDrop, Refused, SocketDrop
from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.dialog.smtpd.handed import Finished, Opening, World
from pymaster.dialog.smtpd.session import Session
from pymaster.dialog.smtpd.settings import Settings
from pymaster.model.envelope import Envelope, Recipient
from pymaster.model.stored import NewMessage
from pymaster.proto import submission
from pymaster.proto.smtp.reply import Reply
from pymaster.rules.access.facts import Actions, Facts
from pymaster.rules.access.stages import Access
from pymaster.util import log
from pymaster.util.errors import ConfigError, ConnectionLost, DeadlineExceeded

BLOCK = 65536
EX_OK, EX_CONFIG = 0, 78


class Everything:
    """Access rules that permit all (the stages of `rules.access.stages.Access`)."""

    @staticmethod
    def local_client(facts: Facts) -> bool:
        """The headers are completed as local mail's are."""
        return True

    @staticmethod
    def permit(facts: Facts) -> Reply | None:
        """No objection."""
        return None

    connect = helo = mail = recipient = data = end_of_data = etrn = permit


class Pipes:
    """Standard input and output as a session's stream."""

    def recv(self, deadline: float) -> bytes:
        """The next bytes, b"" at the end. Raises DeadlineExceeded."""
        if not select.select([0], [], [], max(deadline - time.monotonic(), 0))[0]:
            raise DeadlineExceeded
        return os.read(0, BLOCK)

    def send(self, data: bytes | memoryview, deadline: float) -> None:
        """Send all. Raises ConnectionLost."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(1, view) :]
        except OSError as exc:
            raise ConnectionLost from exc

    def pending(self) -> bool:
        """Whether unread bytes have arrived."""
        return bool(select.select([0], [], [], 0)[0])


class Dropped:
    """One message of the session on its way into the mail system; begun when its first recipient is accepted."""

    def __init__(self, queue_directory: str, opening: Opening) -> None:
        self._queue_directory, self._opening = queue_directory, opening
        self._recipients: list[Recipient] = []
        self._drop: SocketDrop | FolderDrop | None = None
        self._refusal: tuple[int, str, str] | None = None
        # The real id is pickup's to give, perhaps tomorrow.
        self.queue_id = f"{time.time_ns() // 1000:X}"

    def recipient(self, recipient: Recipient) -> None:
        """Add a recipient as the client gave it."""
        self._recipients.append(recipient)

    def begin(self, actions: Actions) -> None:
        """The content follows."""
        opening = self._opening
        head = submission.MAGIC + submission.attribute(b"sender", opening.sender)
        head += submission.attribute(b"encoding", opening.encoding.encode())
        if opening.ret:
            head += submission.attribute(b"ret", b"%d" % opening.ret)
        if opening.envid:
            head += submission.attribute(b"envid", opening.envid)
        for item in self._recipients:
            head += submission.recipient(item.orig_to or item.address, item.notify, item.orcpt)
        try:
            self._drop = submit.begin(self._queue_directory)
        except Refused as exc:
            self._refuse(str(exc))
        self._put(head)

    def _put(self, data: bytes) -> None:
        if self._drop is None or self._refusal is not None:
            return
        try:
            self._drop.write(data)
        except OSError as exc:
            self._refuse(exc.strerror or "cannot submit")

    def _refuse(self, text: str) -> None:
        log.warning(text)
        self._refusal = (451, "4.3.0", "Error: queue file write error")

    def write(self, block: bytes) -> None:
        """Content with LF line ends."""
        self._put(submission.content(block))

    def finish(self, actions: Actions) -> Finished:
        """The end of the content; `Finished()` says that others have it."""
        self._put(submission.END)
        if self._drop is not None and self._refusal is None:
            drop, self._drop = self._drop, None
            try:
                drop.finish()
                return Finished()
            except Refused as exc:
                code = 451 if exc.status == submit.EX_TEMPFAIL else 550
                dsn, _, text = str(exc).partition(" ")
                self._refusal = (code, dsn, text) if dsn[:2] in ("4.", "5.") else (code, "4.3.0", str(exc))
            except OSError as exc:
                self._refuse(exc.strerror or "cannot submit")
        return Finished(refusal=self._refusal)

    def abandon(self) -> None:
        """Forget it."""
        if self._drop is not None:
            self._drop.abandon()
            self._drop = None


def _no_commit(message: NewMessage, seconds: float) -> str:
    return "refused"


def _no_hint(queue_id: str, envelope: Envelope) -> None:
    """The submission's own way tells qmgr."""


def main(config_directory: str) -> int:
    """One session; returns the exit status."""
    log.setup(log.MemorySink(), "sendmail")
    try:
        # A program may write its whole dialog at once: there is no stranger on this line.
        snapshot = Snapshot.load(config_directory, {"smtpd_forbid_unauth_pipelining": "no"})
        queue_directory = snapshot[CoreParams].queue_directory
        settings = Settings(snapshot)
    except ConfigError as exc:
        os.write(2, f"sendmail: fatal: {exc}\n".encode("utf-8", "replace"))
        return EX_CONFIG
    world = World(
        settings,
        cast(Access, Everything()),
        lambda opening, number: Dropped(queue_directory, opening),
        _no_commit,
        _no_hint,
        time.sleep,
    )
    Session(world, Pipes(), Facts(port="0")).run()
    return EX_OK
