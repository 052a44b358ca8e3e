import pytest

from pymaster.model.authtask import AuthAnswer, AuthReady, AuthSaid, AuthTask
from pymaster.util.record import BadRecord


def test_round_trip() -> None:
    task = AuthTask(7, "verify", "bob", b"\xff\x00", "imap", "192.0.2.1", "", True)
    answer = AuthAnswer(7, "ok", {"userdb_mail": "x"}, "bob", "", b"s", b"p")
    for item in (task, answer, AuthReady(5), AuthSaid(("a", "b"))):
        assert type(item).unpack(item.pack()) == item


def test_a_stored_row_of_the_first_version_stays_readable() -> None:
    assert AuthTask.from_row([70, 1, "lookup", "bob"]) == AuthTask(1, "lookup", "bob")
    assert AuthAnswer.from_row([71, 1, "temp", {}]) == AuthAnswer(1, "temp", {})
    with pytest.raises(BadRecord):
        AuthAnswer.from_row([71, 1, "temp", {"a": 1}])
