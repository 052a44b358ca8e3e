"""RENAME: INBOX under other sessions, the selected mailbox; more in mailbox-create.txt."""

from tests.unit.dialog.imapd.lab import Lab


def test_inbox_gives_its_mail_away() -> None:
    lab = Lab()
    lab.add()
    lab.add()
    out = lab.talk([b"s SELECT INBOX\r\n", lambda: lab.other(b"@INBOX RENAME INBOX old"), b"n NOOP\r\n"])
    assert out.endswith(b"* 2 EXPUNGE\r\n* 1 EXPUNGE\r\nn OK NOOP completed.\r\n")
    assert len(lab.box("old").state) == 2


def test_selected_mailbox_goes_on_under_its_new_name() -> None:
    lab = Lab()
    lab.account.create("a.b")
    lab.add(box="a.b")
    lines = lab.say(b"RENAME a c", b"STATUS c.b (MESSAGES)", b"STATUS a.b (MESSAGES)", b"NOOP", select="a.b")
    assert lines == [
        b"a OK Rename completed.",
        b'* STATUS "c.b" (MESSAGES 1)',
        b"a OK Status completed.",
        b"a NO [NONEXISTENT] Mailbox doesn't exist: a.b",
        b"a OK NOOP completed.",
    ]


def test_id_is_kept() -> None:
    lab = Lab()
    lab.account.create("a")
    number = lab.box("a").mailbox_id
    lab.say(b"RENAME a b", select="")
    assert lab.box("b").mailbox_id == number


def test_target_exists() -> None:
    lab = Lab()
    lab.account.create("a")
    lab.account.create("b")
    assert lab.say(b"RENAME a b", select="") == [b"a NO [ALREADYEXISTS] Target mailbox already exists"]
