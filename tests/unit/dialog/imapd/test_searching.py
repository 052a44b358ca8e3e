"""Search programs over a mailbox: against a naive evaluator, and the edges of columns."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.dialog.imapd import searching
from pymaster.dialog.imapd.searching import Search, midnight
from pymaster.proto.imap.cursor import Cursor
from pymaster.proto.imap.searchkeys import LEAST, MOST, parse
from tests.unit.dialog.imapd.lab import Lab

FLAGS = [b"\\Seen", b"\\Flagged", b"$Junk"]
WORDS = ["apple", "Äpfel", "pear", "two words"]


@dataclass
class Model:
    """A message as the naive evaluator knows it."""

    uid: int
    flags: frozenset[bytes]
    date: int
    size: int
    subject: str
    body: str


def build() -> tuple[Lab, list[Model]]:
    lab, models = Lab(), []
    for n in range(24):
        subject, body = WORDS[n % 4], WORDS[n // 4 % 4]
        text = f"Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}{'.' * n * 7}\r\n".encode()
        flags = frozenset(flag for place, flag in enumerate(FLAGS) if n >> place & 1)
        date = 1_600_000_000 + n * 43_200
        models.append(Model(lab.add(text, flags=flags, date=date), flags, date, len(text), subject, body))
    # Holes in the UIDs.
    lab.box().remove([models[3].uid, models[10].uid, models[23].uid])
    return lab, [model for n, model in enumerate(models) if n not in (3, 10, 23)]


LAB, MODELS = build()
Node = tuple[str, Callable[[int, Model], bool]]


def _set(bounds: tuple[int, int]) -> Node:
    low, high = sorted(bounds)
    return f"{bounds[0]}:{bounds[1]}", lambda row, model: low <= row + 1 <= high


def _uids(bounds: tuple[int, int]) -> Node:
    low, high = sorted(bounds)
    return f"UID {bounds[1]}:{bounds[0]}", lambda row, model: low <= model.uid <= high


def _flag(flag: bytes) -> Node:
    name = flag.decode().lstrip("\\$")
    text = f"KEYWORD {flag.decode().upper()}" if flag[:1] == b"$" else name
    return text, lambda row, model: flag in model.flags


def _since(day: int) -> Node:
    when = time.localtime(1_600_000_000 + day * 86400)
    begin = int(time.mktime((when.tm_year, when.tm_mon, when.tm_mday, 0, 0, 0, 0, 0, -1)))
    return time.strftime("SINCE %d-%b-%Y", when), lambda row, model: model.date >= begin


LEAVES = st.one_of(
    st.tuples(st.integers(1, 30), st.integers(1, 30)).map(_set),
    st.tuples(st.integers(1, 30), st.integers(1, 30)).map(_uids),
    st.sampled_from(FLAGS).map(_flag),
    st.integers(0, 12).map(_since),
    st.integers(0, 300).map(lambda n: (f"LARGER {n}", lambda row, model: model.size > n)),
    st.integers(0, 300).map(lambda n: (f"SMALLER {n}", lambda row, model: model.size < n)),
    st.sampled_from(WORDS).map(lambda word: (f'SUBJECT "{word.upper()}"', lambda row, model: word == model.subject)),
    st.sampled_from(WORDS).map(lambda word: (f'BODY "{word.lower()}"', lambda row, model: word == model.body)),
    st.sampled_from(WORDS).map(
        lambda word: (f'TEXT "{word}"', lambda row, model: word in (model.subject, model.body))
    ),
    st.just(("ALL", lambda row, model: True)),
)  # fmt: skip


def _or(pair: tuple[Node, Node]) -> Node:
    one, two = pair
    return f"OR {one[0]} {two[0]}", lambda row, model: one[1](row, model) or two[1](row, model)


def _and(nodes: list[Node]) -> Node:
    text = " ".join(node[0] for node in nodes)
    return f"({text})", lambda row, model: all(node[1](row, model) for node in nodes)


TREES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda node: (f"NOT {node[0]}", lambda row, model: not node[1](row, model))),
        st.tuples(inner, inner).map(_or),
        st.lists(inner, min_size=1, max_size=4).map(_and),
    ),
    max_leaves=10,
)


def run(text: bytes, lab: Lab = LAB, among: list[int] | None = None) -> list[int]:
    program = parse(Cursor([text], []), lambda data: data.decode("utf-8"))
    session, _ = lab.session([])
    mailbox = lab.box()
    search = Search(program, mailbox, mailbox.state, lab.clock.now(), {2, 5}, [4, 5, 999])
    return search.run(session, among)


@settings(max_examples=300, deadline=None)
@given(TREES, st.one_of(st.none(), st.sets(st.integers(0, 20)).map(sorted)))
def test_against_the_naive_evaluator(tree: Node, among: list[int] | None) -> None:
    text, truth = tree
    wanted = [row for row, model in enumerate(MODELS) if truth(row, model) and (among is None or row in among)]
    assert run(text.encode(), among=among) == wanted


def test_recent_saved_and_age() -> None:
    uids = [model.uid for model in MODELS]
    assert [uids[row] for row in run(b"RECENT")] == [2, 5]
    assert [uids[row] for row in run(b"$")] == [5]
    assert [uids[row] for row in run(b"UID $")] == [5]
    now = int(LAB.clock.now())
    ages = [now - model.date for model in MODELS]
    for age in (ages[4], ages[4] + 1, ages[4] - 1):
        assert run(b"OLDER %d" % age) == [row for row, each in enumerate(ages) if each >= age]
        assert run(b"YOUNGER %d" % age) == [row for row, each in enumerate(ages) if each <= age]


def test_an_empty_mailbox() -> None:
    for text in (b"ALL", b"1:*", b"*", b"UID 1:*", b"NOT BODY x", b"$", b"RECENT", b"SINCE 1-Jan-1970", b"SEEN"):
        assert run(text, Lab()) == []


def test_a_message_that_is_gone_matches_nothing() -> None:
    lab = Lab()
    lab.add(b"Subject: a\r\n\r\nx\r\n")
    lab.add(b"Subject: b\r\n\r\nx\r\n")
    program = parse(Cursor([b"NOT SUBJECT c"], []), bytes.decode)
    state = lab.box().state
    lab.box().remove([1])
    session, _ = lab.session([])
    assert Search(program, lab.box(), state, 0).run(session) == [1]


def test_slices_and_breaths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "SLICE", 4)
    monkeypatch.setattr(searching, "INLINE", 0)
    session, _ = LAB.session([])
    breaths: list[tuple[int, int]] = []
    monkeypatch.setattr(session, "breathe", lambda done, total: breaths.append((done, total)))
    program = parse(Cursor([b"BODY apple"], []), bytes.decode)
    found = Search(program, LAB.box(), LAB.box().state, 0).run(session)
    assert found == [row for row, model in enumerate(MODELS) if model.body == "apple"]
    assert breaths == [(n, 21) for n in (4, 8, 12, 16, 20, 21)]


def test_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "INLINE", 0)
    with ThreadPoolExecutor(2) as pool:
        monkeypatch.setattr(LAB.world, "run", lambda function, *arguments: pool.submit(function, *arguments).result())
        assert run(b"OR BODY apple SEEN") == [
            row for row, model in enumerate(MODELS) if model.body == "apple" or b"\\Seen" in model.flags
        ]


def test_a_little_work_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_in_thread(*arguments: object) -> object:
        raise AssertionError("a thread")

    monkeypatch.setattr(LAB.world, "run", run_in_thread)
    assert run(b"1:16 BODY apple") == [row for row, model in enumerate(MODELS[:16]) if model.body == "apple"]
    monkeypatch.setattr(searching, "SMALL", 1000)
    with pytest.raises(AssertionError):
        run(b"1:16 BODY apple")


def test_midnight() -> None:
    assert midnight(LEAST) == LEAST and midnight(MOST) == MOST
    local = time.localtime(midnight(18263))
    assert (local.tm_year, local.tm_mon, local.tm_mday, local.tm_hour) == (2020, 1, 2, 0)
    # The years 1 and 9999.
    assert midnight(-719162) < midnight(2932896)
