"""Which messages have an attachment."""

import pytest

from pymaster.proto.message.attachment import has_attachment
from pymaster.proto.message.mimetree import tree
from tests.unit.proto.message.lab import wire


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (b"Content-Type: text/plain", False),
        (b"Content-Type: text/html\nContent-Disposition: inline; filename=x", False),
        (b"Content-Type: text/x-diff\nContent-Disposition: attachment", True),
        (b"Content-Type: application/pdf; name=x", True),
        (b"Content-Type: image/png\nContent-ID: <1@x>\nContent-Disposition: inline; filename=x", False),
        (b"Content-Type: image/png\nContent-Disposition: inline; filename=x", True),
        (b"Content-Type: application/pgp-signature; name=x.asc\nContent-Disposition: attachment", False),
        (b"Content-Type: application/ms-tnef", False),
        (b"Content-Type: message/rfc822", True),
        (b"Content-Type: message/delivery-status", False),
    ],
)
def test_a_part(part: bytes, expected: bool) -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
    assert has_attachment(tree(wire(head + part + b"\n\nx\n--b--\n"))) is expected


def test_a_message_of_one_part() -> None:
    assert not has_attachment(tree(b"")) and not has_attachment(tree(b"Content-Type: text/plain\r\n\r\nx"))
    assert has_attachment(tree(b"Content-Type: application/pdf\r\n\r\nx"))
    assert not has_attachment(tree(b"Content-Type: message/rfc822\r\n\r\nx"))
