from pymaster.proto.smtp.offers import parse
from pymaster.proto.smtp.response import Response


def test_offers() -> None:
    reply = Response(
        250, "", (b"mx.example at your service", b"PIPELINING", b"size 1000", b"AUTH=PLAIN LOGIN", b"", b"X" * 99)
    )
    offers = parse(reply, frozenset({b"PIPELINING"}))
    assert offers.name == b"mx.example"
    assert b"PIPELINING" not in offers and b"SIZE" in offers
    assert (offers.size, offers.auth) == (1000, (b"PLAIN", b"LOGIN"))
    assert parse(Response(250, "", (b"x", b"SIZE 99999999999999999999"))).size == 0
    assert parse(Response(250, "", ())).name == b""
