from pymaster.store.mailbox import lastread
from pymaster.store.mailbox.lastread import LastRead


def test_the_one_not_asked_for_longest_goes(monkeypatch):
    monkeypatch.setattr(lastread, "COUNT", 2)
    kept = LastRead()
    kept.put(1, b"one")
    kept.put(2, b"two")
    assert kept.get(1) == b"one"
    kept.put(3, b"three")
    assert kept.get(2) is None and kept.get(1) == b"one" and kept.get(3) == b"three"
    kept.drop(1)
    kept.drop(77)
    assert kept.get(1) is None
    kept.clear()
    assert kept.get(3) is None


def test_octets_are_bounded(monkeypatch):
    monkeypatch.setattr(lastread, "OCTETS", 10)
    kept = LastRead()
    kept.put(1, b"x" * 6)
    kept.put(2, b"x" * 6)
    assert kept.get(1) is None and kept.get(2) is not None
    kept.put(3, b"x" * 11)
    assert kept.get(3) is None


def test_the_same_again_counts_once(monkeypatch):
    monkeypatch.setattr(lastread, "OCTETS", 10)
    kept = LastRead()
    for _ in range(5):
        kept.put(1, b"x" * 6)
    kept.put(2, b"x" * 4)
    assert kept.get(1) is not None
