"""The line protocol: pipelining, limits, splits."""

from hypothesis import given
from hypothesis import strategies as st

from pymaster.proto.smtp.command import Command
from pymaster.proto.smtp.reply import Reply
from pymaster.proto.smtp.server import TOO_LONG, Server, TooLong


def drain(server: Server) -> list[str]:
    found = []
    while (item := server.next()) is not None:
        found.append("too long" if isinstance(item, TooLong) else item.verb.decode("latin-1"))
    return found


def test_commands_come_whole() -> None:
    server = Server()
    server.receive(b"EHLO a\r\nMA")
    assert drain(server) == ["EHLO"]
    server.receive(b"IL FROM:<>\r\nRCPT TO:<b>\nQUIT\r\n")
    assert drain(server) == ["MAIL", "RCPT", "QUIT"]
    assert drain(server) == []


def test_bare_line_feed_is_told() -> None:
    server = Server()
    server.receive(b"NOOP\nNOOP\r\n")
    server.next()
    assert server.bare_lf
    server.next()
    assert not server.bare_lf


def test_a_long_line_is_told_once_and_dropped() -> None:
    server = Server(limit=20)
    server.receive(b"x" * 21 + b"\r\nNOOP\r\n" + b"y" * 20 + b"\r\n")
    assert drain(server) == ["too long", "NOOP", "Y" * 20]
    server.receive(b"z" * 1000)
    assert server.next() is TOO_LONG
    for _ in range(100):
        server.receive(b"z" * 1000)
        assert server.next() is None
    assert len(server._buffer) == 0
    server.receive(b"z\r\nQUIT\r\n")
    assert drain(server) == ["QUIT"]


def test_output_is_sent_once() -> None:
    server = Server()
    server.reply(Reply(250, "2.1.0", "Ok"))
    server.reply(Reply(250, "2.1.5", "Ok"))
    assert server.output() == b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n"
    assert server.output() == b""


def test_improper_pipelining() -> None:
    server = Server()
    server.receive(b"EHLO a\r\nMAIL FROM:<>\r\n")
    taken = server.next()
    assert isinstance(taken, Command) and server.improper(taken, True)
    taken = server.next()
    assert isinstance(taken, Command) and not server.improper(taken, True)
    server.receive(b"RCPT TO:<a>\r\nDATA\r\n")
    taken = server.next()
    assert isinstance(taken, Command) and not server.improper(taken, True) and server.improper(taken, False)
    assert server.pending and server.take() == b"DATA\r\n" and not server.pending


@given(
    st.lists(st.sampled_from([b"NOOP\r\n", b"\n", b"x" * 30, b"\r", b"QUIT\n", b"a b\r\n"]), max_size=12),
    st.integers(1, 9),
)
def test_splits_never_matter(parts: list[bytes], step: int) -> None:
    data = b"".join(parts)
    one, many = Server(limit=25), Server(limit=25)
    one.receive(data)
    expected = drain(one)
    got = []
    for start in range(0, len(data), step):
        many.receive(data[start : start + step])
        got += drain(many)
    assert got == expected
