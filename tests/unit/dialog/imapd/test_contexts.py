"""Searches that are kept up to date: what is told, when, and for how many."""

from tests.unit.dialog.imapd.lab import Lab


def lines(output: bytes) -> list[bytes]:
    return [line for line in output.split(b"\r\n") if b"ESEARCH" in line or b"EXPUNGE" in line or b"NOUPDATE" in line]


def filled(count: int = 3) -> Lab:
    lab = Lab()
    for _ in range(count):
        lab.add()
    return lab


def test_arrivals_flags_and_expunges() -> None:
    lab = filled()
    output = lab.talk([
        b"s SELECT INBOX\r\n", b"a SEARCH RETURN (UPDATE ALL) UNSEEN\r\n",
        b"b STORE 2 +FLAGS (\\Seen)\r\n", b"c STORE 2 -FLAGS.SILENT (\\Seen)\r\n",
        b"d STORE 1 +FLAGS.SILENT (\\Deleted)\r\n", b"e EXPUNGE\r\n",
        lambda: lab.add() and None, b"f NOOP\r\n",
    ])  # fmt: skip
    assert lines(output) == [
        b'* ESEARCH (TAG "a") ALL 1:3',
        b'* ESEARCH (TAG "a") REMOVEFROM (0 2)',
        b'* ESEARCH (TAG "a") ADDTO (0 2)',
        b'* ESEARCH (TAG "a") REMOVEFROM (0 1)',
        b"* 1 EXPUNGE",
        b'* ESEARCH (TAG "a") ADDTO (0 3)',
    ]
    # After the news that makes the number valid.
    assert output.rindex(b"* 3 EXISTS") < output.index(b"ADDTO (0 3)")


def test_uids_and_vanished() -> None:
    lab = filled()
    output = lab.talk([
        b"q ENABLE QRESYNC\r\n", b"s SELECT INBOX\r\n", b"a UID SEARCH RETURN (UPDATE) ALL\r\n",
        b"d STORE 1,3 +FLAGS.SILENT (\\Deleted)\r\n", b"e EXPUNGE\r\n",
    ])  # fmt: skip
    assert output.index(b"UID REMOVEFROM (0 1,3)") < output.index(b"* VANISHED 1,3")


def test_message_numbers_in_a_context_are_those_of_its_beginning() -> None:
    lab = filled(4)
    output = lab.talk([
        b"s SELECT INBOX\r\n", b"a UID SEARCH RETURN (UPDATE) 3:4 UNSEEN\r\n", b"b UID SEARCH RETURN (UPDATE) 2:* UNSEEN\r\n",
        b"k SEARCH RETURN (SAVE) 3\r\n", b"c UID SEARCH RETURN (UPDATE) $ UNSEEN\r\n", b"l SEARCH RETURN (SAVE) 4\r\n",
        b"d STORE 1 +FLAGS.SILENT (\\Deleted)\r\n", b"e EXPUNGE\r\n",
        b"f UID STORE 2:4 +FLAGS.SILENT (\\Seen)\r\n", lambda: lab.add() and None, b"g NOOP\r\n",
    ])  # fmt: skip
    told = lines(output.partition(b"* 1 EXPUNGE\r\n")[2])
    assert told == [
        b'* ESEARCH (TAG "a") UID REMOVEFROM (0 3:4)',
        b'* ESEARCH (TAG "b") UID REMOVEFROM (0 2:4)',
        b'* ESEARCH (TAG "c") UID REMOVEFROM (0 3)',
        b'* ESEARCH (TAG "b") UID ADDTO (0 5)',
    ]


def test_ten_at_most() -> None:
    lab = filled(1)
    commands = [b"t%d SEARCH RETURN (UPDATE COUNT) ALL\r\n" % n for n in range(11)]
    output = lab.talk(
        [b"s SELECT INBOX\r\n", *commands, b'x CANCELUPDATE "t3" "t4"\r\n', b"u SEARCH RETURN (UPDATE COUNT) ALL\r\n"]
    )
    assert output.count(b"NOUPDATE") == 1
    assert b'* NO [NOUPDATE "t10"] Will not notify.\r\n* ESEARCH (TAG "t10") COUNT 1\r\nt10 OK' in output
    assert output.endswith(b'x OK Updates cancelled.\r\n* ESEARCH (TAG "u") COUNT 1\r\nu OK Search completed.\r\n')


def test_they_end_with_the_mailbox_and_the_session() -> None:
    lab = filled(1)
    lab.account.create("Other")
    pieces = [
        b"s SELECT INBOX\r\n",
        b"a SEARCH RETURN (UPDATE) ALL\r\n",
        b"o SELECT Other\r\n",
        lambda: lab.add() and None,
    ]
    output = lab.talk([*pieces, b"n NOOP\r\n", lambda: lab.followers.clear()])
    assert b"ADDTO" not in output
    session, _ = lab.session([b"s SELECT INBOX\r\n", *[b"a%d SEARCH RETURN (UPDATE) ALL\r\n" % n for n in range(4)]])
    session.run(b"login")
    assert lab.followers == [] and session.tellers == [] and session.closers == []


def test_a_tag_is_free_again_in_the_next_mailbox() -> None:
    lab = filled(1)
    lab.account.create("Other")
    search = b"a SEARCH RETURN (UPDATE COUNT) ALL\r\n"
    output = lab.talk([b"s SELECT INBOX\r\n", search, search, b"o SELECT Other\r\n", search, b'c CANCELUPDATE "a"\r\n'])
    assert output.count(b"a OK") == 2 and output.count(b"a BAD Tag reuse") == 1 and b"c OK" in output


def test_nothing_is_told_of_progress_between_commands() -> None:
    lab = filled(1)
    output = lab.talk([
        b"s SELECT INBOX\r\n", b"a UID SEARCH RETURN (UPDATE COUNT) BODY body\r\n",
        lambda: lab.clock.advance(100), lambda: lab.add() and None, b"n NOOP\r\n",
    ])  # fmt: skip
    assert b"INPROGRESS" not in output and b"ADDTO (0 2)" in output


def test_idle_tells() -> None:
    lab = filled(1)
    output = lab.talk([
        b"s SELECT INBOX\r\n", b"a UID SEARCH RETURN (UPDATE COUNT) FLAGGED\r\n", b"i IDLE\r\n",
        lambda: lab.other(b"STORE 1 +FLAGS (\\Flagged)"), b"DONE\r\n",
    ])  # fmt: skip
    assert b'* ESEARCH (TAG "a") UID ADDTO (0 1)\r\ni OK' in output
