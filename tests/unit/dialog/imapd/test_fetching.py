"""FETCH as a whole: what is read and stored in one go, progress, gone messages; and answers that parse, whatever is asked."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymaster.dialog.imapd.fetching import PORTION, WEIGHT
from pymaster.store.mailbox.memory import MemoryMailbox
from tests.unit.dialog.imapd.lab import Lab, responses

NESTED = (
    b"Subject: %s x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ntext\0\r\n--b\r\nContent-Transfer-Encoding: odd\r\n\r\nx\r\n--b--\r\n"
)


def test_one_store_for_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    for _ in range(20):
        lab.add()
    lab.box().store([3], "+", [b"\\Seen"])
    calls = []
    plain = MemoryMailbox.store
    monkeypatch.setattr(
        MemoryMailbox, "store", lambda self, uids, *rest: calls.append(list(uids)) or plain(self, uids, *rest)
    )
    lines = lab.say(b"FETCH 1:20 BODY[TEXT]")
    assert calls == [[uid for uid in range(1, 21) if uid != 3]]
    assert sum(b"FLAGS" in line for line in lines) == 19
    assert lab.say(b"FETCH 1 BODY[TEXT]") == [b"* 1 FETCH (BODY[TEXT] {6}", b"body", b")", b"a OK Fetch completed."]


def test_large_messages_are_read_in_portions_and_sent_whole() -> None:
    lab = Lab()
    body = b"x" * 998 + b"\r\n"
    for _ in range(4):
        lab.add(b"S: x\r\n\r\n" + body * (WEIGHT // 1500))
    seen = []
    lab.world.run = lambda function, *rest: seen.append((function.__name__, rest)) or function(*rest)
    out = lab.talk([b"a SELECT INBOX\r\n", b"b FETCH 1:4 BODY.PEEK[]\r\n"])
    assert sum(name == "read" for name, _ in seen) == 4
    assert [line for line in responses(out) if b"BODY[]" in line] == [b"* %d FETCH (BODY[] $)" % n for n in range(1, 5)]


def test_digests_come_in_portions() -> None:
    lab = Lab()
    for _ in range(PORTION + 10):
        lab.add()
    counts = []

    def run(function: Any, *rest: Any) -> Any:
        if function.__name__ == "digests_of":
            counts.append(len(rest[0]))
        return function(*rest)

    lab.world.run = run
    lines = lab.say(b"FETCH 1:* ENVELOPE")
    assert counts == [PORTION, 10]
    assert len(lines) == PORTION + 11


def test_a_long_fetch_shows_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    for _ in range(3 * PORTION):
        lab.add()
    ticks = iter(range(10**6))
    monkeypatch.setattr("pymaster.dialog.imapd.session.time.monotonic", lambda: next(ticks))
    lab.world.sleep = lambda seconds: lab.clock.advance(3)
    lines = lab.say(b"FETCH 1:* UID")
    assert b'* OK [INPROGRESS ("a" %d %d)] Still here' % (2 * PORTION, 3 * PORTION) in lines


def test_messages_gone_from_disk() -> None:
    lab = Lab()
    for _ in range(3):
        lab.add()
    lab.box().bodies.pop(2)
    assert lab.say(b"FETCH 1:3 (RFC822.SIZE)")[-1] == b"a OK Fetch completed."
    lines = lab.say(b"FETCH 1:3 (UID ENVELOPE)")
    assert [line[:4] for line in lines] == [b"* 1 ", b"* 3 ", b"a NO"]
    assert lines[-1] == b"a NO [EXPUNGEISSUED] Some of the messages no longer exist."
    assert lab.say(b"UID FETCH 2 BODY[]") == [b"a NO [EXPUNGEISSUED] Some of the messages no longer exist."]


def test_examine_sets_nothing() -> None:
    lab = Lab()
    lab.add()
    out = lab.talk([b"a EXAMINE INBOX\r\n", b"b FETCH 1 (BODY[] FLAGS)\r\n"])
    assert b"FLAGS ())" in out
    assert lab.box().state.flags[0] == 0


ITEMS = [
    b"FLAGS", b"UID", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY", b"BODYSTRUCTURE", b"MODSEQ", b"EMAILID",
    b"THREADID", b"SAVEDATE", b"PREVIEW", b"PREVIEW (LAZY)", b"RFC822", b"RFC822.HEADER", b"RFC822.TEXT", b"BODY[]", b"BODY.PEEK[1]",
    b"BODY[2.HEADER.FIELDS (Subject x)]", b"BODY[HEADER.FIELDS.NOT (Subject)]", b'BODY[HEADER.FIELDS ("X%s" Subject)]<0.5>',
    b"BODY[2.1.MIME]", b"BINARY[1]", b"BINARY[]", b"BINARY[2.1]<1.2>", b"BINARY[3]", b"BINARY.SIZE[1]", b"BINARY.SIZE[3]", b"BODY[9]",
]  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.sampled_from(ITEMS), min_size=1, max_size=5),
    st.sampled_from([b"1", b"1:*", b"2,1", b"*", b"9", b"3:2"]),
    st.sampled_from([b"", b"UID "]),
    st.sampled_from([b"", b"ENABLE CONDSTORE", b"ENABLE QRESYNC", b"ENABLE IMAP4rev2 UTF8=ACCEPT"]),
    st.sampled_from([b"", b" (CHANGEDSINCE 2)", b" (PARTIAL -1:-2)", b" (CHANGEDSINCE 1 VANISHED)"]),
    st.sets(st.integers(1, 3)),
)
def test_answers_parse(
    items: list[bytes], numbers: bytes, uid: bytes, enable: bytes, modifiers: bytes, gone: set[int]
) -> None:
    lab = Lab()
    lab.add(NESTED)
    lab.add(b'Subject: caf\xc3\xa9 "q"\r\n\r\n\xc3\xa9', flags=[b"$x"])
    lab.add(b"no header at all")
    for each in gone:
        lab.box().bodies.pop(each)
    command = b"c %sFETCH %s (%s)%s\r\n" % (uid, numbers, b" ".join(items), modifiers)
    lines = responses(
        lab.talk([b"b %s\r\n" % enable if enable else b"", b"a SELECT INBOX\r\n", command][0 if enable else 1 :])
    )
    answer = lines[-1]
    assert re.match(rb"c (OK|NO|BAD) ", answer), answer
    for line in lines:
        if b" FETCH (" in line and (uid or b"QRESYNC" in enable):
            assert b"UID " in line
