import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.smtp.response import KEEP, ResponseError, ResponseReader


def test_replies_at_any_split() -> None:
    wire = b"250-mx.example\r\n250-SIZE 10\r\n250 DSN\r\n550 5.1.1 no such user\r\n"
    for step in range(1, len(wire)):
        reader = ResponseReader()
        got = [r for at in range(0, len(wire), step) for r in reader.feed(wire[at : at + step])]
        assert [r.code for r in got] == [250, 550]
        assert got[0].lines == (b"mx.example", b"SIZE 10", b"DSN")
        assert (got[1].dsn, got[1].text) == ("5.1.1", "550 5.1.1 no such user")
        assert not reader.pending


def test_an_enhanced_code_of_another_class_is_ignored() -> None:
    (reply,) = ResponseReader().feed(b"450 5.1.1 confused\r\n")
    assert (reply.dsn, reply.status_code()) == ("", "4.0.0")


@pytest.mark.parametrize("wire", [b"\r\n", b"hello\r\n", b"999 x\r\n", b"25\r\n", b"-250 x\r\n", b"2\xb2\xb20 x\r\n"])
def test_what_is_no_reply(wire: bytes) -> None:
    with pytest.raises(ResponseError):
        ResponseReader().feed(wire)


def test_floods_are_bounded() -> None:
    reader = ResponseReader()
    with pytest.raises(ResponseError):
        for _ in range(100):
            reader.feed(b"x" * 10000)
    reader = ResponseReader()
    with pytest.raises(ResponseError):
        for _ in range(100_000):
            reader.feed(b"250-" + b"y" * 100 + b"\r\n")
    (reply,) = ResponseReader().feed(b"250-" + b"z" * 5000 + b"\r\n250-" + b"z" * 5000 + b"\r\n250 end\r\n")
    assert sum(map(len, reply.lines)) <= KEEP


def test_control_characters_do_not_reach_the_log() -> None:
    (reply,) = ResponseReader().feed(b"550 a\x1b[31m\x00b\r\n")
    assert reply.text == "550 a?[31m?b"


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    try:
        ResponseReader().feed(data)
    except ResponseError:
        return
