"""postsuper - maintenance of the mail queue.

NAME
    postsuper - queue superintendent

SYNOPSIS
    postsuper [-psSv] [-c config_dir] [-d queue_id] [-e queue_id] [-f queue_id] [-h queue_id] [-H queue_id]
              [-r queue_id] [queue ...]

DESCRIPTION
    -d deletes a message, -h puts it on hold, -H releases it, -r has it tried again as if it were new, -e and -f force it
    to expire (-f also when it is on hold). A queue id of `-` reads ids from standard input, `ALL` means every message.
    Queue names (incoming, active, deferred, hold, corrupt) limit what is touched. -p drops what crashes left behind, -s and
    -S examine the queue's structure; they come first. It works while the mail system runs and while it is down.

SECURITY
    For the superuser and the owner of the queue; root's rights are given up before the queue is opened.

DIAGNOSTICS
    A line for each message that was named and a count for each kind of change, on standard error and in the mail log.

SEE ALSO
    postqueue(1), qmgr(8)
"""

from __future__ import annotations

import getopt
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from pymaster.commands import cmdlog, queueaccess
from pymaster.config.snapshot import Snapshot
from pymaster.model.greeting import Changed
from pymaster.model.queuelist import ActiveIds, ActiveQuery
from pymaster.runtime.ask import Asker
from pymaster.store import contract, fsck
from pymaster.store.contract import Admin, QueueFull
from pymaster.util import log
from pymaster.util.errors import ConfigError, ConnectionLost, Fatal

if TYPE_CHECKING:
    from pymaster.store.queue import Queue

LIVE = ("incoming", "active", "deferred", "hold")
KNOWN = (*LIVE, "corrupt", "maildrop", "bounce", "defer", "trace", "flush", "saved")
BATCH = 100
PATIENCE = 2.0
_SYNOPSIS = (
    "usage: postsuper [-c config_dir] [-d queue_id (delete)] [-e queue_id (expire)] [-f queue_id (expire and/or un-hold)] "
    "[-h queue_id (hold)] [-H queue_id (un-hold)] [-p (purge temporary files)] [-r queue_id (requeue)] "
    "[-s (structure fix)] [-S (redundant structure fix)] [-v (verbose)] [queue...]"
)
# option -> (verbs in order, what is said of a message, head of the summary, queues touched when none is named)
ACTIONS = {
    "-d": ((contract.DELETE,), "removed", "Deleted", LIVE),
    "-r": ((contract.REQUEUE,), "requeued", "Requeued", LIVE),
    "-h": ((contract.HOLD,), "placed on hold", "Placed on hold", LIVE[:3]),
    "-H": ((contract.RELEASE,), "released from hold", "Released from hold", LIVE[3:]),
    "-e": ((contract.EXPIRE,), "expired", "Force-expired", LIVE),
    "-f": ((contract.EXPIRE, contract.RELEASE), "expired", "Force-expired", LIVE),
}


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    log.setup(log.StderrSink("postsuper"), "postsuper")
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except (ConfigError, Fatal, QueueFull) as exc:
        log.fatal(str(exc))
        return 1


def _run(argv: list[str]) -> int:
    try:
        options, queues = getopt.getopt(argv, "c:d:e:f:h:H:pr:sSv")
    except getopt.GetoptError as exc:
        raise Fatal(_SYNOPSIS) from exc
    if sum(value == "-" for name, value in options if name in ACTIONS) > 1:
        raise Fatal("only one option may read queue ids from standard input")
    for name in queues:
        if name not in KNOWN:
            raise Fatal(f"invalid directory name: {name}")
    snapshot = queueaccess.load(dict(options).get("-c", ""))
    if not queueaccess.is_privileged(snapshot):
        raise Fatal("use of this command is reserved for the superuser")
    cmdlog.setup(snapshot, "postsuper", verbose=sum(name == "-v" for name, _ in options))
    names = [name for name, _ in options if name not in ("-c", "-v")] or ["-s", "-p"]
    manager = queueaccess.socket_of(snapshot, "queue_service_name")
    problems = _structure(snapshot, manager) if "-s" in names or "-S" in names else []
    queue = queueaccess.open_queue(snapshot, readonly=False)
    try:
        if "-s" in names or "-S" in names:
            problems += queue.verify()
        if "-p" in names:
            queue.collect(time.time())
        for text in problems:
            log.error(text)
        _change(queue, options, queues, manager)
    finally:
        queue.close()
    return 1 if problems else 0


