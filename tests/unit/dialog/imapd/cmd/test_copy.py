"""COPY: a long set in one command, flags and date go with the message; see also golden dialogs."""

from tests.unit.dialog.imapd.lab import Lab


def test_a_long_set() -> None:
    lab = Lab()
    lab.account.create("A")
    for _ in range(1000):
        lab.add()
    numbers = b",".join([b"%d" % n for n in range(1, 1001, 2)])
    lines = lab.say(b"UID COPY " + numbers + b" A")
    assert lines == [b"a OK [COPYUID 1000002 " + numbers + b" 1:500] Copy completed."]


def test_flags_and_date_go_along_and_the_save_date_is_new() -> None:
    lab = Lab()
    lab.account.create("A")
    lab.add(flags=[b"\\Seen", b"$x"], date=86400)
    lab.clock.advance(100)
    lab.say(b"COPY 1 A")
    state, flags = lab.box("A").state, lab.box("A").flags
    assert (state.dates[0], flags.text[state.flags[0]]) == (86400, b"\\Seen $x")
    assert state.saved[0] == lab.box().state.saved[0] + 100


def test_nothing_to_copy_is_no_error() -> None:
    lab = Lab()
    lab.account.create("A")
    assert lab.say(b"UID COPY 1:* A", b"COPY 1:* A") == [b"a OK No messages found.", b"a BAD No such message."]
