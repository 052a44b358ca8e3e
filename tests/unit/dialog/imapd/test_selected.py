"""What a session knows of its mailbox: rows, news, sequence numbers that change only where they may."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.dialog.imapd.selected import Selected
from pymaster.proto.imap.sets import SequenceSet
from pymaster.store.mailbox.memory import MemoryMailbox
from tests.unit.dialog.imapd.lab import Lab


def box_with(count: int) -> MemoryMailbox:
    lab = Lab()
    for _ in range(count):
        lab.add()
    return lab.box()


def add(box: MemoryMailbox, *flags: bytes) -> None:
    draft = box.draft()
    draft.write(b"x\n")
    draft.finish()
    box.append([(draft, flags)])


def rows(selected: Selected, text: bytes, *, uid: bool = False) -> list[int]:
    return [row for each in selected.rows(SequenceSet.parse(text), uid=uid) for row in each]


def test_rows_of_numbers() -> None:
    selected = Selected(box_with(4), False)
    assert rows(selected, b"2:3") == [1, 2]
    assert rows(selected, b"*") == [3]
    assert rows(selected, b"*:2,1") == [0, 1, 2, 3]
    for text in (b"5", b"1:5", b"5:*"):
        with pytest.raises(ValueError, match="no such"):
            rows(selected, text)
    with pytest.raises(ValueError, match="no messages"):
        rows(Selected(box_with(0), False), b"*")


def test_rows_of_uids() -> None:
    box = box_with(6)
    box.remove([2, 5])
    selected = Selected(box, False)
    assert rows(selected, b"2:4,99", uid=True) == [1, 2]
    assert rows(selected, b"50:*", uid=True) == [3]
    assert rows(selected, b"2", uid=True) == []
    assert rows(Selected(box_with(0), False), b"1:*", uid=True) == []
    assert selected.uids([range(1, 3)]) == [3, 4]


def test_saved_result() -> None:
    selected = Selected(box_with(4), False)
    selected.saved = [2, 4, 9]
    assert rows(selected, b"$") == [1, 3]
    assert rows(selected, b"$", uid=True) == [1, 3]


def test_expunges_wait_and_their_rows_stay() -> None:
    box = box_with(3)
    selected = Selected(box, False)
    selected.saved = [2, 3]
    box.remove([2])
    add(box, b"\\Seen")
    box.store([1], "+", [b"\\Flagged"])
    assert selected.behind()
    assert selected.news(expunges=False) == [
        b"* 4 EXISTS\r\n",
        b"* 3 RECENT\r\n",
        b"* 1 FETCH (FLAGS (\\Flagged \\Recent))\r\n",
    ]
    assert list(selected.view.uids) == [1, 2, 3, 4]
    assert selected.news(expunges=False) == []
    assert selected.news(expunges=True) == [b"* 2 EXPUNGE\r\n"]
    assert list(selected.view.uids) == [1, 3, 4]
    assert selected.saved == [3]
    assert not selected.behind()
    assert selected.news(expunges=True) == []


def test_several_expunges_from_the_end_or_vanished() -> None:
    box = box_with(5)
    plain, quick = Selected(box, True), Selected(box, True)
    quick.qresync = True
    box.remove([1, 2, 4])
    assert plain.news(expunges=True) == [b"* 4 EXPUNGE\r\n", b"* 2 EXPUNGE\r\n", b"* 1 EXPUNGE\r\n"]
    assert quick.news(expunges=True) == [b"* VANISHED 1:2,4\r\n"]


def test_what_flags_say() -> None:
    box = box_with(1)
    selected = Selected(box, False)
    selected.recent = box.claim_recent()
    box.store([1], "=", [b"\\Seen", b"$Junk"])
    assert selected.news(expunges=True)[-1] == b"* 1 FETCH (FLAGS (\\Seen $Junk \\Recent))\r\n"
    selected.condstore = selected.uid_required = True
    assert selected.flags_item(0) == b"UID 1 MODSEQ (3) FLAGS (\\Seen $Junk \\Recent)"
    selected.rev2 = True
    assert selected.flags_text(0) == b"\\Seen $Junk"


def test_flags_can_be_left_out() -> None:
    box = box_with(1)
    selected = Selected(box, False)
    box.store([1], "+", [b"\\Seen"])
    assert selected.news(expunges=True, flags=False) == []
    assert not selected.behind()


def test_new_keywords_are_told_once() -> None:
    box = box_with(1)
    selected = Selected(box, False)
    box.store([1], "+", [b"$New"])
    told = selected.news(expunges=True)
    assert told[0] == b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $New)\r\n"
    assert told[1].startswith(b"* OK [PERMANENTFLAGS (")
    assert told[2] == b"* 1 FETCH (FLAGS ($New \\Recent))\r\n"
    assert selected.new_keywords() == []


def test_read_only_claims_nothing() -> None:
    box = box_with(1)
    selected = Selected(box, True)
    add(box)
    assert selected.news(expunges=True) == [b"* 2 EXISTS\r\n", b"* 0 RECENT\r\n"]
    assert box.recent_count() == 2


def test_rev2_has_no_recent() -> None:
    box = box_with(0)
    selected = Selected(box, False)
    selected.rev2 = True
    add(box)
    assert selected.news(expunges=True) == [b"* 1 EXISTS\r\n"]


def test_absorbed_changes_are_no_news() -> None:
    box = box_with(2)
    selected = Selected(box, False)
    box.store([1], "+", [b"\\Seen"])
    selected.absorb([1, 77])
    assert not selected.behind()
    box.store([1, 2], "+", [b"\\Flagged"])
    selected.absorb([1])
    assert selected.behind()
    assert selected.news(expunges=True) == [b"* 2 FETCH (FLAGS (\\Flagged \\Recent))\r\n"]


def test_absorb_keeps_what_is_gone_until_it_may_be_told() -> None:
    box = box_with(3)
    selected = Selected(box, False)
    box.remove([1])
    box.store([2], "+", [b"\\Seen"])
    selected.absorb([1, 2])
    assert list(selected.view.uids) == [1, 2, 3]
    assert selected.news(expunges=True) == [b"* 1 EXPUNGE\r\n"]


def test_a_large_mailbox_is_compared_quickly() -> None:
    box = box_with(1)
    box.state = box.state.extended([(uid, 0, 1, 0, 0) for uid in range(2, 100_001)], 5)
    box.bodies.update(dict.fromkeys(range(2, 100_001), b""))
    selected = Selected(box, False)
    box.store([50_000], "+", [b"\\Seen"])
    box.remove([99_999])
    begin = time.perf_counter()
    assert len(selected.news(expunges=False)) == 1
    assert len(selected.news(expunges=True)) == 1
    assert time.perf_counter() - begin < 1.5


# A client that believes what it is told must know the mailbox in the end.

CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("gone"), st.integers(1, 9), st.just(0)),
        st.tuples(st.just("flag"), st.integers(1, 9), st.integers(0, 2)),
        st.tuples(st.just("tell"), st.integers(0, 1), st.just(0)),
    ),
    max_size=25,
)
KEYWORDS = (b"\\Seen", b"\\Deleted", b"$x")


class Believer:
    """What a client makes of untagged responses; new messages' flags are fetched by it."""

    def __init__(self, selected: Selected) -> None:
        self.selected = selected
        self.uids = list(selected.view.uids)
        self.flags = [self.fetched(row) for row in range(len(self.uids))]

    def fetched(self, row: int) -> set[bytes]:
        return set(self.selected.flags_text(row).split()) - {b"\\Recent"}

    def hear(self, lines: list[bytes]) -> None:
        for line in lines:
            if found := re.match(rb"\* (\d+) EXPUNGE", line):
                del self.uids[int(found[1]) - 1], self.flags[int(found[1]) - 1]
            elif found := re.match(rb"\* (\d+) EXISTS", line):
                for row in range(len(self.uids), int(found[1])):
                    self.uids.append(self.selected.view.uids[row])
                    self.flags.append(self.fetched(row))
            elif found := re.match(rb"\* (\d+) FETCH \(FLAGS \((.*)\)\)", line):
                self.flags[int(found[1]) - 1] = set(found[2].split()) - {b"\\Recent"}


@settings(max_examples=200, deadline=None)
@given(CHANGES)
def test_a_believing_client_knows_the_mailbox(changes: list[tuple[str, int, int]]) -> None:
    box = box_with(3)
    selected = Selected(box, False)
    client = Believer(selected)
    for what, number, flag in changes:
        if what == "add":
            add(box, *KEYWORDS[:number])
        elif what == "gone":
            box.remove([number])
        elif what == "flag":
            box.store([number], "+-"[number % 2], [KEYWORDS[flag]])
        else:
            before = list(client.uids)
            client.hear(selected.news(expunges=bool(number)))
            assert number or client.uids[: len(before)] == before
        assert client.uids == list(selected.view.uids)
    client.hear(selected.news(expunges=True))
    assert client.uids == list(box.state.uids)
    assert client.flags == [set(box.flags.sets[flags]) for flags in box.state.flags]
