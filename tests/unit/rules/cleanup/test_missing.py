"""Headers that are added."""

import pytest

from pymaster.rules.cleanup import missing


@pytest.mark.parametrize(
    ("name", "form", "want"),
    [
        (b"", "standard", b"From: a@b.test\n"),
        (b"Joe User", "standard", b"From: Joe User <a@b.test>\n"),
        (b'J. "Q" User', "standard", b'From: "J. \\"Q\\" User" <a@b.test>\n'),
        ("Jos\u00e9".encode(), "standard", b"From: =?utf-8?b?Sm9zw6k=?= <a@b.test>\n"),
        (b"Joe (x)", "obsolete", b"From: a@b.test (Joe \\(x\\))\n"),
        (b"Joe\nBcc: x", "standard", b'From: "Joe?Bcc: x" <a@b.test>\n'),
    ],
)
def test_from(name: bytes, form: str, want: bytes) -> None:
    assert missing.sender(b"", b"a@b.test", name, form) == want


def test_from_nobody_and_quoted() -> None:
    assert missing.sender(b"Resent-", b"", b"", "standard") == b"Resent-From: MAILER-DAEMON\n"
    assert missing.sender(b"", b"", b"root", "standard") == b"From: MAILER-DAEMON\n"
    assert missing.sender(b"", b"a b@c", b"", "standard") == b'From: "a b"@c\n'


def test_message_id() -> None:
    assert missing.message_id("4A0B", "h.test", 1173338416.0, False) == b"<20070308072016.4A0B@h.test>"
    assert missing.message_id("4zLong", "h.test", 1173338416.0, True) == b"<4zLong@h.test>"


def test_destination() -> None:
    line = b"To: undisclosed-recipients:;"
    assert missing.destination(line, {b"from"}) == line + b"\n"
    assert missing.destination(line, {b"cc"}) == b"" and missing.destination(b"", set()) == b""
    assert missing.destination(b"no header", set()) == b""
