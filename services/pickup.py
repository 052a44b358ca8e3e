"""NAME
    pickup - takes mail of this machine's own users

DESCRIPTION
    Takes submissions of sendmail(1) on its socket, where the kernel tells whose they are, and those that waited in the
    maildrop folder while the mail system was down: at start, and whenever it is woken up. A file is removed when its
    message is committed; one that was cut short is set aside; one that is refused comes back to its sender as a
    notification, for sendmail could not say so any more.

PROTOCOL
    public/pickup: a submission (pymaster.proto.submission), answered by one line; or letters, that only wake it up.

DIAGNOSTICS
    `ID: uid=N from=<sender>` for each message.

SEE ALSO
    sendmail(1), postconf(5), Postfix's pickup(8)
"""

import os
import time

import gevent

from pymaster.config.params.cleanup import CleanupParams
from pymaster.config.params.core import CoreParams
from pymaster.config.params.process import ProcessParams
from pymaster.config.params.qmgr import QmgrParams
from pymaster.dialog.authorized import SUBMIT, AuthorizedUsers
from pymaster.dialog.pickup import BROKEN, BadSubmission, Desk, Submission
from pymaster.model import control
from pymaster.model.stored import NewMessage
from pymaster.proto.submission import END, MAGIC, attribute, content, recipient
from pymaster.rules.cleanup.pipeline import Cleanup
from pymaster.runtime.clients import QmgrHints
from pymaster.runtime.committer import Committer
from pymaster.runtime.offload import offload
from pymaster.runtime.stream import Stream
from pymaster.server import cleanup, rehearsal
from pymaster.server.service import Connection, Multi, run
from pymaster.store.contract import Outcome, StoreUnavailable
from pymaster.store.maildrop import Maildrop
from pymaster.store.queue import Queue
from pymaster.tables.tableset import TableSet
from pymaster.util import log
from pymaster.util.errors import LookupFailed

# Seconds that a client may let us wait for its next bytes, and that it waits for the commit.
PATIENCE, COMMIT = 60.0, 60.0
DENIED = "550 5.7.1 you are not allowed to submit mail"


