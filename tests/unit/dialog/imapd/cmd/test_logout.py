"""LOGOUT."""

from tests.unit.dialog.imapd.lab import Lab


def test_the_end() -> None:
    lab = Lab()
    lab.add(flags=(b"\\Deleted",))
    out = lab.talk([b"s SELECT INBOX\r\na LOGOUT\r\nb NOOP\r\n"])
    assert out.endswith(b"* BYE Logging out\r\na OK Logout completed.\r\n")
    assert len(lab.box().state) == 1


def test_no_arguments() -> None:
    assert Lab().say(b"LOGOUT now", b"NOOP", select="")[-1] == b"a OK NOOP completed."
