"""virtual - delivery to mailboxes that tables name: no users of this machine, no aliases, no commands (virtual(8)).

A table gives the path below virtual_mailbox_base, two others the numeric uid and gid. Requests come in batches, and all
Maildir messages of a batch with the same uid are made durable together.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.params.virtual import VirtualParams
from pymaster.config.snapshot import Snapshot
from pymaster.deliver import content, files, mailfile, report, rights
from pymaster.model.envelope import VERIFY_ONLY, Recipient
from pymaster.model.lookup import OpenMaps
from pymaster.model.messages import DeliveryReport, DeliveryRequest
from pymaster.model.status import Status, bounced, deferred, sent
from pymaster.rules.mailboxpaths import BadTarget, Target, VirtualMailboxes
from pymaster.store import maildir, mbox, mboxlock, safeopen
from pymaster.store.mboxjournal import Journal
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable

RELAY = "virtual"


@dataclass(slots=True)
class _Work:
    """A request under way: outcomes by position; `head` and the message's blocks are made when they are needed."""

    request: DeliveryRequest
    statuses: list[Status | None]


@dataclass(slots=True)
class _Post:
    """One recipient's message for a Maildir, waiting for its batch."""

    work: _Work
    position: int
    item: maildir.Item


class _Again:
    """A message's blocks for every reading; what fits in one block is read once."""

    __slots__ = ("_chunks", "_queue_id", "_single")

    def __init__(self, chunks: Callable[[str], Iterator[bytes]], queue_id: str) -> None:
        self._chunks, self._queue_id = chunks, queue_id
        self._single: bytes | None = None

    def __call__(self) -> Iterable[bytes]:
        if self._single is not None:
            return (self._single,)
        blocks = self._chunks(self._queue_id)
        first = next(blocks, b"")
        second = next(blocks, None)
        if second is None:
            self._single = first
            return (first,)
        return _chain(first, second, blocks)


def _chain(first: bytes, second: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from rest


@dataclass(slots=True)
class Virtual:
    """The agent. `chunks(queue_id)` gives a message's blocks and raises OSError when they cannot be had."""

    snapshot: Snapshot
    chunks: Callable[[str], Iterator[bytes]]
    open_maps: OpenMaps
    clock: Clock = SYSTEM
    journal: Journal | None = None
    _maildirs: maildir.Maildirs = field(init=False)
    _boxes: VirtualMailboxes = field(init=False)
    _locking: mboxlock.Locking = field(init=False)
    _virtual: VirtualParams = field(init=False)
    _core: CoreParams = field(init=False)

    def __post_init__(self) -> None:
        self._virtual, self._core = self.snapshot[VirtualParams], self.snapshot[CoreParams]
        local = self.snapshot[LocalParams]
        self._maildirs = maildir.Maildirs(self._core.myhostname, self.clock)
        self._boxes = VirtualMailboxes(self.snapshot, self.open_maps)
        self._locking = files.locking(self._virtual.virtual_mailbox_lock, local, "virtual_mailbox_lock")

    def deliver(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryReport]:
        """Deliver a batch; a report for each request, in order."""
        works = [_Work(request, [None] * len(request.envelope.recipients)) for request in requests]
        batches: dict[tuple[int, int], list[_Post]] = {}
        for work in works:
            blocks = _Again(self.chunks, work.request.envelope.queue_id)
            for position, recipient in enumerate(work.request.envelope.recipients):
                work.statuses[position] = self._one(work, position, recipient, blocks, batches)
        for (uid, gid), posts in batches.items():
            self._post(uid, gid, posts)
        return [self._finish(work) for work in works]

    def close(self) -> None:
        """Give the open folders back."""
        self._maildirs.close()

    def _one(
        self,
        work: _Work,
        position: int,
        recipient: Recipient,
        blocks: _Again,
        batches: dict[tuple[int, int], list[_Post]],
    ) -> Status | None:
        """One recipient's fate, or None when the message waits in `batches`."""
        try:
            target = self._target(recipient.address)
        except LookupFailed:
            return deferred("mail system configuration error", "4.3.5", RELAY)
        if isinstance(target, Status):
            return target
        kind = "maildir" if target.path.endswith("/") else "mailbox"
        envelope = work.request.envelope
        if envelope.flags & VERIFY_ONLY:
            return sent(f"delivers to {kind}", relay=RELAY)
        head = mailfile.head(envelope.sender, recipient.orig_to, recipient.address)
        number = work.request.indexes[position]
        limit = self._virtual.virtual_mailbox_limit
        if kind == "mailbox":
            return self._append(work.request, number, target, head, blocks)
        item = maildir.Item(
            target.path, envelope.queue_id, number, envelope.arrival, partial(_with_head, head, blocks), limit
        )
        batches.setdefault((target.uid, target.gid), []).append(_Post(work, position, item))
        return None

    def _target(self, address: bytes) -> Target | Status:
        """Where mail for an address goes; raises LookupFailed."""
        try:
            target = self._boxes.find(address)
        except BadTarget as error:
            log.warning(f"recipient {printable(address)}: {error}")
            return deferred("mail system configuration error", "4.3.5", RELAY)
        return target or bounced(f'unknown user: "{printable(address)}"', "5.1.1", RELAY)

    def _append(self, request: DeliveryRequest, number: int, target: Target, head: bytes, blocks: _Again) -> Status:
        """Append to an mbox, as its user."""
        envelope = request.envelope
        strict = self.snapshot[LocalParams].strict_mailbox_ownership
        box = mbox.Mailbox(
            target.path,
            self._locking,
            owner=target.uid if strict else None,
            limit=self._virtual.virtual_mailbox_limit,
        )
        try:
            with rights.acting(target.uid, target.gid):
                made = mailfile.mbox(mailfile.from_line(envelope.sender, self.clock.now()), head, blocks())
                safeopen.make_directories(os.path.dirname(target.path))
                mbox.append(box, f"{envelope.queue_id}/{number}", made, self.journal)
        except rights.NotPermitted as error:
            return deferred(str(error), "4.3.5", RELAY)
        except report.FILE_TROUBLE as error:
            return report.trouble(error, f"delivery failed to mailbox {target.path}: ", RELAY)
        return sent("delivered to mailbox", relay=RELAY)

    def _post(self, uid: int, gid: int, posts: list[_Post]) -> None:
        """Deliver one user's Maildir messages together."""
        try:
            with rights.acting(uid, gid):
                placed = self._maildirs.deliver([post.item for post in posts])
        except rights.NotPermitted as error:
            for post in posts:
                post.work.statuses[post.position] = deferred(str(error), "4.3.5", RELAY)
            return
        for post, result in zip(posts, placed, strict=True):
            post.work.statuses[post.position] = self._placed(post, result)

    def _placed(self, post: _Post, result: maildir.Placed) -> Status:
        error = result.error
        if error is None:
            return sent("delivered to maildir", relay=RELAY)
        return report.trouble(error, f"maildir delivery failed: create maildir file in {post.item.directory}: ", RELAY)

    def _finish(self, work: _Work) -> DeliveryReport:
        request, now = work.request, self.clock.now()
        statuses = tuple([status or deferred("not attempted", "4.3.0", RELAY) for status in work.statuses])
        for recipient, status in zip(request.envelope.recipients, statuses, strict=True):
            report.delivered(request, recipient.address, recipient.orig_to, status, now)
        return DeliveryReport(request.request, statuses)


def _with_head(head: bytes, blocks: _Again) -> Iterator[bytes]:
    return content.with_head(head, blocks())