class Pickup(Multi):
    """pickup(8)."""

    name = "pickup"
    params = (CoreParams, CleanupParams, QmgrParams)

    def warm(self) -> None:
        committer = rehearsal.committer()
        tables = TableSet(self.snapshot)
        self.pipeline = Cleanup(self.snapshot, tables.open, committer.mint, self.clock)
        self.submitters = AuthorizedUsers(self.snapshot, tables.open, SUBMIT)
        self.desk = Desk(self.snapshot, committer.stager, committer.insert, rehearsal.NOBODY.arrived)
        rehearsal.rounds(self.rehearse)

    def rehearse(self, number: int) -> None:
        """One submission, to nowhere."""
        job = Submission(self.desk, self.pipeline, 1, number=number + 1)
        job.feed(MAGIC + attribute(b"sender", b"a@example.com") + recipient(b"b@example.org"))
        job.feed(content(rehearsal.CONTENT) + END)
        job.finish()

    def before_jail(self) -> None:
        self.tables = TableSet(self.snapshot, offload=offload, renewing=True)
        self.pipeline = cleanup.pipeline(self.snapshot, self.mint, self.clock, offload=offload)
        self.lenient = cleanup.lenient(self.snapshot, self.mint, self.clock, offload=offload)
        self.submitters = AuthorizedUsers(self.snapshot, self.tables.open, SUBMIT)

    def mint(self) -> str:
        """A queue id."""
        return self.committer.mint()

    def start(self) -> None:
        directory = self.snapshot[CoreParams].queue_directory
        self.store = Queue.open(os.path.join(directory, "queue"), create=True)
        self.committer = Committer(
            self.store, long_ids=self.snapshot[QmgrParams].enable_long_queue_ids, mark=control.SLOT.writing
        )
        self.hints = QmgrHints()
        self.desk = Desk(self.snapshot, self.committer.stager, self.commit, self.hints.arrived)
        self.maildrop = Maildrop(os.path.join(directory, "maildrop"))
        self.scanning = self.again = False
        self.worked_at = float("-inf")
        gevent.spawn(self.scan)

    def commit(self, message: NewMessage) -> Outcome:
        """Make a message durable; raises QueueFull."""
        self.worked_at = self.clock.monotonic()
        return self.committer.insert(message, COMMIT)

    def serve(self, conn: Connection) -> None:
        stream = Stream(conn.raw)
        try:
            data = stream.recv(time.monotonic() + PATIENCE)
            if data and MAGIC.startswith(data[:1]):
                answer = self.submission(conn, stream, data)
                if answer:
                    stream.send(answer.encode("utf-8", "replace") + b"\n", time.monotonic() + PATIENCE)
            elif data:
                self.scan()
        finally:
            stream.close()

    def submission(self, conn: Connection, stream: Stream, data: bytes) -> str:
        """Read a submission; the answer, "" when the client went away before its end."""
        _, uid, _ = conn.peercred()
        try:
            if not self.submitters.allowed(uid):
                log.warning(f"uid={uid} is not allowed to submit mail", conn.number)
                return DENIED
            job = Submission(self.desk, self.pipeline, uid, number=conn.number)
        except LookupFailed as exc:
            log.warning(f"authorized_submit_users: {exc}", conn.number)
            return "451 4.3.0 Temporary lookup failure"
        try:
            while data and not job.done:
                job.feed(data)
                if not job.done:
                    data = stream.recv(time.monotonic() + PATIENCE)
            return job.finish() if job.done else ""
        except BadSubmission as exc:
            log.warning(f"uid={uid}: bad submission: {exc}", conn.number)
            return BROKEN
        except StoreUnavailable as exc:
            log.warning(f"uid={uid}: {exc}", conn.number)
            return "451 4.3.0 Error: queue file write error"
        finally:
            if not job.done:
                job.drop()

    def scan(self) -> None:
        """Take what lies in maildrop; a call while one is under way makes it look once more."""
        self.again = True
        if self.scanning:
            return
        self.scanning = True
        try:
            while self.again:
                self.again = False
                for name in self.maildrop.names():
                    self.pick(name)
        finally:
            self.scanning = False

    def pick(self, name: str) -> None:
        """One file."""
        answer = self.attempt(name, "")
        if answer.startswith("5") and answer != BROKEN:
            # sendmail promised its user that the mail is taken: the sender must hear of this.
            answer = self.attempt(name, answer.partition(" ")[2])
        if answer.startswith("250 "):
            self.maildrop.remove(name)
        elif answer.startswith("5"):
            self.maildrop.set_aside(name, answer)

    def attempt(self, name: str, bounce: str) -> str:
        """Run a file through the pipeline; the answer, "" when it cannot be read now."""
        job: Submission | None = None
        try:
            with self.maildrop.open(name) as (uid, blocks):
                job = Submission(self.desk, self.lenient if bounce else self.pipeline, uid, bounce=bounce)
                for block in blocks:
                    job.feed(block)
                    if job.done:
                        break
            if job.done:
                return job.finish()
            return BROKEN
        except BadSubmission:
            return BROKEN
        except (OSError, StoreUnavailable) as exc:
            log.warning(f"maildrop/{name}: {exc}")
            return ""
        finally:
            if job is not None and not job.done:
                job.drop()

    def spare(self) -> bool:
        """Every wakeup looks into a folder that is nearly always empty: no reason to stay."""
        rest = self.snapshot[ProcessParams].max_idle - (self.clock.monotonic() - self.worked_at)
        return not self.scanning and rest <= 0

    def stop(self) -> None:
        if hasattr(self, "committer"):
            self.hints.close()
            self.committer.close()
            self.store.close()
        self.tables.close()


if __name__ == "__main__":
    run(Pickup)
