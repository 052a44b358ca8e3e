"""The command table: every file of cmd is in it, and capabilities follow from it."""

import types

import pytest

from pymaster.dialog.imapd import verbs
from pymaster.dialog.imapd.verbs import SELECTED, Verb

# RFC 3501 and RFC 9051 in full.
BASE = b"CAPABILITY NOOP LOGOUT SELECT EXAMINE CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE LIST LSUB STATUS APPEND CHECK CLOSE EXPUNGE SEARCH FETCH STORE COPY IDLE NAMESPACE ENABLE UNSELECT MOVE".split(
    b" "
)


@pytest.mark.parametrize("name", BASE)
def test_base_commands_are_there(name: bytes) -> None:
    assert name in verbs.table()


def test_names_are_what_the_line_protocol_gives() -> None:
    for name, verb in verbs.table().items():
        assert name == verb.name == name.upper()
        assert callable(verb.run)


def test_what_needs_a_mailbox() -> None:
    table = verbs.table()
    for name in (b"CLOSE", b"FETCH", b"STORE", b"UID FETCH", b"EXPUNGE", b"CHECK", b"UNSELECT"):
        assert table[name].state == SELECTED
    assert table[b"IDLE"].state != SELECTED


def test_capabilities() -> None:
    told = verbs.capabilities().split(b" ")
    assert told[:2] == [b"IMAP4rev1", b"IMAP4rev2"]
    assert len(told) == len(set(told))
    for name in (
        b"IDLE",
        b"NAMESPACE",
        b"QUOTA",
        b"ACL",
        b"RIGHTS=texk",
        b"METADATA",
        b"NOTIFY",
        b"LIST-STATUS",
        b"SPECIAL-USE",
        b"ID",
    ):
        assert name in told


def test_disabled_and_extra() -> None:
    told = verbs.capabilities(frozenset([b"IDLE", b"IMAP4REV2", b"RIGHTS=TEXK"]), (b"APPENDLIMIT=5",)).split(b" ")
    assert b"IDLE" not in told
    assert b"IMAP4rev2" not in told
    assert b"RIGHTS=texk" not in told
    assert told[-1] == b"APPENDLIMIT=5"


def test_streamed() -> None:
    assert b"APPEND" in verbs.streamed()
    assert b"FETCH" not in verbs.streamed()


def test_a_command_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = types.SimpleNamespace(VERBS=(Verb(b"X", lambda session, command: None),))
    monkeypatch.setattr(verbs.importlib, "import_module", lambda name: twice)
    with pytest.raises(ValueError, match="two commands"):
        verbs.gather()
