"""The line protocol: commands cut anywhere, limits, refused literals (S-50, S-51), streamed literals."""

import itertools
import time
import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.imap.server import AFTER_LOGIN, BEFORE_LOGIN, MAX_LITERALS, Command, Fault, Limits, Server, too_deep

SMALL = Limits(line=100, literal=20, literals=30, swallow=50, depth=4)


def told(item: Command | Fault) -> tuple[object, ...]:
    if isinstance(item, Fault):
        return (item.tag, item.word, item.text, item.fatal)
    args, seen = item.args, []
    while not args.at_end:
        if args.peek() in (123, 126):
            seen.append(args.string(binary=True))
        else:
            seen.append(args.rest[:1])
            args._pos += 1
    return (item.tag, item.name, b"".join(seen))


def read(pieces: Iterable[bytes], limits: Limits = SMALL) -> tuple[list[tuple[object, ...]], bytes]:
    server, found = Server(limits), []
    out = b""
    for piece in pieces:
        server.receive(piece)
        while (item := server.next()) is not None:
            found.append(told(item))
        out += b"".join(server.out)
        server.out.clear()
    return found, out


SESSION = (
    b"a NOOP\r\nb login {3}\r\nfoo {5+}\r\nb a\r\n\r\nc UID fetch 1:* (FLAGS)\nd uid\r\n\r\ne\r\n f x\r\n"
    b"g SEARCH {0}\r\n\r\nh X {40+}\r\n" + b"y" * 40 + b" {4+}\r\nmore)\r\ni X {99}\r\nj X ~{2+}\r\n\0\0\r\n"
    b"k " + b"z" * 200 + b'\r\nl X ((((\r\nm X (((((\r\nn X "((((("\r\no NOOP\r\n'
)
TOO_BIG = b"[TOOBIG] Literal too large"
NO_TAG = b"Error in IMAP command: no tag or no command name"
WANTED: list[tuple[object, ...]] = [
    (b"a", b"NOOP", b""),
    (b"b", b"LOGIN", b" foo b a\r\n"),
    (b"c", b"UID FETCH", b" 1:* (FLAGS)"),
    (b"d", b"UID", b""),
    (b"*", b"BAD", NO_TAG, False),
    (b"e", b"BAD", NO_TAG, False),
    (b"*", b"BAD", NO_TAG, False),
    (b"g", b"SEARCH", b" "),
    (b"h", b"BAD", TOO_BIG, False),
    (b"i", b"NO", TOO_BIG, False),
    (b"j", b"X", b" \0\0"),
    (b"k", b"BAD", b"[TOOBIG] Command line too long", False),
    (b"l", b"X", b" (((("),
    (b"m", b"BAD", b"Too many parentheses", False),
    (b"n", b"X", b' "((((("'),
    (b"o", b"NOOP", b""),
]


def test_whole() -> None:
    found, out = read([SESSION])
    assert found == WANTED
    assert out == b"+ OK\r\n" * 2


@pytest.mark.parametrize("at", range(1, len(SESSION)))
def test_cut_at_every_byte(at: int) -> None:
    found, out = read([SESSION[:at], SESSION[at:]])
    assert found == WANTED
    assert out == b"+ OK\r\n" * 2


def test_a_byte_at_a_time() -> None:
    found, out = read([SESSION[n : n + 1] for n in range(len(SESSION))])
    assert found == WANTED
    assert out == b"+ OK\r\n" * 2


@given(st.lists(st.integers(1, len(SESSION) - 1), max_size=12))
def test_cut_anywhere(places: list[int]) -> None:
    cuts = [0, *sorted(set(places)), len(SESSION)]
    found, _ = read([SESSION[a:b] for a, b in itertools.pairwise(cuts)])
    assert found == WANTED


def test_continuation_is_asked_for_before_the_literal_comes() -> None:
    server = Server(SMALL)
    server.receive(b"a LOGIN {4}\r\n")
    assert server.next() is None
    assert server.out == [b"+ OK\r\n"]
    assert not server.idle
    server.receive(b"user pass\r\n")
    item = server.next()
    assert isinstance(item, Command)
    item.args.sp()
    assert item.args.astring() == b"user"
    assert server.idle


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"a X {99999999999}\r\nb NOOP\r\n", [(b"a", b"NO", TOO_BIG, False), (b"b", b"NOOP", b"")]),
        (b"{99999999999}\r\nb NOOP\r\n", [(b"*", b"NO", TOO_BIG, False), (b"b", b"NOOP", b"")]),
        (b"a X {99999999999+}\r\n", [(b"*", b"BYE", b"Literal too large", True)]),
        (b"a X {51+}\r\n", [(b"*", b"BYE", b"Literal too large", True)]),
    ],
)
def test_hostile_literals(data: bytes, wanted: list[tuple[object, ...]]) -> None:
    assert read([data])[0] == wanted


