"""Patterns on the PCRE2 library."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.tables import engine_pcre2
from pymaster.tables.engine import BadPattern, TooComplex
from pymaster.tables.engine_pcre2 import Library, Pcre2Pattern, available, library

pytestmark = pytest.mark.skipif(not available(), reason="no PCRE2 library on this machine")


def test_groups() -> None:
    made = Pcre2Pattern(b"(a)(x)?(b)(y)?", frozenset("is"))
    assert made.groups == 4
    assert made.groups_of(b"-AB-") == [b"AB", b"A", b"", b"B", b""]
    assert made.groups_of(b"q") is None
    assert made.matches(b"ab")
    assert not made.matches(b"")


def test_bad_pattern() -> None:
    with pytest.raises(BadPattern, match="error in regex at offset 2: missing terminating ] for character class"):
        Pcre2Pattern(b"([", frozenset())


@pytest.mark.parametrize("pattern", [rb"(a+)+$", rb"(a|a)*$", rb"(.*)(.*)(.*)(.*)y(?!a)", rb"^(a?){40}a{40}$"])
@pytest.mark.parametrize("fast", [True, False])
def test_work_is_bounded(pattern: bytes, fast: bool) -> None:
    made = Pcre2Pattern(pattern, frozenset("is"))
    if not fast:
        made._contexts = made._lib.slow
    begin = time.process_time()
    for subject in (b"a" * 30 + b"b", b"a" * 100_000 + b"b", b"a" * 1_000_000 + b"b"):
        try:
            made.matches(subject)
        except TooComplex as exc:
            assert "matching error" in str(exc)
    assert time.process_time() - begin < 1.0


@pytest.mark.parametrize("pattern", [rb"\s+x", rb"a+b", rb"(?>a+)b", rb"(?=(a+))a*b\1", rb"\s+$"])
def test_scanning_is_bounded_too(pattern: bytes) -> None:
    made = Pcre2Pattern(pattern, frozenset("is"))
    for subject in (b" " * 100_000 + b"yx", b"a" * 100_000 + b"yb", b"a" * 1_000_000 + b"yb"):
        begin = time.process_time()
        try:
            assert not made.matches(subject)
        except TooComplex:
            assert len(subject) > 50_000
        # Three times the bar, for a busy machine.
        assert time.process_time() - begin < 0.15


@pytest.mark.parametrize(
    "pattern",
    [b"needle", b"^needle", b"(?m)^needle$", b"(?<=x)needle", b"n[a-z]+e\\b", b"\\z", b"\xc3\xa9needle", b"never"],
)
@pytest.mark.parametrize("flags", ["is", "isA", "im"])
def test_long_subjects_are_found_as_short_ones(pattern: bytes, flags: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Pcre2Pattern(pattern, frozenset(flags))
    for subject in (
        b"needle" + b"a" * 9000,
        b"\xc3\xa9" * 4000 + b"xneedle\n" + b"b" * 3000,
        b"\xa9" * 6000 + b"\nneedle",
    ):
        monkeypatch.setattr(engine_pcre2, "WHOLE", 1 << 30)
        whole = made.groups_of(subject)
        monkeypatch.setattr(engine_pcre2, "WHOLE", 4096)
        for work in (1, 50_000, 1 << 30):
            monkeypatch.setattr(engine_pcre2, "WORK", work)
            monkeypatch.setattr(engine_pcre2, "BUDGET", 60)
            assert made.groups_of(subject) == whole


def test_nul_and_any_bytes_in_subjects() -> None:
    assert Pcre2Pattern(b"a\\x00b", frozenset()).matches(b"xa\0b")
    assert Pcre2Pattern("\u00e9".encode(), frozenset("i")).groups_of(b"\xff\xc3\x89") == ["\u00c9".encode()]


def test_loaded_once_and_missing() -> None:
    assert library() is library()
    with pytest.raises(OSError, match="libnone"):
        Library("libnone.so.0")


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_any_pattern(source: bytes, subject: bytes) -> None:
    try:
        made = Pcre2Pattern(source, frozenset("is"))
        found = made.groups_of(subject)
    except (BadPattern, TooComplex):
        return
    assert found is None or len(found) == made.groups + 1
