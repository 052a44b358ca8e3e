"""What users pipe into sendmail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.commands.mailtext import MailText


def play(data: bytes, size: int, *, dot: bool, crlf: bool = True) -> bytes:
    text = MailText(dot=dot, crlf=crlf)
    out = b"".join(text.feed(data[pos : pos + size]) for pos in range(0, len(data), size))
    return out + text.feed(b"", final=True)


CASES = [
    (b"a\n.\nb\n", True, b"a\n"),
    (b"a\r\n.\r\nb", True, b"a\n"),
    (b".\nb", True, b""),
    (b".", True, b""),
    (b"a\n.", True, b"a\n"),
    (b"a\n.\nb\n", False, b"a\n.\nb\n"),
    (b"a\n..\n.b\n", True, b"a\n..\n.b\n"),
    (b"From me\n>From you\nSubject: x\n\nFrom here\n", False, b"Subject: x\n\nFrom here\n"),
    (b"From me", False, b""),
    (b"Fro", True, b"Fro"),
    (b"a\rb\r\n\r", False, b"a\rb\n\r"),
    (b"", True, b""),
    (b"\n.\n", True, b"\n"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
@pytest.mark.parametrize(("data", "dot", "want"), CASES)
def test_text(data: bytes, dot: bool, want: bytes, size: int) -> None:
    assert play(data, size, dot=dot) == want


def test_line_ends_may_stay() -> None:
    assert play(b"a\r\n", 1, dot=False, crlf=False) == b"a\r\n"


@given(st.lists(st.sampled_from([b".", b"\n", b"\r", b"a", b"From ", b">", b"F"]), max_size=12), st.integers(1, 4))
def test_blocks_do_not_matter(parts: list[bytes], size: int) -> None:
    data = b"".join(parts)
    for dot in (True, False):
        assert play(data, size, dot=dot) == play(data, 1000, dot=dot)
