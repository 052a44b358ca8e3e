"""CANCELUPDATE names searches by their tags, all or none."""

from tests.unit.dialog.imapd.lab import Lab


def test_all_or_none() -> None:
    lab = Lab()
    lab.add()
    output = lab.talk([
        b"s SELECT INBOX\r\n", b"a SEARCH RETURN (UPDATE) SEEN\r\n", b"b SEARCH RETURN (UPDATE) SEEN\r\n",
        b'c CANCELUPDATE "a" "x"\r\n', b'd CANCELUPDATE "a"\r\n', b"e STORE 1 +FLAGS (\\Seen)\r\n",
        b'f CANCELUPDATE "a"\r\n',
    ])  # fmt: skip
    assert b"c BAD No such search.\r\nd OK Updates cancelled.\r\n" in output
    assert b'(TAG "b") ADDTO (0 1)' in output and b'(TAG "a") ADDTO' not in output
    assert b"f BAD" in output


def test_syntax() -> None:
    lab = Lab()
    for line in (b"CANCELUPDATE", b"CANCELUPDATE a", b'CANCELUPDATE "a', b'CANCELUPDATE "a""b"'):
        assert lab.say(line)[0].startswith(b"a BAD "), line
