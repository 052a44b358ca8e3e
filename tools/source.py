"""source - a load of SMTP sessions with a ledger: every message answered 250 after the final dot is written down.

    python -m tools.source --port 2525 --sessions 20 --seconds 30 --to user@localhost --ledger /tmp/ledger

Each message carries `X-Load-Id: ID`; the ledger gets a line `ID recipient` as soon as the reply was read, so whatever is in
the ledger must be found delivered (or bounced, or queued). Lost connections are part of the game: the session
connects again. Prints a summary as JSON.
"""

import argparse
import contextlib
import itertools
import json
import os
import time

from gevent import Timeout, joinall, sleep, socket, spawn


class Source:
    """The state of one run."""

    def __init__(self, opts: argparse.Namespace) -> None:
        self.opts = opts
        self.ledger = os.open(opts.ledger, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
        self.accepted = self.refused = self.lost = 0
        self.numbers = itertools.count(1)
        self.until = time.monotonic() + opts.seconds
        self.latencies: list[float] = []

    def running(self) -> bool:
        """Whether another message is wanted."""
        return time.monotonic() < self.until and (not self.opts.count or self.accepted < self.opts.count)

    def session(self, index: int) -> None:
        """Connect, send a few messages, again and again."""
        while self.running():
            try:
                with (
                    Timeout(60),
                    contextlib.closing(socket.create_connection((self.opts.host, self.opts.port), 10)) as sock,
                ):
                    self.talk(sock, sock.makefile("rb"), index)
            except (OSError, EOFError, Timeout):
                self.lost += 1
                sleep(0.02)

    def talk(self, sock: socket.socket, lines: object, index: int) -> None:
        """One connection's messages."""
        self.reply(lines, b"2")
        sock.sendall(b"EHLO load.test.example\r\n")
        self.reply(lines, b"2")
        for _ in range(self.opts.per_connection):
            if not self.running():
                break
            self.message(sock, lines, index)
            if self.opts.rate:
                sleep(self.opts.sessions / self.opts.rate)
        sock.sendall(b"QUIT\r\n")

    def message(self, sock: socket.socket, lines: object, index: int) -> None:
        """One message; refusals are counted, only a 250 goes to the ledger."""
        number = next(self.numbers)
        ident = f"{self.opts.seed}-{index}-{number}"
        to = self.opts.to[number % len(self.opts.to)]
        envelope = f"MAIL FROM:<{self.opts.sender}>\r\nRCPT TO:<{to}>\r\nDATA\r\n"
        sock.sendall(envelope.encode())
        replies = [self.reply(lines) for _ in range(3)]
        if replies[2][:1] != b"3":
            self.refused += 1
            sock.sendall(b"RSET\r\n")
            self.reply(lines)
            return
        head = f"From: <{self.opts.sender}>\r\nTo: <{to}>\r\nSubject: load\r\nX-Load-Id: {ident}\r\n\r\n"
        text = (b"x" * 70 + b"\r\n") * max(self.opts.size // 72, 1)
        began = time.monotonic()
        sock.sendall(head.encode() + text + b".\r\n")
        if self.reply(lines)[:1] == b"2":
            os.write(self.ledger, f"{ident} {to}\n".encode())
            self.accepted += 1
            self.latencies.append(time.monotonic() - began)
        else:
            self.refused += 1

    @staticmethod
    def reply(lines: object, want: bytes = b"") -> bytes:
        """The next reply's last line; EOFError at the end of the stream, OSError if it is not what we `want`."""
        while True:
            line: bytes = lines.readline()  # type: ignore[attr-defined]
            if not line.endswith(b"\n"):
                raise EOFError
            if line[3:4] != b"-":
                if want and not line.startswith(want):
                    raise OSError(line)
                return line


def main() -> None:
    """Run the load."""
    parser = argparse.ArgumentParser(prog="tools.source", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.0, help="messages per second over all sessions, 0 for no limit")
    parser.add_argument("--per-connection", type=int, default=5)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--sender", default="sender@test.example")
    parser.add_argument("--to", action="append", required=True)
    parser.add_argument("--ledger", required=True)
    parser.add_argument("--seed", default="s")
    source = Source(parser.parse_args())
    joinall([spawn(source.session, index) for index in range(source.opts.sessions)])
    ordered = sorted(source.latencies) or [0.0]
    print(
        json.dumps(
            {
                "accepted": source.accepted,
                "refused": source.refused,
                "lost_connections": source.lost,
                "reply_p50_ms": round(ordered[len(ordered) // 2] * 1000, 2),
                "reply_p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
