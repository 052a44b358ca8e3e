import os

import pytest

from pymaster.model import control


def test_order_round_trip() -> None:
    order = control.Order(7, "smtp", "inet", "/p/smtpd.py", ["a b"], {"x": "y"}, clients=3, log_file=True)
    message = control.unpack(control.pack_order(order))
    assert message["op"] == "spawn"
    assert control.Order(**message["order"]) == order


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"op": 1}', b"\xff"])
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(ValueError):
        control.unpack(data)


def test_too_large() -> None:
    with pytest.raises(ValueError):
        control.pack("load", paths=["x" * control.MAX_MESSAGE])


def test_the_scoreboard_is_seen_by_both_sides() -> None:
    ours = control.Scoreboard.create(3)
    theirs = control.Scoreboard.attach(os.dup(ours.fd))
    assert theirs.slots == 3
    theirs.slot(2).put(control.SESSIONS, 41)
    theirs.slot(1).writing(5)
    assert ours.slot(2).get(control.SESSIONS) == 41
    assert ours.slot(1).get(control.WRITING_SINCE) == 5
    assert ours.slot(0).get(control.WRITING_SINCE) == 0
    ours.slot(2).clear()
    assert theirs.slot(2).get(control.SESSIONS) == 0


def test_use_redirects_the_process_own_slot() -> None:
    board = control.Scoreboard.create(2)
    words, base = control.SLOT.words, control.SLOT.base
    mark = control.SLOT.writing
    try:
        control.use(board.slot(1))
        mark(9)
        assert board.slot(1).get(control.WRITING_SINCE) == 9
    finally:
        control.SLOT.words, control.SLOT.base = words, base
