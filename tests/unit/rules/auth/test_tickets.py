from pymaster.rules.auth import tickets
from pymaster.rules.auth.tickets import Tickets
from pymaster.util.clock import ManualClock


def test_once_and_in_time() -> None:
    clock = ManualClock()
    book = Tickets(clock)
    book.give(1, 2, "cookie", "bob", "imap")
    assert book.redeem(1, 2, "guess") is None and book.redeem(2, 2, "cookie") is None
    found = book.redeem(1, 2, "cookie")
    assert found is not None and (found.user, found.service) == ("bob", "imap")
    assert book.redeem(1, 2, "cookie") is None
    book.give(1, 3, "cookie", "bob", "imap")
    clock.advance(61)
    assert book.redeem(1, 3, "cookie") is None


def test_bounds(monkeypatch) -> None:
    monkeypatch.setattr(tickets, "MAX_TICKETS", 2)
    clock = ManualClock()
    book = Tickets(clock)
    for n in range(4):
        book.give(1, n, "c", "bob", "imap")
    assert len(book) == 2 and book.redeem(1, 0, "c") is None and book.redeem(1, 3, "c") is not None
    clock.advance(61)
    book.sweep()
    assert len(book) == 0
