"""250 means committed: outcomes of the commit and what the client hears."""

import pytest

from pymaster.store.contract import REFUSED, UNKNOWN, QueueFull
from tests.unit.dialog.smtpd.lab import Server

TALK = [b"EHLO h\r\n", b"MAIL FROM:<a@them.test>\r\nRCPT TO:<b@ours.test>\r\nDATA\r\n", b"x\r\n.\r\n", b"QUIT\r\n"]


def last(server: Server) -> bytes:
    return server.talk(TALK).split(b"\r\n")[-3]


def test_durable_then_hint() -> None:
    server = Server()
    assert last(server) == b"250 2.0.0 Ok: queued as ID1"
    assert server.hints == ["ID1"]
    assert not server.messages[0].abandoned


def test_full_disk() -> None:
    server = Server(outcomes=[QueueFull("floor")])
    assert last(server) == b"452 4.3.1 Insufficient system storage"
    assert server.messages[0].abandoned and not server.hints


def test_refused() -> None:
    server = Server(outcomes=[REFUSED])
    assert last(server) == b"451 4.3.0 Error: queue file write error"
    assert server.messages[0].abandoned


def test_unknown_is_asked_again_with_the_same_id() -> None:
    server = Server(outcomes=[UNKNOWN, UNKNOWN])
    assert last(server) == b"250 2.0.0 Ok: queued as ID1"
    assert server.hints == ["ID1"] and len(server.messages) == 1


def test_unknown_for_ever_is_451_and_nothing_is_taken_back() -> None:
    server = Server(outcomes=[UNKNOWN] * 1000)
    began = server.clock.monotonic()
    assert last(server) == b"451 4.3.0 Error: queue file write error"
    assert server.clock.monotonic() - began <= 31
    assert not server.messages[0].abandoned


@pytest.mark.parametrize(("action", "hint"), [("HOLD", False), ("DISCARD", False), ("WARN", True)])
def test_actions_of_access_tables(action: str, hint: bool) -> None:
    from tests.unit.rules.access.lab import FakeMaps, Lab

    access = Lab(
        "smtpd_sender_restrictions = check_sender_access hash:s\n",
        tables={"hash:s": FakeMaps({b"a@them.test": action.encode()})},
    )
    server = Server(access=access)
    assert last(server) == b"250 2.0.0 Ok: queued as ID1"
    assert bool(server.hints) == hint
    assert bool(server.committed) == (action != "DISCARD")


def test_end_of_data_restrictions() -> None:
    server = Server("smtpd_end_of_data_restrictions = defer\n")
    assert last(server) == b"450 4.3.2 <END-OF-MESSAGE>: End-of-data rejected: Try again later"
    assert not server.committed
