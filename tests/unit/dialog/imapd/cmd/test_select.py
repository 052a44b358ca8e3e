"""SELECT and EXAMINE; CONDSTORE and QRESYNC parameters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.store.mailbox.contract import MailboxError
from tests.unit.dialog.imapd.lab import Lab


def lab_with(*flags: bytes) -> Lab:
    lab = Lab()
    for flag in flags:
        lab.add(flags=(flag,) if flag else ())
    return lab


def test_all_that_is_told() -> None:
    lab = lab_with(b"\\Seen", b"", b"$Junk")
    assert lab.say(b"SELECT inbox", select="") == [
        b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk)",
        b"* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk \\*)] Flags permitted.",
        b"* 3 EXISTS",
        b"* 3 RECENT",
        b"* OK [UNSEEN 2] First unseen.",
        b"* OK [UIDVALIDITY 1000001] UIDs valid",
        b"* OK [UIDNEXT 4] Predicted next UID",
        b"* OK [HIGHESTMODSEQ 4] Highest",
        b"* OK [MAILBOXID (%s)] Ok" % lab.box().mailbox_id.encode(),
        b"a OK [READ-WRITE] Select completed.",
    ]


def test_examine_takes_nothing() -> None:
    lab = lab_with(b"")
    lines = lab.say(b"EXAMINE INBOX", b"FETCH 1 FLAGS", select="")
    assert lines[1] == b"* OK [PERMANENTFLAGS ()] Read-only mailbox."
    assert lines[3] == b"* 1 RECENT"
    assert b"a OK [READ-ONLY] Examine completed." in lines
    assert b"* 1 FETCH (FLAGS ())" in lines
    assert lab.say(b"EXAMINE INBOX", select="")[3] == b"* 1 RECENT"
    assert lab.say(b"SELECT INBOX", select="")[3] == b"* 1 RECENT"
    assert lab.say(b"SELECT INBOX", select="")[3] == b"* 0 RECENT"


def test_an_empty_or_wholly_seen_mailbox_has_no_unseen() -> None:
    assert not any(b"UNSEEN" in line for line in lab_with().say(b"SELECT INBOX", select=""))
    assert not any(b"UNSEEN" in line for line in lab_with(b"\\Seen").say(b"SELECT INBOX", select=""))


def test_rev2() -> None:
    lab = lab_with(b"")
    lines = lab.say(b"ENABLE IMAP4rev2", b"SELECT INBOX", select="")
    assert b'* LIST () "." "INBOX"' in lines
    assert not any(b"RECENT" in line or b"UNSEEN" in line for line in lines)


@pytest.mark.parametrize("name", [b"nowhere", b"&", b"{3+}\r\na\nb"])
def test_a_failed_select_leaves_nothing_selected(name: bytes) -> None:
    lines = Lab().say(b"SELECT " + name, b"CHECK")
    assert lines[0] == b"* OK [CLOSED] Previous mailbox is now closed."
    assert lines[1].startswith(b"a NO [")
    assert lines[-1] == b"a BAD No mailbox selected."


@pytest.mark.parametrize(
    "text", [b"", b" ", b" INBOX x", b" INBOX (FOO)", b" INBOX ()", b" INBOX (CONDSTORE", b" INBOX (QRESYNC (1 1))"]
)
def test_bad_syntax_leaves_the_old_mailbox_selected(text: bytes) -> None:
    lines = Lab().say(b"SELECT" + text, b"CHECK")
    assert lines[0].startswith(b"a BAD ")
    assert lines[1] == b"a OK Check completed."


def test_a_mailbox_that_goes_while_it_is_opened() -> None:
    lab = Lab()
    closed: list[int] = []

    def gone() -> None:
        raise MailboxError("NONEXISTENT", "gone")

    lab.box().refresh = gone  # type: ignore[method-assign, assignment]
    lab.box().close = lambda: closed.append(1)  # type: ignore[method-assign]
    assert lab.say(b"SELECT INBOX", select="") == [b"a NO [NONEXISTENT] gone"]
    assert closed == [1]


def test_condstore_parameter() -> None:
    lab = lab_with(b"")
    lines = lab.say(b"SELECT INBOX (CONDSTORE)", b"STORE 1 +FLAGS (\\Seen)", select="")
    assert lines[-2] == b"* 1 FETCH (MODSEQ (3) FLAGS (\\Seen \\Recent))"


def resync(lab: Lab, argument: bytes) -> list[bytes]:
    lines = lab.say(b"ENABLE QRESYNC", b"SELECT INBOX (QRESYNC (%s))" % argument, select="")
    return [line for line in lines if b"VANISHED" in line or b"FETCH" in line]


def test_qresync() -> None:
    lab = lab_with(b"", b"", b"", b"", b"")
    lab.box().remove([2, 4])
    lab.box().store([5], "+", [b"\\Seen"])
    valid = lab.box().uidvalidity
    fetched = b"* 3 FETCH (UID 5 MODSEQ (8) FLAGS (\\Seen \\Recent))"
    assert resync(lab, b"%d 6" % valid) == [b"* VANISHED (EARLIER) 2,4", fetched]
    fetched = fetched.replace(b" \\Recent", b"")
    assert resync(lab, b"%d 6 1:3" % valid) == [b"* VANISHED (EARLIER) 2"]
    assert resync(lab, b"%d 7 1:9" % valid) == [fetched]
    assert resync(lab, b"%d 8" % valid) == []
    assert resync(lab, b"%d 6 1:5 (1:3 1,3,5)" % valid) == [b"* VANISHED (EARLIER) 2,4", fetched]
    assert resync(lab, b"%d 6 (1:3 1,3,5)" % valid) == [b"* VANISHED (EARLIER) 2,4", fetched]
    assert resync(lab, b"%d 6" % (valid + 1)) == []


def test_qresync_when_the_log_does_not_reach_back() -> None:
    lab = lab_with(b"", b"", b"", b"", b"")
    lab.box().remove([2, 4])
    lab.box().vanished = lambda since: None  # type: ignore[method-assign]
    valid = lab.box().uidvalidity
    assert resync(lab, b"%d 7" % valid) == [b"* VANISHED (EARLIER) 2,4"]
    assert resync(lab, b"%d 7 3:4294967295" % valid) == [b"* VANISHED (EARLIER) 4"]


@pytest.mark.parametrize(
    "argument",
    [
        b"",
        b"1",
        b"0 1",
        b"1 x",
        b"1 1 *",
        b"1 1 $",
        b"1 1 1:*",
        b"1 1 1:2 ()",
        b"1 1 1:2 (1)",
        b"1 1 1:2 (1 *)",
        b"1 1 (1 1",
        b"1 1 1:2 (1 1) x",
    ],
)
def test_bad_qresync(argument: bytes) -> None:
    lines = Lab().say(b"ENABLE QRESYNC", b"SELECT INBOX (QRESYNC (%s))" % argument, select="")
    assert lines[-1].startswith(b"a BAD ")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"INBOX", b" ", b"(", b")", b"QRESYNC", b"CONDSTORE", b"1", b"1:3", b"*", b","]), max_size=14
    )
)
def test_any_arguments(words: list[bytes]) -> None:
    out = lab_with(b"").talk([b"e ENABLE QRESYNC\r\na SELECT " + b"".join(words) + b"\r\nb NOOP\r\n"])
    assert out.endswith(b"b OK NOOP completed.\r\n")
