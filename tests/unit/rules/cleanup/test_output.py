"""Inline, staged, too big."""

from pymaster.rules.cleanup.output import INLINE, SLICE, Output


def test_inline_and_last_line() -> None:
    out = Output(0, None)
    out.put(b"a\n")
    out.put(b"")
    out.put(b"b")
    assert out.finish() == (b"a\n", b"b", b"\n") and out.size == 4 and not out.staged


def test_nothing() -> None:
    assert Output(0, None).finish() == ()


def test_staged_in_slices() -> None:
    slices: list[bytes] = []

    def stage(data: bytes) -> str:
        slices.append(data)
        return "ID"

    out = Output(0, stage)
    for _ in range(5):
        out.put(b"x" * (INLINE - 1))
    assert out.finish() == () and out.staged == "ID"
    assert b"".join(slices) == b"x" * (5 * (INLINE - 1)) + b"\n"
    assert max(map(len, slices)) <= SLICE


def test_limit_drops_the_content() -> None:
    out = Output(10, None)
    out.put(b"x" * 10)
    assert not out.too_big
    out.put(b"x")
    out.put(b"y" * 100)
    assert out.too_big and out.held == 0 and out.size == 111
