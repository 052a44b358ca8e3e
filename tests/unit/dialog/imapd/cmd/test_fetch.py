"""FETCH's own decisions: what VANISHED tells, CONDSTORE switched on, narrowing by modseq and by part; see also golden dialogs."""

import pytest

from pymaster.store.mailbox.memory import MemoryMailbox
from tests.unit.dialog.imapd.lab import Lab


def lab_with(count: int) -> Lab:
    lab = Lab()
    for _ in range(count):
        lab.add()
    return lab


def test_vanished_when_the_log_does_not_reach_back(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = lab_with(6)
    lab.box().remove([2, 4, 5])
    monkeypatch.setattr(MemoryMailbox, "vanished", lambda self, since: None)
    lines = lab.say(b"ENABLE QRESYNC", b"UID FETCH 2:5 (FLAGS) (CHANGEDSINCE 1 VANISHED)")
    assert lines[2] == b"* VANISHED (EARLIER) 2,4:5"
    assert lines[3] == b"* 2 FETCH (UID 3 FLAGS (\\Recent) MODSEQ (4))"


def test_vanished_only_among_what_was_asked_for() -> None:
    lab = lab_with(6)
    lab.box().remove([2, 4, 6])
    lines = lab.say(b"ENABLE QRESYNC", b"UID FETCH 3:4294967295 (UID) (CHANGEDSINCE 7 VANISHED)")
    assert lines[2:] == [b"* VANISHED (EARLIER) 4,6", b"a OK Fetch completed."]
    lines = lab.say(b"ENABLE QRESYNC", b"UID FETCH $ (UID) (CHANGEDSINCE 7 VANISHED)")
    assert lines[2:] == [b"a OK Fetch completed."]


def test_modseq_switches_condstore_on() -> None:
    for command in (b"FETCH 1 MODSEQ", b"FETCH 1 FLAGS (CHANGEDSINCE 0)"):
        lab = lab_with(1)
        lines = lab.say(b"FETCH 1 FLAGS", command, b"FETCH 1 FLAGS")
        assert lines[0] == b"* 1 FETCH (FLAGS (\\Recent))"
        assert lines[-2] == b"* 1 FETCH (FLAGS (\\Recent) MODSEQ (2))"


def test_the_saved_search_result() -> None:
    lab = lab_with(3)
    assert lab.say(b"FETCH $ UID") == [b"a OK Fetch completed."]


def test_no_messages_at_all() -> None:
    lab = Lab()
    assert lab.say(b"FETCH 1:* FLAGS", b"UID FETCH 1:* FLAGS", b"UID FETCH * FLAGS") == [
        b"a BAD No such message.",
        b"a OK Fetch completed.",
        b"a OK Fetch completed.",
    ]


def test_partial_of_what_changed() -> None:
    lab = lab_with(5)
    lab.box().store([2, 3, 5], "+", [b"\\Flagged"])
    lines = lab.say(b"UID FETCH 1:* (UID) (CHANGEDSINCE 6 PARTIAL 2:2)")
    assert lines[0] == b"* 3 FETCH (UID 3 MODSEQ (7))"
    assert len(lines) == 2
