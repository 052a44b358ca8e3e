"""Status lines, listings, LANG."""

from pymaster.proto.pop3 import reply


def test_lines() -> None:
    assert reply.ok(b"Yes.") == b"+OK Yes.\r\n"
    assert reply.err(b"No.") == b"-ERR No.\r\n"
    assert reply.err(b"No.", reply.IN_USE) == b"-ERR [IN-USE] No.\r\n"
    assert reply.listing(b"x", [b"a", b"b"]) == b"+OK x\r\na\r\nb\r\n.\r\n"
    assert reply.listing(b"x", []) == b"+OK x\r\n.\r\n"


def test_languages() -> None:
    assert reply.language([]) == b"+OK Language listing follows:\r\nen English\r\n.\r\n"
    assert reply.language([b"EN"]) == reply.language([b"*"]) == b"+OK en Language selected.\r\n"
    assert reply.language([b"en", b"de"]).startswith(b"-ERR ")
    assert reply.language([b"uga"]).startswith(b"-ERR ")
