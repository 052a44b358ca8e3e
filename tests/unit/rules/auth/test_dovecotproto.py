import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.rules.auth import dovecotproto as proto
from pymaster.rules.auth.dovecotproto import BadLine, Lines, base64_in, build, escape, greeting, parse, unescape


def test_what_postfix_says() -> None:
    lines = Lines()
    assert lines.feed(b"VERSION\t1\t1\nCPID\t77\nAUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=::1\trip=192.0.2.1\tsecu")[
        1:
    ] == [proto.Line(b"CPID", 77)]
    (line,) = lines.feed(b"red\tresp=AGJvYgBz=\n")
    assert (line.verb, line.number, line.words[0]) == (b"AUTH", 1, b"PLAIN")
    assert b"nologin" in line.words and b"secured" in line.words
    assert (line.text(b"service"), line.text(b"rip"), line.text(b"none")) == ("smtp", "192.0.2.1", "")
    assert line.fields[b"resp"] == b"AGJvYgBz="


def test_what_exim_says_ends_with_cr_lf() -> None:
    (line,) = Lines().feed(b"AUTH\t3\tPLAIN\tservice=smtp\trip=1.2.3.4\tresp=eA==\r\n")
    assert line.fields[b"resp"] == b"eA=="


def test_greeting() -> None:
    text = greeting([b"PLAIN", b"SCRAM-SHA-256-PLUS", b"XOAUTH2"], 5, 6, "ab")
    assert text.startswith(b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tSCRAM-SHA-256-PLUS\tprivate\t")
    assert b"MECH\tXOAUTH2\n" in text and text.endswith(b"SPID\t5\nCUID\t6\nCOOKIE\tab\nDONE\n")


def test_values_are_escaped() -> None:
    line = build(b"FAIL", 1, b"temp", fields=[(b"user", b"a\tb\nc\x01d\x00\r")])
    assert line == b"FAIL\t1\ttemp\tuser=a\x01tb\x01nc\x011d\x010\x01r\n"
    assert parse(line[:-1]).fields[b"user"] == b"a\tb\nc\x01d\x00\r"


def test_too_long() -> None:
    with pytest.raises(BadLine):
        Lines().feed(b"x" * (proto.MAX_LINE + 1))
    with pytest.raises(BadLine):
        Lines().feed(b"x" * (proto.MAX_LINE + 1) + b"\n")


@pytest.mark.parametrize("text", [b"a", b"!!!!", b"AA=A", b"====", b"\xff\xff", b"YWI"])
def test_bad_base64(text: bytes) -> None:
    assert base64_in(text) is None


def test_base64() -> None:
    assert base64_in(b"=") == base64_in(b"") == b""
    assert base64_in(b"AGI=") == b"\0b"


@given(st.binary(max_size=60))
def test_escape_is_undone(data: bytes) -> None:
    assert unescape(escape(data)) == data
    assert not {9, 10, 13, 0} & set(escape(data))


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_any_bytes_in_any_pieces(pieces: list[bytes]) -> None:
    whole = Lines().feed(b"".join(pieces) + b"\n")
    lines = Lines()
    found = [line for piece in [*pieces, b"\n"] for line in lines.feed(piece)]
    assert found == whole
