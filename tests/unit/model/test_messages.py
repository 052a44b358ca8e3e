from pymaster.model import messages
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.status import deferred, sent


def test_every_message_survives_the_wire() -> None:
    envelope = Envelope("A1", 5.0, b"a@b", (Recipient(b"c@d"),), 10, Origin())
    for item in (
        messages.Hello("delivery"),
        messages.DeliveryRequest(1, "example.org", envelope, (0,), 1.0, 2.0),
        messages.DeliveryReport(1, (sent("ok"),), (), deferred("down")),
        messages.Arrived("A1", envelope),
        messages.Changed(("A1",)),
        messages.Flush("example.org"),
        messages.BounceRequest(1, "failure", envelope, envelope.recipients, (sent("x"),), "s"),
        messages.BounceReport(1),
    ):
        assert type(item).unpack(item.pack()) == item
