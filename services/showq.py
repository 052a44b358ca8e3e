"""NAME
    showq - the mail queue, listed

SYNOPSIS
    showq [generic daemon options]

DESCRIPTION
    Answers postqueue(1) and mailq(1): pages of the queue, each message with its size, arrival, sender, and the recipients
    that still wait with the reason why. It reads the queue and changes nothing. The queue manager is asked which
    messages are active; when it does not answer in time the listing comes without that mark.

PROTOCOL
    public/showq: `showq`: model.queuelist.ListQuery, ListPage.

SECURITY
    Anybody on the machine may ask. It takes no name, path or pattern from its client.

DIAGNOSTICS
    A queue that cannot be read ends the connection and is logged.

SEE ALSO
    postqueue(1), mailq(1), qmgr(8)
"""

import os

from pymaster.config.params.core import CoreParams
from pymaster.config.params.process import ProcessParams
from pymaster.config.params.qmgr import QmgrParams
from pymaster.dialog.authorized import VIEW, AuthorizedUsers, name_of
from pymaster.model.messages import Hello
from pymaster.model.queuelist import ActiveIds, ActiveQuery, ListPage, ListQuery
from pymaster.runtime.ask import Asker
from pymaster.runtime.offload import offload
from pymaster.server import records, rehearsal
from pymaster.server.service import Connection, Multi, run
from pymaster.store import listing
from pymaster.store.contract import QueueStore, StoreUnavailable
from pymaster.store.queue import Queue
from pymaster.tables.tableset import TableSet
from pymaster.util import log
from pymaster.util.errors import ConnectionLost

# Seconds that the queue manager may take to say what is active, and that its answer is good for.
PATIENCE, FRESH = 2.0, 1.0


class Showq(Multi):
    """showq(8)."""

    name = "showq"
    params = (CoreParams, ProcessParams, QmgrParams)
    store: QueueStore | None = None

    def warm(self) -> None:
        self.before_jail()
        self.store = rehearsal.committer().store
        self.start()
        self.asked = float("inf")
        rehearsal.converse(self.serve, lambda number: ListQuery())

    def before_jail(self) -> None:
        self.tables = TableSet(self.snapshot, offload=offload)
        self.viewers = AuthorizedUsers(self.snapshot, self.tables.open, VIEW)

    def start(self) -> None:
        self.active: frozenset[str] = frozenset()
        self.asked = float("-inf")
        self.open_store()

    def open_store(self) -> QueueStore | None:
        """The queue, once there is one: a fresh system has none before its first message."""
        if self.store is None:
            try:
                self.store = Queue.open("queue", readonly=True)
            except StoreUnavailable as exc:
                log.debug(str(exc))
        return self.store

    def serve(self, conn: Connection) -> None:
        uid = conn.peercred()[1]
        if uid != os.geteuid() and not self.viewers.allowed(uid):
            log.warning(f"user {name_of(uid)}({uid}) is not allowed to view the mail queue")
            return
        records.serve(conn, Hello("showq"), (ListQuery,), self.page, inline=True)

    def page(self, query: ListQuery) -> ListPage:
        """One page."""
        store = self.open_store()
        if store is None:
            return ListPage((), last=True)
        return listing.page(store, query, self.active_ids())

    def active_ids(self) -> frozenset[str]:
        """What is being delivered, as the queue manager said lately."""
        if self.clock.monotonic() - self.asked > FRESH:
            try:
                path = os.path.join("public", self.snapshot[QmgrParams].queue_service_name)
                with Asker(path, "queue", (ActiveIds,), PATIENCE) as asker:
                    self.active = frozenset(asker.ask(ActiveQuery(), ActiveIds).queue_ids)
            except (OSError, ConnectionLost) as exc:
                log.debug(f"the queue manager does not say what is active: {exc}")
                self.active = frozenset()
            self.asked = self.clock.monotonic()
        return self.active

    def stop(self) -> None:
        if self.store is not None:
            self.store.close()
        self.tables.close()


if __name__ == "__main__":
    run(Showq)
