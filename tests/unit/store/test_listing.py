"""Pages of the queue for mailq."""

from pymaster.model.queuelist import Listed, ListPage, ListQuery
from pymaster.model.status import deferred, sent
from pymaster.model.stored import DEFERRED, RecipientState, Settle, State
from pymaster.store import contract, listing
from pymaster.store.contract import Admin, Apply, Insert
from pymaster.store.memory import MemoryQueue
from tests.queues import message


def whole(store: MemoryQueue, active: tuple[str, ...] = ()) -> list[Listed]:
    items: list[Listed] = []
    page = ListPage(())
    while not page.last:
        page = listing.page(store, ListQuery(page.after, page.skip), active)
        assert len(page.pack()) < 1 << 19
        items += page.items
    return items


def test_queues_and_reasons() -> None:
    store = MemoryQueue()
    grant = store.claim("n")
    store.commit([Insert(message("A1", recipients=3)), Insert(message("A2")), Insert(message("A3", hold=True))])
    results = (RecipientState(0, True, sent("ok")), RecipientState(2, False, deferred("no route")))
    store.commit([Apply(grant, Settle("A1", results, State(DEFERRED, 9.0, 1))), Admin("A2", contract.EXPIRE)])
    first, second, third = whole(store, ("A2", "A3"))
    assert (first.queue_name, first.addresses) == ("deferred", (b"user2@lab.example", b"user1@lab.example"))
    assert first.reasons == ("no route", "")
    assert (second.queue_name, second.forced_expire) == ("active", True)
    assert third.queue_name == "hold"


def test_very_many_recipients_come_in_parts() -> None:
    store = MemoryQueue()
    store.commit([Insert(message("A1", recipients=30_000)), Insert(message("A2"))])
    items = whole(store)
    assert [item.part == 0 for item in items].count(True) == 2
    addresses = [address for item in items if item.queue_id == "A1" for address in item.addresses]
    assert addresses == [b"user%d@lab.example" % n for n in range(30_000)]


def test_many_messages() -> None:
    store = MemoryQueue()
    store.commit([Insert(message(f"A{n:04}")) for n in range(1001)])
    assert [item.queue_id for item in whole(store)] == [f"A{n:04}" for n in range(1001)]


def test_empty() -> None:
    assert listing.page(MemoryQueue(), ListQuery()) == ListPage((), last=True)
    assert listing.page(MemoryQueue(), ListQuery("GONE", 5)) == ListPage((), "GONE", last=True)
