"""Uploads: what a broken connection or a full disk leaves, limits, many messages; anything that a client may send."""

import errno
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.dialog.imapd import appending
from pymaster.dialog.imapd.settings import Settings
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.memory import MemoryDraft, MemoryMailbox
from tests.unit.dialog.imapd.lab import Lab


@pytest.fixture
def abandoned(monkeypatch: pytest.MonkeyPatch) -> list[MemoryDraft]:
    found: list[MemoryDraft] = []
    monkeypatch.setattr(MemoryDraft, "abandon", lambda self: found.append(self))
    return found


def test_a_connection_lost_within_a_message(abandoned: list[MemoryDraft]) -> None:
    lab = Lab()
    assert lab.talk([b"a APPEND INBOX {10+}\r\n01234567"]) == b""
    assert lab.talk([b"a APPEND INBOX {2+}\r\n01 {3+}\r\n"]) == b""
    assert len(abandoned) == 3 and len(lab.box().state) == 0


def test_a_client_that_falls_silent(abandoned: list[MemoryDraft]) -> None:
    lab = Lab()
    out = lab.talk([b"a APPEND INBOX {10}\r\n"], hang=True)
    assert out == b"+ OK\r\n* BYE Disconnected for inactivity.\r\n"
    assert len(abandoned) == 1


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, abandoned: list[MemoryDraft]) -> None:
    lab = Lab()
    failure = OSError(errno.ENOSPC, "No space left on device")

    def fail(*arguments: Any) -> None:
        raise failure

    monkeypatch.setattr(MemoryDraft, "write", fail)
    command = b"a APPEND INBOX {3+}\r\nabc\r\nb NOOP\r\n"
    assert lab.talk([command]) == b"a NO [OVERQUOTA] Disk is full\r\nb OK NOOP completed.\r\n"
    failure = OSError(errno.EIO, "Input/output error")
    wanted = b"a NO [SERVERBUG] Internal error, see the server's log\r\nb OK NOOP completed.\r\n"
    assert lab.talk([command]) == wanted
    monkeypatch.undo()
    monkeypatch.setattr(MemoryDraft, "finish", fail)
    assert lab.talk([command]) == wanted
    assert len(lab.box().state) == 0
    assert len(abandoned) == 2


def test_a_mailbox_deleted_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    lab.account.create("A")
    out = lab.talk([b"a APPEND A {3}\r\n", lambda: lab.account.delete("A"), b"abc\r\n"])
    assert out == b"+ OK\r\na NO [TRYCREATE] Mailbox doesn't exist\r\n"

    def refuse(self: MemoryMailbox, drafts: object) -> list[int]:
        raise MailboxError("LIMIT", "Too many")

    monkeypatch.setattr(MemoryMailbox, "append", refuse)
    assert lab.talk([b"a APPEND INBOX {3+}\r\nabc\r\n"]) == b"a NO [LIMIT] Too many\r\n"


def test_a_message_larger_than_any_buffer_streams_through(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    largest = 0
    plain = MemoryDraft.write

    def write(self: MemoryDraft, block: bytes) -> None:
        nonlocal largest
        largest = max(largest, len(block))
        plain(self, block)

    monkeypatch.setattr(MemoryDraft, "write", write)
    line = b"x" * 98 + b"\r\n"
    blocks = [line * 100] * 500
    out = lab.talk([b"a APPEND INBOX {%d}\r\n" % (100 * 100 * 500), *blocks, b"\r\n"])
    assert out == b"+ OK\r\na OK [APPENDUID 1000001 1] Append completed.\r\n"
    assert largest == 10000


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appending, "MAX_MESSAGES", 2)
    monkeypatch.setattr(appending, "MAX_BINARY", 5)
    monkeypatch.setattr(appending, "MAX_PIECES", 2)
    lab = Lab()
    assert lab.say(b"APPEND INBOX {1+}\r\na {1+}\r\nb {1+}\r\nc", select="") == [b"a BAD Junk after the message"]
    assert lab.say(b"APPEND INBOX ~{6+}\r\nab\0def", select="") == [b"a NO [UNKNOWN-CTE] Binary message too large"]
    assert lab.say(b"APPEND INBOX ~{6+}\r\nabcdef", select="") == [b"a OK [APPENDUID 1000001 1] Append completed."]
    three = b"APPEND INBOX CATENATE (TEXT {1+}\r\na TEXT {1+}\r\nb TEXT {1+}\r\nc)"
    assert lab.say(three, select="") == [b"a BAD Too many pieces"]
    lab = Lab(Settings(append_limit=2))
    assert lab.say(b"APPEND INBOX CATENATE (TEXT {1+}\r\na TEXT {2+}\r\nbc)", select="") == [
        b"a NO [TOOBIG] Maximum message size exceeded"
    ]


PARTS = [
    b"INBOX", b" ", b" ", b"(\\Seen)", b'"17-Jul-1996 02:44:25 -0700"', b"{3+}\r\nabc", b"~{3+}\r\na\0c", b"{0+}\r\n", b"{5+}\r\nINBOX",
    b"CATENATE (", b"TEXT ", b"URL ", b'"/INBOX/;UID=1"', b")", b"UTF8 (", b"{99999}", b"x", b"()", b"{3}", b"1", b"~{1+}\r\nx",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(PARTS), max_size=10),
    st.sampled_from([b"APPEND ", b"REPLACE 1 ", b"UID REPLACE 1 "]),
    st.booleans(),
)
def test_whatever_comes_there_is_one_answer(parts: list[bytes], verb: bytes, utf8: bool) -> None:
    lab = Lab()
    lab.add()
    first = b"e ENABLE UTF8=ACCEPT\r\n" if utf8 else b"e NOOP\r\n"
    command = b"a " + verb + b"".join(parts) + b"\r\n"
    out = lab.talk([b"s SELECT INBOX\r\n" + first, command, b"z NOOP\r\n" * 8])
    answers = re.findall(rb"(?m)^a (?:OK|NO|BAD) [^\r\n]+\r\n", out)
    # A synchronizing literal that was asked for takes what follows for its octets.
    assert len(answers) == 1 or (not answers and b"\r\n+ OK\r\n" in out), out
    appended = b"a OK" in out
    assert (len(lab.box().state) + (verb != b"APPEND ") > 1) == appended or lab.box().state.uidnext == 2 + appended
