"""Inline, staged, too big."""

from pymaster.rules.cleanup.output import SLICE, Output


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
    text = bytes(range(11, 250)) * 25000
    for pos in range(0, len(text), 99_999):
        out.put(text[pos : pos + 99_999])
        assert out.held <= SLICE
    assert out.finish() == () and out.staged == "ID"
    assert b"".join(slices) == text + b"\n"
    assert {len(slice) for slice in slices[:-1]} == {SLICE} and len(slices[-1]) < SLICE


def test_one_block_of_many_slices() -> None:
    slices: list[bytes] = []
    out = Output(0, lambda data: slices.append(data) or "ID")
    out.put(b"x" * (3 * SLICE))
    out.finish()
    assert b"".join(slices) == b"x" * (3 * SLICE) + b"\n" and max(map(len, slices)) <= SLICE


def test_one_slice_needs_no_reservation() -> None:
    out = Output(0, lambda data: "ID")
    out.put(b"\n" * SLICE)
    assert out.finish() == (b"\n" * SLICE,) and not out.staged


def test_limit_drops_the_content() -> None:
    out = Output(10, None)
    out.put(b"x" * 10)
    assert not out.too_big
    out.put(b"x")
    out.put(b"y" * 100)
    assert out.too_big and out.held == 0 and out.size == 111