@pytest.mark.parametrize("text", [b"{-1}", b"{5_0}", b"{}", b"{ 5}", b"{0x5}", b"{5}x", b"{123456789012345678901}"])
def test_what_is_no_literal_is_left_to_the_command(text: bytes) -> None:
    server = Server(Limits())
    server.receive(b"a X " + text + b"\r\nb NOOP\r\n")
    assert read_names(server) == [b"X", b"NOOP"]
    assert not server.out


def read_names(server: Server) -> list[bytes]:
    names = []
    while (item := server.next()) is not None:
        names.append(item.name if isinstance(item, Command) else item.word + b" " + item.text)
    return names


def test_literals_together_are_limited() -> None:
    found, _ = read([b"a X {20+}\r\n" + b"x" * 20 + b" {11+}\r\n" + b"y" * 11 + b"\r\nb NOOP\r\n"])
    assert found == [(b"a", b"BAD", TOO_BIG, False), (b"b", b"NOOP", b"")]


def test_number_of_literals_is_limited_and_not_slow() -> None:
    server = Server(AFTER_LOGIN)
    server.receive(b"a SEARCH {0+}\r\n" + b" {0+}\r\n" * (MAX_LITERALS - 1) + b"\r\n")
    assert read_names(server) == [b"SEARCH"]
    begin = time.perf_counter()
    server.receive(b"a SEARCH {0+}\r\n" + b" {0+}\r\n" * 100_000 + b"\r\nb NOOP\r\n")
    assert read_names(server) == [b"BAD [TOOBIG] Literal too large", b"NOOP"]
    assert time.perf_counter() - begin < 2


def test_a_line_that_is_too_long_after_a_refused_literal() -> None:
    found, _ = read([b"a X {40+}\r\n" + b"y" * 40 + b"z" * 300 + b"\r\nb NOOP\r\nc X {2+}\r\nxy\r\n"])
    assert found[0][:2] == (b"a", b"BAD")
    assert found[1:] == [(b"b", b"NOOP", b""), (b"c", b"X", b" xy")]


def test_memory_before_login_stays_small() -> None:
    server = Server(BEFORE_LOGIN)
    tracemalloc.start()
    for _ in range(200):
        server.receive(b"x" * 16384)
        read_names(server)
    server.receive(b"\r\n" + b"a X {60000+}\r\n" + b"y" * 30000)
    read_names(server)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500_000


@pytest.mark.parametrize(
    "line",
    [
        b"(" * 100_000,
        b"t" * 65536,
        b"t" * 65536 + b" NOOP",
        b"a+b NOOP",
        b"a\0b NOOP",
        b"NOOP",
        b"",
        b" ",
        b"a",
        b"a ",
        b"a  ",
        b"\xff NOOP",
        b'"a" NOOP',
    ],
)
def test_what_is_no_command(line: bytes) -> None:
    server = Server(BEFORE_LOGIN)
    server.receive(line + b"\r\nb NOOP\r\n")
    items = read_names(server)
    assert len(items) == 2
    assert items[0].startswith(b"BAD ")
    assert items[1] == b"NOOP"


def test_deep_parentheses_before_login() -> None:
    server = Server(BEFORE_LOGIN)
    server.receive(b"a X " + b"(" * 17 + b"\r\nb X " + b"(" * 16 + b"\r\n")
    assert read_names(server) == [b"BAD Too many parentheses", b"X"]
    assert not too_deep([b"()" * 1000], 1)
    assert too_deep([b"(", b"("], 1)
    assert not too_deep([b'"\\"((("('], 1)


def test_many_pipelined_commands_are_quick() -> None:
    server = Server(AFTER_LOGIN)
    begin = time.perf_counter()
    server.receive(b"a NOOP\r\n" * 100_000)
    assert len(read_names(server)) == 100_000
    assert time.perf_counter() - begin < 3


