import re

from pymaster.deliver import mailfile


def test_from_line():
    assert re.fullmatch(rb"From a@b  \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n", mailfile.from_line(b"a@b", 1.7e9))
    assert mailfile.from_line(b"", 0).startswith(b"From MAILER-DAEMON  ")
    assert mailfile.from_line(b"a b@c", 0).startswith(b'From "a b"@c  ')


def test_head():
    assert mailfile.head(b"") == b"Return-Path: <>\n"
    assert mailfile.head(b"a b@c", b"X@y", b"Joe@Y") == (
        b'Return-Path: <"a b"@c>\nX-Original-To: X@y\nDelivered-To: joe@y\n'
    )


def test_no_address_begins_a_line():
    assert mailfile.head(b"a\nB: c@d", b"x@y\r\nZ: 1", b"q@w\0").count(b"\n") == 3


def test_mbox_and_maildir():
    blocks = [b"A: b\n\nFrom x"]
    assert b"".join(mailfile.mbox(b"From s  t\n", b"R: <>\n", blocks)) == b"From s  t\nR: <>\nA: b\n\n>From x\n\n"
    assert b"".join(mailfile.maildir(b"R: <>\n", blocks)) == b"R: <>\nA: b\n\nFrom x"
