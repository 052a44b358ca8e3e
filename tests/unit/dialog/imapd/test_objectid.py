"""EMAILID follows the content, THREADID the conversation's first id."""

from dataclasses import replace

from pymaster.dialog.imapd.objectid import email_id, thread_id
from pymaster.proto.message.digest import Digest, pack
from pymaster.proto.message.summary import Summary

PLAIN = Summary(
    0, 0, 0, b"", b"", b"", b"", b"", b"", b"", False, None, b"", b"", b"", b"", b"", b"a@x", (), False, b"\1" * 16
)


def digest(**changes: object) -> Digest:
    """A digest with some fields set."""
    return Digest(pack(replace(PLAIN, **changes)))  # type: ignore[arg-type]


def test_email_id_is_the_content() -> None:
    assert email_id(digest()) == b"M" + b"01" * 16
    assert email_id(digest(message_id=b"other@x")) == email_id(digest())
    assert email_id(digest(content_id=b"\2" * 16)) != email_id(digest())


def test_thread_id_is_the_first_reference_or_the_message_itself() -> None:
    own = thread_id(digest())
    assert own is not None and own[:1] == b"T" and len(own) == 33
    assert thread_id(digest(message_id=b"b@x", references=(b"a@x", b"c@x"))) == own
    assert thread_id(digest(message_id=b"b@x")) != own


def test_no_id_no_thread() -> None:
    assert thread_id(digest(message_id=b"")) is None
