from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.smtp.outgoing import Encoder


def encode(content: bytes, cuts: list[int], limit: int = 998) -> bytes:
    encoder = Encoder(limit)
    at, out = 0, []
    for cut in [*sorted(c % (len(content) + 1) for c in cuts), len(content)]:
        out.append(encoder.block(content[at:cut]))
        at = cut
    return b"".join(out) + encoder.end()


def decode(wire: bytes) -> bytes:
    assert wire.endswith(b"\r\n.\r\n") or wire == b".\r\n"
    lines = wire[:-3].split(b"\r\n")[:-1]
    return b"".join([(line[1:] if line.startswith(b".") else line) + b"\n" for line in lines])


lines = st.lists(st.sampled_from([b"", b".", b"..", b".x", b"hello", b"y" * 50, b"z" * 997, b"w" * 998]), max_size=12)


@given(lines, st.lists(st.integers(0, 5000), max_size=5))
def test_round_trip_at_any_cut(content: list[bytes], cuts: list[int]) -> None:
    text = b"".join([line + b"\n" for line in content])
    assert decode(encode(text, cuts)) == text


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=5), st.lists(st.integers(0, 9000), max_size=5))
def test_long_lines_are_folded_and_lose_nothing(sizes: list[int], cuts: list[int]) -> None:
    text = b"".join([b"a" * size + b"\n" for size in sizes])
    wire = encode(text, cuts)
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    assert wire[:-3].replace(b"\r\n ", b"").replace(b"\r\n", b"\n") == text


def test_an_unfinished_last_line_is_completed() -> None:
    assert encode(b"x", []) == b"x\r\n.\r\n"
    assert encode(b"", []) == b".\r\n"
