"""Rights of RFC 4314: letters, changes, what is effective."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap import rights


def test_obsolete_rights_stand_for_new_ones() -> None:
    assert rights.expanded(b"cd") == frozenset("ketx")
    assert rights.written(rights.expanded(b"swirl")) == "lrwsi"
    assert rights.told("k") == b"kc"
    assert rights.told("e") == b"ed"
    assert rights.told("lr") == b"lr"


@pytest.mark.parametrize("letters", [b"L", b"lz", b"l r", b"5", b"\xff", b"l-"])
def test_what_is_no_right(letters: bytes) -> None:
    with pytest.raises(ValueError, match="right"):
        rights.expanded(letters)


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [("", b"lr", "lr"), ("lr", b"+d", "lrtex"), ("lrtex", b"-t", "lrex"), ("lr", b"w", "w"), ("lr", b"", ""), ("lr", b"+", "lr"), ("lr", b"-", "lr")],
)  # fmt: skip
def test_changes(before: str, change: bytes, after: str) -> None:
    assert rights.changed(before, change) == after


def test_negative_rights_and_groups() -> None:
    entries = {"fred": "lrw", "anyone": "ls", "-fred": "w", "-anyone": "s", "owner": "x"}
    assert rights.effective(entries, "fred", owner=False) == frozenset("lr")
    assert rights.effective({"-fred": "lrwa", "fred": "l"}, "fred", owner=True) == rights.ALL
    assert rights.effective({}, "fred", owner=False) == frozenset()


def test_identifiers() -> None:
    assert rights.identifier(b"-fred") == "-fred"
    assert rights.identifier("jürgen".encode()) == "jürgen"
    for raw in (b"", b"-", b"a\nb", b"\xff", b"x" * 300):
        with pytest.raises(ValueError):
            rights.identifier(raw)


@given(st.binary(max_size=8), st.binary(max_size=8))
def test_any_bytes(before: bytes, change: bytes) -> None:
    for call in (
        lambda: rights.expanded(before),
        lambda: rights.changed("lr", change),
        lambda: rights.identifier(change),
    ):
        try:
            call()
        except ValueError:
            continue


def test_rights_for_flags() -> None:
    flags = (b"\\Seen", b"\\SEEN", b"\\deleted", b"\\Draft", b"$Junk", b"\\*")
    assert [rights.right_for(flag) for flag in flags] == ["s", "s", "t", "w", "w", "w"]
