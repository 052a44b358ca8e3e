"""listing - pages of the mail queue as mailq(1) wants them: what waits, for whom, and why.

A page is bounded in bytes, for it travels in one frame, so a message with very many recipients comes in parts.
"""

from collections.abc import Container

from pymaster.model.queuelist import Listed, ListPage, ListQuery
from pymaster.model.stored import FORCE_EXPIRE, HOLD, Stored
from pymaster.store.contract import CorruptRow, QueueStore

PAGE, PAGE_BYTES = 200, 256 << 10


def page(store: QueueStore, query: ListQuery, active: Container[str] = ()) -> ListPage:
    """The page that `query` asks for; messages in `active` are shown as being delivered."""
    items: list[Listed] = []
    budget = PAGE_BYTES
    after = query.after
    if query.skip:
        stored = _load(store, after)
        if stored is not None:
            item, skip = _part(stored, active, query.skip, budget)
            items.append(item)
            return ListPage(tuple(items), after, skip)
    messages = store.scan(after, PAGE)
    for stored in messages:
        item, skip = _part(stored, active, 0, budget)
        items.append(item)
        after = stored.envelope.queue_id
        budget -= _bytes(item)
        if skip or budget <= 0:
            return ListPage(tuple(items), after, skip)
    return ListPage(tuple(items), after, 0, len(messages) < PAGE)


def _load(store: QueueStore, queue_id: str) -> Stored | None:
    try:
        return store.load(queue_id)
    except CorruptRow:
        return None


def _part(stored: Stored, active: Container[str], skip: int, budget: int) -> tuple[Listed, int]:
    """One message from its waiting recipient `skip` on, and where the next part begins (0: there is none)."""
    envelope, state = stored.envelope, stored.state
    queue = "active" if envelope.queue_id in active and state.queue != HOLD else state.queue
    forced = bool(state.flags & FORCE_EXPIRE)
    item = Listed(queue, envelope.queue_id, envelope.arrival, envelope.size, forced, envelope.sender, part=skip)
    waiting = stored.remaining()
    waiting.sort(key=lambda n: n not in stored.results)
    addresses: list[bytes] = []
    reasons: list[str] = []
    for n in waiting[skip:]:
        if budget <= 0 and addresses:
            break
        result = stored.results.get(n)
        addresses.append(envelope.recipients[n].address)
        reasons.append(result.status.reason if result is not None else "")
        budget -= len(addresses[-1]) + len(reasons[-1]) + 16
    item.addresses, item.reasons = tuple(addresses), tuple(reasons)
    end = skip + len(addresses)
    return item, end if end < len(waiting) else 0


def _bytes(item: Listed) -> int:
    return 128 + sum([len(address) + 16 for address in item.addresses]) + sum([len(reason) for reason in item.reasons])
