"""LIST: what golden dialogs (mailbox-list-*.txt) do not show."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.store.mailbox.contract import Counts, Entry, MailboxError
from tests.unit.dialog.imapd.lab import Lab


def test_marked_only_when_known() -> None:
    lab = Lab()
    lab.account.entries = lambda: [Entry("INBOX", marked=True), Entry("a", marked=False), Entry("b")]  # type: ignore[method-assign]
    assert lab.say(b'LIST "" *', select="") == [
        b'* LIST (\\HasNoChildren \\Marked) "." "INBOX"',
        b'* LIST (\\HasNoChildren \\UnMarked) "." "a"',
        b'* LIST (\\HasNoChildren) "." "b"',
        b"a OK List completed.",
    ]


def test_a_mailbox_that_goes_meanwhile_has_no_status_line() -> None:
    lab = Lab()
    lab.account.create("a")
    real = lab.account.counts

    def counts(name: str) -> Counts:
        if name == "a":
            raise MailboxError("NONEXISTENT", "gone")
        return real(name)

    lab.account.counts = counts  # type: ignore[method-assign]
    assert lab.say(b'LIST "" * RETURN (STATUS (MESSAGES))', select="") == [
        b'* LIST (\\HasNoChildren) "." "INBOX"',
        b'* STATUS "INBOX" (MESSAGES 0)',
        b'* LIST (\\HasNoChildren) "." "a"',
        b"a OK List completed.",
    ]


def test_separator_that_needs_quoting() -> None:
    from pymaster.store.mailbox.memory import MemoryAccount

    lab = Lab(account=MemoryAccount(separator="\\"))
    lab.account.create("a\\b")
    lines = lab.say(b'LIST "" "a*"', select="")
    assert lines[1] == b'* LIST (\\HasNoChildren) "\\\\" "a\\\\b"'


def test_rev2_tells_levels_as_nonexistent_and_no_recent() -> None:
    lab = Lab()
    lab.account.create("a.b")
    lines = lab.say(b"ENABLE IMAP4rev2", b'LIST "" a', b'LIST "" INBOX RETURN (STATUS (MESSAGES RECENT))', select="")
    assert lines[2] == b'* LIST (\\NonExistent \\HasChildren) "." "a"'
    assert lines[5] == b'* STATUS "INBOX" (MESSAGES 0)'


def test_status_option_enables_condstore() -> None:
    lab = Lab()
    lab.add()
    lines = lab.say(b'LIST "" INBOX RETURN (STATUS (HIGHESTMODSEQ))', b"STORE 1 +FLAGS (\\Seen)")
    assert lines[-2] == b"* 1 FETCH (MODSEQ (3) FLAGS (\\Seen \\Recent))"


def test_ten_thousand_mailboxes_and_a_hostile_pattern() -> None:
    lab = Lab()
    entries = [Entry("INBOX"), *[Entry(f"folder{n:05d}.below") for n in range(10_000)]]
    lab.account.entries = lambda: entries  # type: ignore[method-assign]
    lab.talk([b'a LIST "" nothing\r\n'])
    begin = time.perf_counter()
    out = lab.talk([b'a LIST "" "%s"\r\n' % (b"%*" * 100)])
    took = time.perf_counter() - begin
    assert out.count(b"\r\n* LIST") == 10_000
    # The limit is 100 ms; a busy machine is given some room.
    assert took < 0.4


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            [b'""', b"*", b"%", b"(", b")", b" ", b"RETURN", b"SUBSCRIBED", b"RECURSIVEMATCH", b"a", b"&", b"{1+}\r\nx"]
        ),
        max_size=14,
    )
)
def test_any_arguments(words: list[bytes]) -> None:
    lab = Lab()
    lab.account.create("a.b")
    lab.account.subscribe("x.y")
    out = lab.talk([b"a LIST " + b"".join(words) + b"\r\nb NOOP\r\n"])
    assert out.endswith(b"b OK NOOP completed.\r\n")
    assert b"\r\na " in b"\r\n" + out or b"* BAD" in out
