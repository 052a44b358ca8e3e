from pymaster.deliver.smtp.peer import Peer, refused
from pymaster.model.status import BOUNCED, DEFERRED
from pymaster.proto.smtp.response import Response


def test_refusals() -> None:
    peer = Peer("mx", "192.0.2.1", 25)
    status = refused(peer, Response(452, "", (b"full",)), "MAIL FROM command")
    assert (status.outcome, status.dsn) == (DEFERRED, "4.0.0")
    assert status.reason == "host mx[192.0.2.1] said: 452 full (in reply to MAIL FROM command)"
    assert refused(peer, Response(554, "5.7.1", (b"5.7.1 no",)), "").outcome == BOUNCED
    assert refused(peer, Response(250, "2.0.0", (b"2.0.0 odd",)), "DATA command").dsn == "4.0.0"
