"""THREAD as a command: the algorithms have their own tests."""

from tests.unit.dialog.imapd.lab import Lab


def message(name: bytes, refers: bytes = b"", subject: bytes = b"s", reply_to: bytes = b"") -> bytes:
    head = b"Subject: %s\r\nMessage-ID: <%s>\r\n" % (subject, name)
    head += b"References: %s\r\n" % refers if refers else b""
    return head + (b"In-Reply-To: <%s>\r\n" % reply_to if reply_to else b"") + b"\r\n"


def test_uids_and_search_keys() -> None:
    lab = Lab()
    lab.add()
    lab.add(message(b"a"))
    lab.add(message(b"b", b"<a>"))
    lab.add(message(b"c", b"<a> <b>"))
    lab.box().remove([1])
    assert lab.say(b"THREAD REFERENCES UTF-8 ALL") == [b"* THREAD (1 2 3)", b"a OK Thread completed."]
    assert lab.say(b"UID THREAD REFERENCES UTF-8 ALL")[0] == b"* THREAD (2 3 4)"
    # The search comes first: who is not found is only spoken of.
    assert lab.say(b"UID THREAD REFERENCES UTF-8 NOT 2")[0] == b"* THREAD (2 4)"
    assert lab.say(b"UID THREAD REFS UTF-8 2:3")[0] == b"* THREAD (3 4)"


def test_in_reply_to_stands_in_for_references() -> None:
    lab = Lab()
    lab.add(message(b"a"))
    lab.add(message(b"b", reply_to=b"a"))
    assert lab.say(b"THREAD REFS UTF-8 ALL")[0] == b"* THREAD (1 2)"


def test_a_loop() -> None:
    lab = Lab()
    lab.add(message(b"a", b"<c>", b"1"))
    lab.add(message(b"b", b"<a>", b"2"))
    lab.add(message(b"c", b"<b>", b"3"))
    assert lab.say(b"THREAD REFERENCES UTF-8 ALL")[0] == b"* THREAD (3 1 2)"


def test_a_message_that_is_gone_is_left_out() -> None:
    lab = Lab()
    lab.add(message(b"a"))
    lab.add(message(b"b", b"<a>"))
    out = lab.talk([b"s SELECT INBOX\r\n", lambda: lab.box().remove([1]) and None, b"t THREAD REFS UTF-8 ALL\r\n"])
    assert b"* THREAD (2)\r\n" in out


def test_syntax() -> None:
    lab = Lab()
    for line in (
        b"THREAD",
        b"THREAD REFERENCES",
        b"THREAD REFERENCES UTF-8",
        b"THREAD X UTF-8 ALL",
        b"THREAD REFS ALL",
    ):
        assert lab.say(line)[0].startswith(b"a BAD "), line
    assert lab.say(b"THREAD REFS x-none ALL")[0].startswith(b"a NO [BADCHARSET ")
