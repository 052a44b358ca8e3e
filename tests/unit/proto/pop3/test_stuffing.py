"""Whole messages: dots, line ends, TOP; compared with a line at a time."""

from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.pop3.stuffing import header_end, stuffed, top

_LINES = st.lists(
    st.sampled_from([b"", b".", b"..", b".x", b"a", b"Subject: x", b"a\rb", b"\0", b"x" * 300]), max_size=40
)


def message_of(lines: list[bytes], ended: bool) -> bytes:
    return b"\r\n".join(lines) + (b"\r\n" if ended and lines else b"")


def test_dots() -> None:
    assert stuffed(b".\r\n..\r\na.\r\n.") == b"..\r\n...\r\na.\r\n..\r\n"
    assert stuffed(b"") == b""
    assert stuffed(b"a: b\r\n\r\nno end") == b"a: b\r\n\r\nno end\r\n"
    text = b"a: b\r\n\r\nx\r\n"
    assert stuffed(text) is text


def test_header_end() -> None:
    assert header_end(b"a: b\r\n\r\nx") == 8
    assert header_end(b"a: b\r\n") == 6
    assert header_end(b"\r\nx\r\n\r\n") == 2
    assert header_end(b"") == 0


def test_top() -> None:
    message = b"a: b\r\n\r\none\r\ntwo\r\nthree"
    assert top(message, 0) == b"a: b\r\n\r\n"
    assert top(message, 1) == b"a: b\r\n\r\none\r\n"
    assert top(message, 2) == b"a: b\r\n\r\none\r\ntwo\r\n"
    assert top(message, 99999999) is message
    assert top(message, 10**200) is message
    assert top(b"a: b\r\n", 0) == b"a: b\r\n"


@given(_LINES, st.booleans(), st.integers(0, 45))
def test_top_is_what_a_line_at_a_time_gives(lines: list[bytes], ended: bool, count: int) -> None:
    message = message_of(lines, ended)
    head, body = message[: header_end(message)], message[header_end(message) :]
    *whole, last = body.split(b"\n")
    wanted = b"".join([line + b"\n" for line in whole][:count]) + (last if len(whole) < count else b"")
    assert top(message, count) == head + wanted


@given(_LINES, st.booleans())
def test_a_client_gets_the_message_back(lines: list[bytes], ended: bool) -> None:
    message = message_of(lines, ended)
    sent = stuffed(message) + b".\r\n"
    assert sent.endswith(b"\r\n.\r\n") or sent == b".\r\n"
    got = []
    for line in sent[:-2].split(b"\r\n"):
        if line == b".":
            break
        got.append((line[1:] if line[:1] == b"." else line) + b"\r\n")
    assert b"".join(got) == (message if message.endswith(b"\r\n") or not message else message + b"\r\n")
