from pymaster.model import status


def test_words() -> None:
    assert status.sent("x").word == "sent"
    assert status.deferred("x").word == "deferred"
    assert status.bounced("x").word == "bounced"
    assert status.deferred("x").dsn == "4.3.0"
