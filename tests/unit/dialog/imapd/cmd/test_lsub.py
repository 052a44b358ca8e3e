"""LSUB: names that exist or not, levels for the sake of those below; more in mailbox-list-basic.txt."""

from tests.unit.dialog.imapd.lab import Lab


def lsub(lab: Lab, pattern: bytes) -> list[bytes]:
    return lab.say(b'LSUB "" ' + pattern, select="")[:-1]


def test_a_level_is_told_once_and_a_subscribed_one_as_itself() -> None:
    lab = Lab()
    for name in ("a.b.c", "a.b.d", "a", "INBOX", "z.y"):
        lab.account.subscribe(name)
    assert lsub(lab, b"%") == [b'* LSUB () "." "INBOX"', b'* LSUB () "." "a"', b'* LSUB (\\Noselect) "." "z"']
    assert lsub(lab, b"a.%") == [b'* LSUB (\\Noselect) "." "a.b"']
    assert len(lsub(lab, b"*")) == 5


def test_nothing_is_subscribed() -> None:
    assert lsub(Lab(), b"*") == []


def test_bad() -> None:
    lab = Lab()
    assert lab.say(b"LSUB", b'LSUB ""', b'LSUB "" * x', b'LSUB (SUBSCRIBED) "" *', select="") == [
        b"a BAD Missing space or argument",
        b"a BAD Missing space or argument",
        b"a BAD Junk after the arguments",
        b"a BAD Expected string or atom",
    ]
