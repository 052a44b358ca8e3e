"""The EHLO list."""

from pymaster.proto.smtp.ehlo import Offer, build


def test_order_and_defaults() -> None:
    assert build(Offer("mx.test", 10240000)).lines == (
        "mx.test", "PIPELINING", "SIZE 10240000", "VRFY", "ETRN", "ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING",
    )  # fmt: skip


def test_everything() -> None:
    offer = Offer("mx.test", 0, True, True, True, True, True, "PLAIN LOGIN", True)
    assert build(offer).lines[2:10] == (
        "SIZE", "VRFY", "ETRN", "STARTTLS", "AUTH PLAIN LOGIN", "AUTH=PLAIN LOGIN",
        "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT", "XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT",
    )  # fmt: skip


def test_discard() -> None:
    lines = build(Offer("mx.test", 1, vrfy=False, smtputf8=False), ["dsn", "Size", "silent-discard"]).lines
    assert lines == ("mx.test", "PIPELINING", "ETRN", "ENHANCEDSTATUSCODES", "8BITMIME", "CHUNKING")
