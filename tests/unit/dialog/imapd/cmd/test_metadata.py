"""METADATA: limits, octets; more in mailbox-metadata.txt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.dialog.imapd.cmd import metadata
from pymaster.store.mailbox.contract import MailboxError
from tests.unit.dialog.imapd.lab import Lab


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "MAX_SIZE", 4)
    monkeypatch.setattr(metadata, "MAX_COUNT", 2)
    lab = Lab()
    lines = lab.say(
        b'SETMETADATA INBOX (/private/a "12345" /private/b "1")',
        b'SETMETADATA INBOX (/private/a "1234" /private/b "1")',
        b'SETMETADATA INBOX (/private/c "1")',
        b'SETMETADATA INBOX (/private/c "1" /private/b NIL)',
        select="",
    )
    assert lines == [
        b"a NO [METADATA MAXSIZE 4] Metadata value too large",
        b"a OK Setmetadata completed.",
        b"a NO [METADATA TOOMANY] Too many metadata entries",
        b"a OK Setmetadata completed.",
    ]
    assert lab.account.metadata("INBOX") == {"/private/a": b"1234", "/private/c": b"1"}


def test_a_long_entry_is_left_out_and_told_of() -> None:
    lab = Lab()
    lab.account.set_metadata("INBOX", {"/private/a": b"x" * 2199, "/private/b": b"y"})
    lines = lab.say(b"GETMETADATA (MAXSIZE 1024) INBOX (/private/a /private/b)", select="")
    assert lines == [b'* METADATA "INBOX" (/private/b "y")', b"a OK [METADATA LONGENTRIES 2199] Getmetadata completed."]


@pytest.mark.parametrize(
    ("code", "told"), [("LIMIT", b"[METADATA TOOMANY] Too much metadata"), ("NOPERM", b"[NOPERM] x")]
)
def test_refusals_of_the_store(code: str, told: bytes) -> None:
    lab = Lab()

    def refuse(name: str, values: dict[str, bytes | None]) -> None:
        raise MailboxError(code, "x")

    lab.account.set_metadata = refuse  # type: ignore[method-assign]
    assert lab.say(b'SETMETADATA INBOX (/private/a "1")', select="") == [b"a NO " + told]


def test_too_many_names() -> None:
    names = b" ".join([b"/private/%d" % n for n in range(200)])
    assert Lab().say(b"GETMETADATA INBOX (%s)" % names, select="") == [b"a BAD Too many metadata entries"]


@given(st.binary(max_size=40) | st.text(max_size=20).map(str.encode))
def test_any_octets_come_back(value: bytes) -> None:
    lab = Lab()
    out = lab.talk(
        [b"s SETMETADATA INBOX (/private/x ~{%d+}\r\n%s)\r\ng GETMETADATA INBOX /private/x\r\n" % (len(value), value)]
    )
    assert lab.account.metadata("INBOX") == {"/private/x": value}
    told = out.removeprefix(b's OK Setmetadata completed.\r\n* METADATA "INBOX" (/private/x ')
    told = told.removesuffix(b")\r\ng OK Getmetadata completed.\r\n")
    quoted = b'"%s"' % value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    assert told in (quoted, b"{%d}\r\n%s" % (len(value), value), b"~{%d}\r\n%s" % (len(value), value))
    assert (told == quoted) <= (value.isascii() and not {0, 10, 13} & set(value))