def _structure(snapshot: Snapshot, manager: str) -> list[str]:
    """The file's own structure; only while nobody has it open."""
    try:
        Asker(manager, "queue", (), PATIENCE).close()
    except (OSError, ConnectionLost):
        return fsck.structure(queueaccess.home(snapshot))
    return []


def _change(queue: Queue, options: list[tuple[str, str]], queues: list[str], manager: str) -> None:
    """Carry out the verbs, in the order they were given; the summaries come last."""
    counts: dict[str, int] = {}
    for option, value in options:
        if option not in ACTIONS:
            continue
        work = Work(queue, option, tuple(queues), manager)
        if option == "-f":
            counts.setdefault("Released from hold", 0)
        count = work.all() if value == "ALL" else work.some(_from_stdin() if value == "-" else iter([value]))
        head = ACTIONS[option][2]
        counts[head] = counts.get(head, 0) + count
    for head in ("Requeued", "Deleted", "Force-expired", "Placed on hold", "Released from hold"):
        if head in counts:
            log.info(f"{head}: {counts[head]} message{'' if counts[head] == 1 else 's'}")


def _from_stdin() -> Iterator[str]:
    for line in sys.stdin:
        name = line.strip(" \t\r\n")
        if name:
            yield name


class Work:
    """One verb over many messages, in batches."""

    def __init__(self, queue: Queue, option: str, queues: tuple[str, ...], manager: str) -> None:
        self.queue, self.manager = queue, manager
        self.verbs, self.word, _, usual = ACTIONS[option]
        self.queues = queues or usual
        self.named = True
        self.active: frozenset[str] = frozenset()
        if ("active" in self.queues) != ("deferred" in self.queues):
            self.active = self._active()

    def all(self) -> int:
        """Every message of the queues; there may be many, so only their number is told."""
        count, after, self.named = 0, "", False
        if "corrupt" in self.queues and self.verbs == (contract.DELETE,):
            while ids := self.queue.corrupt(limit=BATCH):
                count += self._commit(ids)
        while page := self.queue.scan(after, BATCH):
            after = page[-1].envelope.queue_id
            count += self._commit(
                [s.envelope.queue_id for s in page if self._wanted(s.envelope.queue_id, s.state.queue)]
            )
        return count

    def some(self, ids: Iterable[str]) -> int:
        """The messages named."""
        count, waiting = 0, iter(ids)
        while batch := list(islice(waiting, BATCH)):
            wanted = []
            for queue_id in batch:
                if not (queue_id.isascii() and queue_id.isalnum() and len(queue_id) <= 64):
                    log.warning(f"invalid mail queue id: {queue_id}")
                elif self._is_here(queue_id):
                    wanted.append(queue_id)
            count += self._commit(wanted)
        return count

    def _is_here(self, queue_id: str) -> bool:
        try:
            stored = self.queue.load(queue_id)
        except contract.CorruptRow as exc:
            log.warning(f"{queue_id}: {exc}")
            return "corrupt" in self.queues
        if stored is None:
            return "corrupt" in self.queues
        return self._wanted(queue_id, stored.state.queue)

    def _wanted(self, queue_id: str, queue: str) -> bool:
        return ("active" if queue_id in self.active else queue) in self.queues

    def _active(self) -> frozenset[str]:
        try:
            with Asker(self.manager, "queue", (ActiveIds,), PATIENCE) as asker:
                return frozenset(asker.ask(ActiveQuery(), ActiveIds).queue_ids)
        except (OSError, ConnectionLost):
            return frozenset()  # the mail system is down: nothing is active

    def _commit(self, ids: list[str]) -> int:
        """Change these; how many were. A message that left meanwhile is not counted."""
        now = time.time()
        changed: dict[str, None] = {}
        for verb in self.verbs if ids else ():
            outcomes = self.queue.commit([Admin(queue_id, verb, now) for queue_id in ids])
            changed.update({i: None for i, o in zip(ids, outcomes, strict=True) if o.result == contract.DURABLE})
        while self.queue.sweep():
            continue
        for queue_id in changed if self.named else ():
            log.info(f"{queue_id}: {self.word}")
        if changed:
            self._tell(tuple(changed))
        return len(changed)

    def _tell(self, ids: tuple[str, ...]) -> None:
        """A hint to the queue manager; it finds out by itself if this is lost."""
        try:
            with Asker(self.manager, "queue", (), PATIENCE) as asker:
                asker.send(Changed(ids))
        except (OSError, ConnectionLost) as exc:
            log.debug(f"the queue manager was not told: {exc}")


if __name__ == "__main__":
    sys.exit(main())
