"""POP3's line protocol: commands, limits, cutting anywhere."""

from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.pop3.server import COMMAND, LONG, TOO_LONG, Command, Server, TooLong, parse


def everything(server: Server) -> list[Command | TooLong]:
    found = []
    while (item := server.next()) is not None:
        found.append(item)
    return found


def test_commands() -> None:
    server = Server()
    server.receive(b"RETR 1\r\nlist\nTOP  1 5 \r\nPASS  a b \r\n\r\n!x y\r\nNO")
    assert everything(server) == [
        Command(b"RETR", b"1"), Command(b"LIST", b""), Command(b"TOP", b" 1 5 "), Command(b"PASS", b" a b "),
        Command(b"", b""), Command(b"", b"!x y"),
    ]  # fmt: skip
    assert parse(b"TOP  1 5 ").words() == [b"1", b"5"]
    server.receive(b"OP\r\n")
    assert server.next() == Command(b"NOOP", b"")
    assert server.next() is None


def test_long_lines_are_told_once_and_memory_stays_small() -> None:
    server = Server(long=True)
    told = []
    for _ in range(100):
        server.receive(b"x" * 1000)
        told += everything(server)
    assert told == [TOO_LONG]
    assert len(server._buffer) <= 1000
    server.receive(b"\r\nQUIT\r\n")
    assert everything(server) == [Command(b"QUIT", b"")]


def test_limits() -> None:
    for long in (False, True):
        server = Server(long=long)
        server.receive(b"USER " + b"x" * (COMMAND - 5) + b"\r\n" + b"USER " + b"x" * (COMMAND - 4) + b"\r\n")
        assert everything(server) == [Command(b"USER", b"x" * (COMMAND - 5)), TOO_LONG]
        for verb in (b"auth ", b"PASS "):
            server.receive(verb + b"x" * (LONG - 5) + b"\r\n" + verb + b"x" * (LONG - 4) + b"\r\n")
            wanted = Command(verb.upper().strip(b" "), b"x" * (LONG - 5)) if long else TOO_LONG
            assert everything(server) == [wanted, TOO_LONG]


def test_lines_of_an_exchange_may_be_long() -> None:
    server = Server(long=True)
    server.receive(b"x" * 4000)
    assert server.line() is None
    server.receive(b"x" * 4192 + b"\r\n" + b"y" * 8193 + b"\r\n*\r\n")
    assert server.line() == b"x" * 8192
    assert server.line() is TOO_LONG
    assert server.line() == b"*"


def test_rest() -> None:
    server = Server()
    server.receive(b"PASS x\r\nSTAT\r\nLI")
    server.next()
    assert server.take_rest() == b"STAT\r\nLI"
    assert server.take_rest() == b""
    server.receive(b"QUIT\r\n")
    assert server.next() == Command(b"QUIT", b"")


def test_many_small_pieces_cost_no_square() -> None:
    server = Server(long=True)
    server.receive(b"PASS ")
    for _ in range(8000):
        server.receive(b"x")
        assert server.next() is None
    server.receive(b"\r\n")
    found = server.next()
    assert isinstance(found, Command) and len(found.text) == 8000


@given(
    st.binary(max_size=1200).map(lambda data: data.replace(b"~", b"\n")),
    st.lists(st.integers(0, 1200), max_size=6),
    st.booleans(),
)
def test_cutting_changes_nothing(data: bytes, cuts: list[int], long: bool) -> None:
    whole = Server(long=long)
    whole.receive(data)
    wanted = everything(whole)
    server, found, at = Server(long=long), [], 0
    for cut in [*sorted(cuts), len(data)]:
        server.receive(data[at:cut])
        found += everything(server)
        at = max(at, cut)
    # A line that is too long may be told of before it has ended.
    assert [item for item in found if item is not TOO_LONG] == [item for item in wanted if item is not TOO_LONG]
    assert found.count(TOO_LONG) == wanted.count(TOO_LONG)
