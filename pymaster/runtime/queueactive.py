"""queueactive - one message that the queue manager has taken up: what is under way, and what became of it so far.

Outcomes of deliveries that succeeded or are to be tried again are committed as they come in; failures wait in memory
for the end of the attempt, because they are committed together with the notification that tells of them.
"""

from dataclasses import replace

from pymaster.model.envelope import NOTIFY_SUCCESS, TRACE, VERIFY_ONLY, Envelope, Recipient
from pymaster.model.messages import DeliveryRequest
from pymaster.model.status import BOUNCED, DEFERRED, PASSED_ON, Status
from pymaster.model.stored import INCOMING, NewMessage, RecipientState, State
from pymaster.rules.schedule.parts import Entry
from pymaster.rules.schedule.scheduler import Routed


class ActiveMessage:
    """A message during one attempt. `since` is when it was taken up (wall seconds), `entries` what is not reported yet.

    `moved` has the addresses that resolving changed; `sent` those successes of which the sender wants to be told;
    `results` what may be committed at once; `traced` the outcomes of which the sender wants to be told whatever they are; `dropped` is set when an administrator took the message away.
    """

    __slots__ = (
        "bounced", "children", "deferred", "dropped", "entries", "envelope", "moved", "results", "sent", "since", "state",
        "todo", "traced",
    )  # fmt: skip

    def __init__(self, envelope: Envelope, state: State | None, todo: list[int], since: float) -> None:
        self.envelope, self.todo, self.since = envelope, todo, since
        self.state = state or State(INCOMING, envelope.arrival)
        self.entries: set[Entry] = set()
        self.moved: dict[int, bytes] = {}
        self.bounced: dict[int, Status] = {}
        self.deferred: dict[int, Status] = {}
        self.sent: dict[int, Status] = {}
        self.traced: dict[int, Status] = {}
        self.results: list[RecipientState] = []
        self.children: list[NewMessage] = []
        self.dropped = False

    @property
    def queue_id(self) -> str:
        """The message's queue id."""
        return self.envelope.queue_id

    def routed(self, routes: list[Routed]) -> None:
        """Remember the addresses that resolving changed."""
        recipients = self.envelope.recipients
        for route in routes:
            if route.address != recipients[route.index].address:
                self.moved[route.index] = route.address

    def recipient(self, index: int) -> Recipient:
        """A recipient as it is delivered to."""
        given = self.envelope.recipients[index]
        address = self.moved.get(index)
        if address is None:
            return given
        return Recipient(address, given.orig_to or given.address, given.notify, given.orcpt)

    def request(self, entry: Entry, now: float) -> DeliveryRequest:
        """The request for an entry; its number is set by whoever sends it."""
        indexes, envelope = entry.indexes, self.envelope
        if self.moved or len(indexes) != len(envelope.recipients):
            envelope = replace(envelope, recipients=tuple([self.recipient(n) for n in indexes]))
        return DeliveryRequest(0, entry.nexthop, envelope, tuple(indexes), self.since, now)

    def take(self, indexes: list[int], statuses: tuple[Status, ...], children: tuple[NewMessage, ...] = ()) -> None:
        """Take up the outcomes of a delivery."""
        recipients, flags = self.envelope.recipients, self.envelope.flags
        if flags & VERIFY_ONLY or (flags & TRACE and not self.state.attempts):
            self.traced.update(zip(indexes, statuses, strict=True))
            if flags & VERIFY_ONLY:
                return
        for n, status in zip(indexes, statuses, strict=True):
            if status.outcome == BOUNCED:
                self.bounced[n] = status
            elif status.outcome == DEFERRED:
                self.deferred[n] = status
                self.results.append(RecipientState(n, False, status))
            elif recipients[n].notify & NOTIFY_SUCCESS and status.action != PASSED_ON:
                self.sent[n] = status
            else:
                self.results.append(RecipientState(n, True, status))
        if children:
            self.children += children

    def marks(self) -> tuple[RecipientState, ...]:
        """The outcomes that are not committed yet, those included that wait for a notification."""
        found = self.results
        for outcomes in (self.sent, self.bounced):
            found += [RecipientState(n, True, status) for n, status in outcomes.items()]
        return tuple(found)
