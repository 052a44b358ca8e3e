from pymaster.store.mailbox import history
from pymaster.store.mailbox.history import History


def test_runs_since_a_modseq():
    known = History(100)
    known.add([1, 2, 3, 7], 101)
    known.add([5], 105)
    known.add([4], 106)
    assert known.since(99) is None
    assert known.since(100) == [(1, 5), (7, 7)]
    assert known.since(101) == [(4, 5)] and known.since(104) == [(4, 5)] and known.since(106) == []


def test_old_runs_are_forgotten_with_all_of_their_modseq(monkeypatch):
    monkeypatch.setattr(history, "KEPT", 10)
    known = History(0)
    for n in range(1, 6):
        known.add([n * 100, n * 100 + 2], n)
    assert known.floor == 0
    known.add([1], 6)
    assert known.floor == 3 and known.since(2) is None
    assert known.since(3) == [(1, 1), (400, 400), (402, 402), (500, 500), (502, 502)]


def test_dump_and_load():
    known = History(3)
    known.add([1, 2, 9], 4)
    again = History(3)
    again.load(*known.dump())
    assert again.since(3) == [(1, 2), (9, 9)]
