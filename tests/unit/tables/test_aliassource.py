"""aliases(5) records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.tables.aliassource import alias_records, scan, write


def read(data: bytes) -> tuple[dict[bytes, bytes], list[str]]:
    warnings: list[str] = []
    return {r.key: r.value for r in alias_records(data, "al", warnings.append)}, warnings


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        (b'Root:  bob, "|prog a b",\n   Carl', b"Root", b'bob, "|prog a b", Carl'),
        (b'"Quoted, Name": x', b"Quoted, Name", b"x"),
        (b"bob : y", b"bob", b"y"),
        (b"two words: z", b"two words", b"z"),
        (b'"esc\\"d": v', b'esc"d', b"v"),
        (b"bad(comment): v", b"bad (comment)", b"v"),
        (b"x:y\n continuation : q", b"x", b"y continuation:q"),
        (b"l: :include:/a/b, /file/name", b"l", b":include:/a/b, /file/name"),
        (b"root: \\root, a\\ b", b"root", b'root, "a b"'),
        (b"c: |/bin/x, | /y", b"c", b"|/bin/x, |/y"),
        (b"p: a <b> c<d>,e@ f", b"p", b"a <b>c <d>, e@f"),
        (b'q: (c) foo(bar(in))baz, "q" "r"', b"q", b'(c) foo (bar(in)) baz, "q" "r"'),
        (b"z: [1.2.3] a[b]c x;y", b"z", b"[1.2.3] a [b] c x;y"),
        (b'u: "unterminated', b"u", b'"unterminated"'),
        (b"w: (unterm", b"w", b"(unterm"),
        (b'r: "a\\"b"', b"r", b'"a\\"b"'),
        (b'"a@b": c', b"a@b", b"c"),
    ],
)
def test_records(line: bytes, name: bytes, value: bytes) -> None:
    assert read(line + b"\n") == ({name: value}, [])


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        (b"a@b.c: at", "name must be local"),
        (b"<a@x>: v", "name must be local"),
        (b": empty", "need name:value pair"),
        (b"novalue:", "need name:value pair"),
        (b"nocolon", "need name:value pair"),
        (b'"":x', "need name:value pair"),
    ],
)
def test_bad_records(line: bytes, warning: str) -> None:
    assert read(line + b"\n") == ({}, [f"al, line 1: {warning}"])


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    entries, _ = read(data)
    assert all(name and b"\n" not in name + value for name, value in entries.items())


@given(st.binary(max_size=100))
def test_writing_again_changes_nothing(data: bytes) -> None:
    once = write(scan(data), quote=True)
    assert write(scan(once), quote=True) == once


def test_long_line_is_linear() -> None:
    for text in (b'x: "' + b"\\" * 200_000, b"x: " + b"(" * 200_000, b"x: " + b"[" * 200_000):
        read(text + b"\n")
