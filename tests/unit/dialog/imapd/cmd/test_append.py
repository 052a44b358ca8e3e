"""APPEND as clients use it: into the mailbox that others watch, searchable at once; see also golden dialogs."""

from tests.unit.dialog.imapd.lab import Lab


def test_another_session_sees_it_while_idle() -> None:
    lab = Lab()
    other = [b"a APPEND INBOX {4+}\r\nbody\r\n"]

    def append() -> None:
        assert b"a OK" in lab.talk(other)

    out = lab.talk([b"a SELECT INBOX\r\nb IDLE\r\n", append, b"DONE\r\n"])
    assert b"+ idling\r\n* 1 EXISTS\r\n* 1 RECENT\r\nb OK" in out


def test_the_next_command_in_the_same_packet() -> None:
    lab = Lab()
    out = lab.talk([b"s SELECT INBOX\r\na APPEND INBOX {4+}\r\nbody\r\nb FETCH 1 UID\r\n"])
    assert out.endswith(b"* 1 FETCH (UID 1)\r\nb OK Fetch completed.\r\n")


def test_lone_line_ends_become_crlf() -> None:
    lab = Lab()
    lab.say(b"APPEND INBOX {9+}\r\na: b\n\nc\nd", select="")
    assert lab.box().bodies[1] == b"a: b\r\n\r\nc\r\nd"
