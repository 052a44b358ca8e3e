"""SEARCH as a command: enough of it is in the golden dialogs; here are malice, progress, races and fuzz."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.dialog.imapd import searching, session
from tests.unit.dialog.imapd.lab import Lab


def filled(count: int = 3) -> Lab:
    lab = Lab()
    for n in range(count):
        lab.add(b"Subject: number %d\r\n\r\nbody %d\r\n" % (n, n))
    return lab


def test_not_a_thousand_times() -> None:
    assert filled().say(b"SEARCH " + b"NOT " * 1000 + b"SEEN") == [b"a BAD Search keys are nested too deep"]


def test_a_tree_of_or() -> None:
    tree = b"SUBJECT x"
    for _ in range(14):
        tree = b"OR %s %s" % (tree, tree)
    assert filled().say(b"SEARCH " + tree) == [b"a BAD Too many search keys"]


def test_a_thousand_literals() -> None:
    text = b"".join([b"SUBJECT {6+}\r\nnumber " for _ in range(1000)])
    assert filled().say(b"SEARCH " + text[:-1])[-2:] == [b"* SEARCH 1 2 3", b"a OK Search completed."]
    text = b"".join([b"SUBJECT {6+}\r\nnumber " for _ in range(1001)])
    assert filled().say(b"SEARCH " + text[:-1])[0].startswith(b"a BAD ")


def test_huge_sets() -> None:
    begun = time.process_time()
    lab = filled()
    assert lab.say(b"SEARCH " + b",".join([b"1:4294967295"] * 50_000)) == [b"* SEARCH 1 2 3", b"a OK Search completed."]
    assert lab.say(b"SEARCH UID " + b",".join([b"%d" % n for n in range(3, 100_000, 2)])) == [
        b"* SEARCH 3", b"a OK Search completed.",
    ]  # fmt: skip
    assert time.process_time() - begun < 5


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = filled(9)
    monkeypatch.setattr(searching, "SLICE", 3)
    monkeypatch.setattr(searching, "FEW", 1)
    monkeypatch.setattr(session, "TURN", 0.0)
    run = lab.world.run

    def slow(*arguments: object) -> object:
        lab.clock.advance(6.0)
        return run(*arguments)

    lab.world.run = slow
    assert lab.say(b"SEARCH BODY 4") == [
        b'* OK [INPROGRESS ("a" 3 9)] Still here', b'* OK [INPROGRESS ("a" 6 9)] Still here',
        b'* OK [INPROGRESS ("a" 9 9)] Still here', b"* SEARCH 5", b"a OK Search completed.",
    ]  # fmt: skip


def test_expunges_elsewhere_are_told_with_uid_search_only() -> None:
    lab = filled()
    out = lab.talk(
        [b"s SELECT INBOX\r\n", lambda: lab.box().remove([2]) and None, b"a SEARCH ALL\r\nb UID SEARCH ALL\r\n"]
    )
    assert out.partition(b"Select completed.\r\n")[2] == (
        b"* SEARCH 1 2 3\r\na OK Search completed.\r\n* SEARCH 1 2 3\r\n* 2 EXPUNGE\r\nb OK Search completed.\r\n"
    )


def test_saved_result_follows_expunges_and_select() -> None:
    lab = filled()
    lab.account.create("Other")
    out = lab.talk([
        b"s SELECT INBOX\r\n", b"a SEARCH RETURN (SAVE) ALL\r\n", lambda: lab.box().remove([2]) and None,
        b"n NOOP\r\nc UID SEARCH $\r\no SELECT Other\r\np SELECT INBOX\r\nd SEARCH $\r\n",
    ])  # fmt: skip
    assert b"* SEARCH 1 3\r\nc OK" in out and out.endswith(b"* SEARCH\r\nd OK Search completed.\r\n")


def test_condstore_begins_with_modseq() -> None:
    lab = filled()
    out = lab.say(b"SEARCH MODSEQ 1", b"STORE 1 +FLAGS (\\Seen)")
    assert any(b"MODSEQ" in line for line in out if b"FETCH" in line)


def test_a_just_appended_message_is_found() -> None:
    lab = filled()
    out = lab.say(b"APPEND INBOX {22+}\r\nX-TUID: abcdef\r\n\r\nx\r\n", b"UID SEARCH HEADER X-TUID abcdef")
    assert b"* SEARCH 4" in out


def test_capabilities() -> None:
    lab = Lab()
    lab.talk([])
    words = lab.greeting.partition(b"]")[0].split(b" ")
    for word in (
        b"ESEARCH", b"SEARCHRES", b"WITHIN", b"CONTEXT=SEARCH", b"PARTIAL", b"INPROGRESS", b"SORT", b"SORT=DISPLAY", b"ESORT",
        b"THREAD=ORDEREDSUBJECT", b"THREAD=REFERENCES", b"THREAD=REFS", b"MULTISEARCH", b"I18NLEVEL=1",
    ):  # fmt: skip
        assert words.count(word) == 1, word


LAB = filled()
WORDS = st.sampled_from(
    [b"SEARCH", b"UID", b"SORT", b"THREAD", b"ESEARCH", b"RETURN", b"(ALL)", b"()", b"(", b")", b"(MIN SAVE)", b"CHARSET",
     b"UTF-8", b"NOT", b"OR", b"SEEN", b"SUBJECT", b"number", b"BODY", b"{3+}\r\nabc", b"{2}", b"$", b"1:*", b"*", b"REFERENCES",
     b"(REVERSE DATE)", b"IN", b"(personal)", b"(selected)", b"\xff", b'"\xc3\xa4"', b"(PARTIAL 1:2)", b"(UPDATE)", b"", b"MODSEQ"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=8).map(b" ".join), min_size=1, max_size=4))
def test_fuzz(lines: list[bytes]) -> None:
    sent = [b"t%d %s\r\n" % (n, line) for n, line in enumerate(lines)]
    out = LAB.talk([b"s SELECT INBOX\r\n", *sent])
    assert all(line[:2] in (b"* ", b"+ ") or line[:1] in b"ts" for line in out.split(b"\r\n") if line)
