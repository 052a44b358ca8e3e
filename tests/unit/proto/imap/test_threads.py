"""Threading: RFC 5256's cases, loops and other malice, and that every message occurs once."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.threads import Forest, Mail, ordered_subject, references, refs


def mail(
    row: int, name: str = "", refers: str = "", subject: str = "", reply: bool = False, date: int | None = None
) -> Mail:
    """A message; without a subject it has one of its own."""
    when = row if date is None else date
    return Mail(
        row, when, row, (subject or f"own {row}").encode(), reply, name.encode(),
        [each.encode() for each in refers.split(" ") if each],
    )  # fmt: skip


def written(algorithm: Callable[..., bytes], *mails: Mail) -> bytes:
    return algorithm(list(mails), lambda row: row)


def test_ordered_subject() -> None:
    mails = [mail(1, subject="b"), mail(2, subject="a", date=0), mail(3, subject="b"), mail(4, subject="b", date=9)]
    assert written(ordered_subject, *mails) == b"(2)(1 (3)(4))"
    assert written(ordered_subject, mail(1, subject="a"), mail(2, subject="a")) == b"(1 2)"
    assert written(ordered_subject) == b""


@pytest.mark.parametrize(
    ("mails", "wanted"),
    [
        ([mail(1, "a"), mail(2, "b", "a"), mail(3, "c", "a b"), mail(4, "d", "a")], b"(1 (2 3)(4))"),
        # Missing parents: one child takes the place, several are held together.
        ([mail(1, "a", "x y")], b"(1)"),
        ([mail(1, "a", "x"), mail(2, "b", "x")], b"((1)(2))"),
        ([mail(1, "a", "x y"), mail(2, "b", "x z")], b"((1)(2))"),
        ([mail(1, "r"), mail(2, "a", "r x"), mail(3, "b", "r x")], b"(1 (2)(3))"),
        # Loops of one, two and three.
        ([mail(1, "a", "a")], b"(1)"),
        ([mail(1, "a", "b"), mail(2, "b", "a")], b"(2 1)"),
        ([mail(1, "a", "c"), mail(2, "b", "a"), mail(3, "c", "b")], b"(3 1 2)"),
        ([mail(1, "a", "b a b")], b"(1)"),
        # The second message of one id is nobody's parent.
        ([mail(1, "a"), mail(2, "a"), mail(3, "b", "a")], b"(1 3)(2)"),
        # Messages without ids stand alone.
        ([mail(1), mail(2)], b"(1)(2)"),
        # A truncated References field is set right by the message's own.
        ([mail(1, "c", "a b"), mail(2, "b", "a x"), mail(3, "a"), mail(4, "x", "a")], b"(3 4 2 1)"),
        # Siblings and roots go by date.
        (
            [mail(1, "a", date=9), mail(2, "b", "a", date=8), mail(3, "c", "a", date=7), mail(4, "d", date=1)],
            b"(4)(1 (3)(2))",
        ),
    ],
)
def test_references(mails: list[Mail], wanted: bytes) -> None:
    assert written(references, *mails) == wanted


@pytest.mark.parametrize(
    ("mails", "wanted"),
    [
        ([mail(1, "a", subject="S"), mail(2, "b", subject="S", reply=True)], b"(1 2)"),
        ([mail(1, "a", subject="S", reply=True), mail(2, "b", subject="S")], b"(2 1)"),
        ([mail(1, "a", subject="S"), mail(2, "b", subject="S")], b"((1)(2))"),
        ([mail(1, "a", subject="S", reply=True), mail(2, "b", subject="S", reply=True)], b"((1)(2))"),
        ([mail(1, "a", subject="S"), mail(2, "b", subject="S"), mail(3, "c", subject="S")], b"((1)(2)(3))"),
        # Under a missing parent: two of these become one, and others join them.
        (
            [mail(1, "a", "x", "S"), mail(2, "b", "x", "S"), mail(3, "c", "y", "S"), mail(4, "d", "y", "S")],
            b"((1)(2)(3)(4))",
        ),
        ([mail(1, "a", subject="S"), mail(2, "b", "x", "S"), mail(3, "c", "x", "S")], b"((1)(2)(3))"),
    ],
)
def test_subjects_merge(mails: list[Mail], wanted: bytes) -> None:
    assert written(references, *mails) == wanted


def test_empty_subjects_do_not_merge() -> None:
    one, two = mail(1, "a"), mail(2, "b")
    one.subject = two.subject = b""
    assert written(references, one, two) == b"(1)(2)"


def test_refs_goes_by_the_newest_arrival_and_leaves_subjects_alone() -> None:
    mails = [mail(1, "a", subject="S"), mail(2, "b", subject="S"), mail(3, "c", "a", "S")]
    assert written(refs, *mails) == b"(2)(1 3)"


def numbers(text: bytes) -> list[int]:
    return sorted(int(each) for each in re.findall(rb"[0-9]+", text))


IDS = st.sampled_from(["", "a", "b", "c", "d", "e"])
MAILS = st.lists(
    st.tuples(IDS, st.lists(IDS, max_size=4), st.sampled_from(["S", "T", ""]), st.booleans(), st.integers(0, 3)),
    max_size=12,
)


@given(MAILS)
def test_every_message_once(data: list[tuple[str, list[str], str, bool, int]]) -> None:
    mails = [
        mail(n, name, " ".join(refers), subject, reply, date)
        for n, (name, refers, subject, reply, date) in enumerate(data)
    ]
    for algorithm in (ordered_subject, references, refs):
        text = written(algorithm, *mails)
        assert numbers(text) == list(range(len(mails)))
        assert text.count(b"(") == text.count(b")")


def test_deep_and_wide_is_linear() -> None:
    count = 20_000
    chain = [mail(n, f"m{n}", f"m{n - 1}" if n else "") for n in range(count)]
    wide = [mail(n, f"m{n}", "m0" if n else "") for n in range(count)]
    # Everybody contradicts everybody.
    hostile = [mail(n, f"m{n}", f"m{n * 7919 % count} m{n + 1} m{n * 31 % count}") for n in range(count)]
    # One message after the other claims to be the parent of the whole chain before it.
    rising = [mail(n, f"m{n}", f"m{n + 1}") for n in range(count // 2)]
    rising += [mail(count + n, f"m{n}", f"m{count // 2 - n}") for n in range(count // 2)]
    ghosts = [mail(n, f"m{n}", " ".join(f"g{n + k}" for k in range(20))) for n in range(count // 10)]
    begun = time.process_time()
    for mails in (chain, wide, hostile, rising, ghosts):
        assert numbers(written(references, *mails)) == sorted(each.row for each in mails)
    assert time.process_time() - begun < 20


def test_ghosts_are_lifted_without_copying() -> None:
    # A tower of unknown parents over many messages.
    count = 3000
    mails = [mail(n, f"m{n}", " ".join(f"g{k}" for k in range(max(0, n - 50), n + 1))) for n in range(count)]
    forest = Forest(mails)
    assert sum(1 for node in forest.walk(forest.roots) if forest.mail[node] is None) <= 1
