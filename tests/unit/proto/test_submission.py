"""The form between sendmail and pickup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto import submission
from pymaster.proto.submission import END, MAGIC, BadSubmission, Reader

WHOLE = (
    MAGIC
    + submission.attribute(b"sender", b"a@b")
    + submission.recipient(b"c@d", 3, b"rfc822;c@d")
    + submission.content(b"x" * 70_000)
    + END
)


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_round_trip(size: int) -> None:
    reader = Reader()
    content = b""
    for pos in range(0, len(WHOLE), size):
        content += b"".join(reader.feed(WHOLE[pos : pos + size]))
    assert reader.done and content == b"x" * 70_000
    assert reader.attributes == {b"sender": b"a@b"} and reader.recipients == [(b"c@d", 3, b"rfc822;c@d")]


@pytest.mark.parametrize(
    "data",
    [
        b"W",
        b"pymaster-submission 2\n",
        MAGIC + b"X\0\0\0\0",
        MAGIC + b"N\xff\xff\xff\xff",
        MAGIC + submission.attribute(b"shell", b"x"),
        MAGIC + submission.attribute(b"sender", b"a\nb"),
        MAGIC + submission.frame(b"R", b"1\0a@b"),
        MAGIC + submission.frame(b"R", b"99\0\0a@b"),
        MAGIC + submission.recipient(b"a\r@b"),
    ],
)
def test_refused(data: bytes) -> None:
    with pytest.raises(BadSubmission):
        Reader().feed(data)


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    try:
        Reader().feed(MAGIC + data)
    except BadSubmission:
        return
