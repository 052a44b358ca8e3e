"""COPY and MOVE: locks in one order, news for others, all or none."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pymaster.dialog.imapd.transferring import both, copyuid, target
from pymaster.store.mailbox.contract import Mailbox, MailboxError
from pymaster.store.mailbox.memory import MemoryMailbox
from tests.unit.dialog.imapd.lab import Lab


def test_locks_come_in_one_order_and_others_are_told_outside_of_them() -> None:
    lab = Lab()
    lab.account.create("A")
    lab.account.create("B")
    events: list[tuple[str, str]] = []

    @contextmanager
    def lock(mailbox: Mailbox) -> Iterator[None]:
        events.append(("lock", mailbox.name))
        yield
        events.append(("unlock", mailbox.name))

    lab.world.lock = lock
    lab.world.changed = lambda mailbox: events.append(("changed", mailbox.name))
    session, _ = lab.session([])
    one, other = lab.box("A"), lab.box("B")
    with both(session, one, other):
        lab.add(box="A")
    first = [name for kind, name in events if kind == "lock"]
    assert ("changed", "A") in events and ("changed", "B") not in events
    events.clear()
    with both(session, other, one):
        lab.add(box="B")
    assert [name for kind, name in events if kind == "lock"] == first
    events.clear()
    with both(session, one, one):
        lab.add(box="A")
    assert events == [("lock", "A"), ("unlock", "A"), ("changed", "A")]


def test_target(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    closed = []
    monkeypatch.setattr(MemoryMailbox, "close", lambda self: closed.append(self.name))
    session, _ = lab.session([])
    with target(session, b"inbox") as mailbox:
        assert mailbox is lab.box() and not closed
    assert closed == ["INBOX"]
    with pytest.raises(MailboxError) as error, target(session, b"Nowhere"):
        raise AssertionError
    assert error.value.code == "TRYCREATE"
    with pytest.raises(MailboxError) as error, target(session, b"&bad"):
        raise AssertionError
    assert error.value.code == "CANNOT"
    lab.box().read_only = True
    with pytest.raises(MailboxError) as error, target(session, b"INBOX"):
        raise AssertionError
    assert error.value.code == "NOPERM"


def test_copyuid_keeps_the_order() -> None:
    lab = Lab()
    assert copyuid(lab.box(), [(5, 1), (6, 2), (9, 3)]) == b"COPYUID 1000001 5:6,9 1:3"
    assert copyuid(lab.box(), [(5, 3), (4, 4)]) == b"COPYUID 1000001 5,4 3:4"


def test_a_store_that_refuses() -> None:
    lab = Lab()
    lab.account.create("A")
    lab.add()
    lab.add()
    lab.account.limits = (50, 0)
    assert lab.say(b"COPY 1:2 A") == [b"a NO [OVERQUOTA] Quota exceeded"]
    assert len(lab.box("A").state) == 0
    assert lab.say(b"MOVE 1:2 A")[-1] == b"a OK Move completed."
