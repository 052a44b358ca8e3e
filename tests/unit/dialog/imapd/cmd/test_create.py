"""CREATE: names that are refused (S-54); more in mailbox-create.txt and mailbox-names.txt."""

import pytest

from tests.unit.dialog.imapd.lab import Lab


@pytest.mark.parametrize(
    "name",
    [
        b'""', b'"."', b'".a"', b'"a..b"', b'"..a"', b'"a*"', b'"a%b"', b"&", b"&AAA-", b"a&b", b"&AGE-", b'"a\x7f"', b"{3+}\r\na\nb",
        b"{3+}\r\na\rb", b"{3+}\r\na\x01b", b'"\xff"', b"{3+}\r\n\xc3\xbcx", b"x" * 2000, b"a." * 60 + b"b", b"INBOX", b"inbox", b'"InBoX."',
    ],
)  # fmt: skip
def test_refused_names(name: bytes) -> None:
    lab = Lab()
    before = lab.account.entries()
    out = lab.talk([b"a CREATE " + name + b"\r\n"])
    assert out.startswith(b"a NO ["), out
    assert lab.account.entries() == before


@pytest.mark.parametrize("name", [b"", b" ", b' "a', b" {3}", b" (a)", b" a b", b" {3+}\r\na\0b"])
def test_what_is_no_command(name: bytes) -> None:
    out = Lab().talk([b"a CREATE" + name + b"\r\n" + b"xyz"])
    assert b"a BAD " in out or out == b"+ OK\r\n"


def test_use_and_id() -> None:
    lab = Lab()
    line = lab.say(b"CREATE Weg (USE (\\tRash \\Trash))", select="")[0]
    assert line == b"a OK [MAILBOXID (%s)] Create completed." % lab.box("Weg").mailbox_id.encode()
    assert lab.account.entries()[1].special == ("\\Trash",)
