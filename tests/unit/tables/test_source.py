"""Logical lines and `key value` records."""

from hypothesis import given
from hypothesis import strategies as st

from pymaster.tables.source import MAX_LINE, key_end, logical_lines, map_records


def read(data: bytes, **options: bool) -> tuple[list[tuple[int, bytes, bytes]], list[str]]:
    warnings: list[str] = []
    found = [(r.line, r.key, r.value) for r in map_records(data, "m", warnings.append, **options)]
    return found, warnings


def test_continuation_comments_and_blanks() -> None:
    found, warnings = read(b"# c\n\na one\n  two\n # inside\n\n\tthree\nb x \t\n")
    assert found == [(3, b"a", b"one  two\tthree"), (8, b"b", b"x")]
    assert not warnings


def test_quotes_stay_part_of_the_key() -> None:
    assert read(b'"b c" x\n"q\\"u \\\\" y\na" "b z\n')[0] == [
        (1, b'"b c"', b"x"),
        (2, b'"q\\"u \\\\"', b"y"),
        (3, b'a" "b', b"z"),
    ]


def test_warnings_are_postfix_s() -> None:
    found, warnings = read(b' lead x\nnokey\n"open x\nkey: v\n\xff y\nnul\0 z\n')
    assert [key for _, key, _ in found] == [b"key:"]
    assert warnings == [
        'm: logical line must not start with whitespace: " lead x"',
        "m, line 2: expected format: key whitespace value",
        "m, line 3: unbalanced '\"' in '\"open x' -- ignoring this line",
        'm, line 4: record is in "key: value" format; is this an alias file?',
        'm, line 5: non-UTF-8 input "? y" -- ignoring this line',
        'm, line 6: null byte in "nul? z" -- ignoring this line',
    ]
    assert read(b"x\n", ignoring=True)[1] == ["m, line 1: expected format: key whitespace value -- ignoring this line"]
    assert read(b"\xff y\n", utf8=False)[0] == [(1, b"\xff", b"y")]


def test_only_newline_ends_a_line() -> None:
    assert read(b"a x\x0b\x0cy\x85z\r\nb 1\n", utf8=False)[0] == [(1, b"a", b"x\x0b\x0cy\x85z"), (2, b"b", b"1")]


def test_no_newline_at_the_end() -> None:
    assert read(b"a b")[0] == [(1, b"a", b"b")]


def test_huge_line_is_left_out() -> None:
    warnings: list[str] = []
    data = b"a " + (b"x" * 1000 + b"\n ") * (MAX_LINE // 1000 + 2) + b"\nb c\n"
    assert [text for _, text in logical_lines(data, "m", warnings.append)] == [b"b c"]
    assert warnings == ["m, line 1: line is too long -- ignoring this line"]


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    found, _ = read(data)
    for _, key, value in found:
        assert key and value
        assert b"\n" not in key + value
        assert key_end(key) == len(key)


@given(
    st.lists(
        st.tuples(st.from_regex(rb"[a-z@.+-]{1,20}", fullmatch=True), st.from_regex(rb"[!-~]{1,20}", fullmatch=True))
    )
)
def test_what_is_written_is_read(entries: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(key + b"\t" + value + b"\n" for key, value in entries)
    assert [(key, value) for _, key, value in read(data)[0]] == entries
