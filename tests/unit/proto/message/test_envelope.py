"""ENVELOPE: what is missing, what is doubled, what cannot be in quotes."""

from pymaster.proto.message.envelope import NAMES, address_fields, address_list, envelope
from pymaster.proto.message.fields import fields
from tests.unit.proto.message.lab import List, read, wire


def of(text: bytes) -> List:
    found = fields(wire(text), NAMES)
    return read(envelope(found, address_fields(found)))


def test_defaults() -> None:
    me = [[None, None, b"a", b"x"]]
    assert of(b"From: a@x\n") == [None, None, me, me, me, None, None, None, None, None]
    assert of(b"From: a@x\nSender:\nReply-To: ,\nSubject:\nTo:\n") == [
        None,
        b"",
        me,
        me,
        me,
        None,
        None,
        None,
        None,
        None,
    ]
    you = [[None, None, b"b", b"y"]]
    assert of(b"From: a@x\nSender: b@y\nReply-To: b@y\n")[2:5] == [me, you, you]


def test_nothing_is_decoded_and_folds_are_undone() -> None:
    found = of(b'Subject: =?utf-8?q?=41?=\n  "x\\"\nIn-Reply-To: <a\xff@b>\n\t<c@d>\nMessage-ID: <e\0f>\n')
    assert found[1] == b'=?utf-8?q?=41?=  "x\\"' and found[8:] == [b"<a\xff@b>\t<c@d>", b"<e\x80f>"]


def test_fields_that_occur_twice() -> None:
    found = of(b"To: a@x\nSubject: one\nTo: g:;\nSubject: two\nBcc: b@x\n")
    assert found[1] == b"one" and found[7] == [[None, None, b"b", b"x"]]
    assert found[5] == [[None, None, b"a", b"x"], [None, None, b"g", None], [None, None, None, None]]


def test_empty_list() -> None:
    assert address_list([]) == b"NIL"
