"""NOOP and CHECK."""

from tests.unit.dialog.imapd.lab import Lab


def test_news_come_with_noop_and_check() -> None:
    lab = Lab()
    lab.add()
    out = lab.talk(
        [b"s SELECT INBOX\r\n", lab.add, b"n NOOP\r\n", lambda: lab.other(b"STORE 1 FLAGS (\\Seen)"), b"c CHECK\r\n"]
    )  # type: ignore[list-item]
    assert out.endswith(
        b"* 2 EXISTS\r\n* 2 RECENT\r\nn OK NOOP completed.\r\n* 1 FETCH (FLAGS (\\Seen \\Recent))\r\nc OK Check completed.\r\n"
    )


def test_states_and_rev2() -> None:
    lab = Lab()
    assert lab.say(b"NOOP", b"NOOP x", b"CHECK", select="") == [
        b"a OK NOOP completed.",
        b"a BAD Junk after the arguments",
        b"a BAD No mailbox selected.",
    ]
    assert lab.say(b"ENABLE IMAP4rev2", b"CHECK")[-1] == b"a BAD CHECK is not part of IMAP4rev2."
