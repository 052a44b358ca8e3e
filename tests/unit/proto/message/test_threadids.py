"""Message ids."""

from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message.threadids import LIMIT, first_id, message_ids, references


def test_ids() -> None:
    assert message_ids(b"<a@b>") == [b"a@b"] and message_ids(b"(c) <a@b> junk<c@d><a@b>") == [b"a@b", b"c@d"]
    assert message_ids(b'<"01KF8JCEOCBS0045PS"@xxx.yyy.com>') == [b"01KF8JCEOCBS0045PS@xxx.yyy.com"]
    assert message_ids(b'<"a\\"b"@c> < d @ e >') == [b'a"b@c', b"d@e"]
    assert message_ids(b"<> < > <<a>> a@b <b") == [b"a"]
    assert message_ids(b"<a\0b>") == [b"a\x80b"]


def test_first() -> None:
    assert first_id([b"<a@b> <c@d>", b"<e@f>"]) == b"a@b" and first_id([b"x"]) == b"" and first_id(None) == b""


def test_references() -> None:
    assert references([b"<a@b> <c@d>"], [b"<e@f>"]) == (b"a@b", b"c@d")
    assert references([b"none"], [b"<e@f> <g@h>"]) == (b"e@f",) and references(None, None) == ()
    many = [b"%d@x" % number for number in range(300)]
    found = references([b"<" + b"> <".join(many) + b">"], None)
    assert len(found) == LIMIT and found[0] == b"0@x" and found[1:] == tuple(many[201:])


@given(st.text(alphabet='<>@"\\ a\0').map(str.encode) | st.binary())
def test_never_raises(value: bytes) -> None:
    for found in message_ids(value):
        assert found and not set(found) & set(b"<>\0 ")
