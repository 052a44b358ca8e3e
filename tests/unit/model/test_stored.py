from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.status import deferred, sent
from pymaster.model.stored import NewMessage, RecipientState, Settle, State, Stored


def envelope() -> Envelope:
    return Envelope("A1", 5.0, b"a@b", (Recipient(b"c@d"), Recipient(b"e@f")), 10, Origin())


def test_remaining() -> None:
    stored = Stored(envelope(), State("incoming", 5.0))
    stored.results[0] = RecipientState(0, True, sent("ok"))
    stored.results[1] = RecipientState(1, False, deferred("later"))
    assert stored.remaining() == [1]


def test_records_nest() -> None:
    settle = Settle(
        "A1", (RecipientState(0, True, sent("ok")),), State("deferred", 9.0), False, (NewMessage(envelope()),)
    )
    assert Settle.unpack(settle.pack()) == settle