def test_lines_outside_of_commands() -> None:
    server = Server(SMALL)
    server.receive(b"DO")
    assert server.line() is None
    server.receive(b"NE\r\na NOOP\r\n")
    assert server.line() == b"DONE"
    assert read_names(server) == [b"NOOP"]
    server.receive(b"x" * 300)
    assert isinstance(server.line(), Fault)
    assert not server.idle
    server.receive(b"x\r\nnext\r\n")
    assert server.line() == b"next"
    assert server.idle


def test_take_rest() -> None:
    server = Server(SMALL)
    server.receive(b"a STARTTLS\r\nb NOOP\r\n")
    server.next()
    assert server.take_rest() == b"b NOOP\r\n"
    assert server.idle
    assert server.next() is None


def streamed(pieces: Iterable[bytes], *, accept: bool) -> tuple[list[object], bytes]:
    """A command whose first literal is streamed, with the rest of its line; then what follows."""
    server = Server(SMALL, frozenset([b"APPEND", b"UID REPLACE"]))
    seen: list[object] = []
    out = b""
    state = "command"
    for piece in pieces:
        server.receive(piece)
        while True:
            out += b"".join(server.out)
            server.out.clear()
            if state == "command":
                item = server.next()
                if item is None:
                    break
                seen.append((item.tag, item.name if isinstance(item, Command) else item.text))
                if isinstance(item, Command) and item.args.pending is not None:
                    server.begin_literal(item.args.pending, accept=accept)
                    seen.append(b"")
                    state = "literal" if server.streaming else "command"
            elif state == "literal":
                block = server.block()
                if block is None:
                    break
                seen[-1] += block  # type: ignore[operator]
                if not block:
                    state = "rest"
            else:
                rest = server.more()
                if rest is None:
                    break
                assert not isinstance(rest, Fault)
                seen.append(rest.rest)
                state = "command"
    return seen, out


def test_streamed_literal_may_be_larger_than_any_limit() -> None:
    body = b"m" * 5000
    data = b"a APPEND x {5000}\r\n" + body + b" tail\r\nb UID REPLACE 1 x {0+}\r\n\r\nc NOOP\r\n"
    wanted = [(b"a", b"APPEND"), body, b" tail", (b"b", b"UID REPLACE"), b"", b"", (b"c", b"NOOP")]
    for step in (1, 7, len(data)):
        seen, out = streamed([data[n : n + step] for n in range(0, len(data), step)], accept=True)
        assert seen == wanted
        assert out == b"+ OK\r\n"


def test_refused_streamed_literal() -> None:
    seen, out = streamed([b"a APPEND x {5000}\r\nb NOOP\r\n"], accept=False)
    assert seen == [(b"a", b"APPEND"), b"", (b"b", b"NOOP")]
    assert out == b""
    seen, _ = streamed([b"a APPEND x {5+}\r\n12345 y\r\nb NOOP\r\n"], accept=False)
    assert seen == [(b"a", b"APPEND"), b"12345", b" y", (b"b", b"NOOP")]


PIECES = st.sampled_from(
    [
        b"a ",
        b"NOOP",
        b"\r\n",
        b"\n",
        b" ",
        b"{3}",
        b"{3+}",
        b"{0+}",
        b"{60+}",
        b"{30+}",
        b"~{2+}",
        b"xyz",
        b'"',
        b"(",
        b")",
        b"\0",
        b"UID ",
        b"\r",
        b"z" * 60,
    ]
)


@given(st.lists(PIECES | st.binary(max_size=8), max_size=40), st.integers(1, 9))
def test_any_bytes_and_any_cut(parts: list[bytes], step: int) -> None:
    data = b"".join(parts)
    whole = safely([data])
    assert safely([data[n : n + step] for n in range(0, len(data), step)]) == whole


def safely(pieces: list[bytes]) -> list[object]:
    server, found = Server(SMALL), []
    for piece in pieces:
        server.receive(piece)
        while (item := server.next()) is not None:
            if isinstance(item, Fault):
                # Where a line is found too long depends on the cut; what is said of it does not, but for the tag.
                found.append((item.word, item.text))
                if item.fatal:
                    return found
            else:
                found.append((item.tag, item.name, tuple(item.args._lines), tuple(item.args._literals)))
        assert len(server._buffer) - server._pos <= SMALL.line + SMALL.literals + len(piece) + 2
    return found
