"""Summaries packed into digests."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.message import digest
from pymaster.proto.message.digest import Digest, field, pack
from pymaster.proto.message.summary import Summary, summarize

SUMMARY = summarize(
    b"From: a@b\r\nTo: c@d\r\nCc: e@f\r\nSubject: Re: x\r\nDate: 1 Jan 2020 00:00:00 +0000\r\nMessage-ID: <i@j>\r\n"
    b"References: <k@l> <m@n>\r\nContent-Type: application/pdf\r\n\r\nbody\r\n"
)
FIELDS = {
    digest.ENVELOPE: "envelope", digest.BODY: "body", digest.BODYSTRUCTURE: "bodystructure", digest.HEADER: "header",
    digest.PARTS: "parts", digest.PREVIEW: "preview", digest.SUBJECT: "subject", digest.FROM_KEY: "from_key",
    digest.TO_KEY: "to_key", digest.CC_KEY: "cc_key", digest.FROM_NAME: "from_name", digest.TO_NAME: "to_name",
    digest.MESSAGE_ID: "message_id", digest.CONTENT_ID: "content_id",
}  # fmt: skip


@pytest.mark.parametrize("base", [0, 7])
def test_every_field_comes_back(base: int) -> None:
    data = b"x" * base + pack(SUMMARY)
    found = Digest(memoryview(data), base)
    for number, name in FIELDS.items():
        assert found[number] == field(data, number, base) == getattr(SUMMARY, name), name
    assert (found.size, found.header_size, found.lines, found.sent) == (
        SUMMARY.size, SUMMARY.header_size, SUMMARY.lines, 1577836800)  # fmt: skip
    assert found.is_reply and found.has_attachment and found.references == [b"k@l", b"m@n"]


def test_what_is_missing() -> None:
    empty: Summary = dataclasses.replace(summarize(b""), references=())
    found = Digest(pack(empty))
    assert found.sent is None and found.references == [] and not found.is_reply and not found.has_attachment


@pytest.mark.parametrize("data", [b"", b"\x01" * 10, b"\x02" + pack(SUMMARY)[1:], pack(SUMMARY)[:-1]])
def test_what_is_no_digest(data: bytes) -> None:
    with pytest.raises(ValueError):
        Digest(data)


@given(st.binary(max_size=200))
def test_garbage_is_a_value_error(data: bytes) -> None:
    try:
        Digest(data)
    except ValueError:
        return
