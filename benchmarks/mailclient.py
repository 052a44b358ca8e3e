"""mailclient - POP3 and IMAP clients that cost little, so that it is the server that is measured.

An answer is read until its tagged line has come; nothing is parsed that a load does not ask for.
"""

import re
import socket

_NUMBER = re.compile(rb"[0-9]+")
BLOCK = 1 << 18


class Imap:
    """One connection."""

    def __init__(self, port: int, user: str = "", password: str = "") -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), 60)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.count = 0
        self._until(b"\r\n")
        if user:
            self.do(f"LOGIN {user} {password}".encode())

    def _until(self, end: bytes) -> bytes:
        data = b""
        while not data.endswith(end):
            block = self.sock.recv(BLOCK)
            if not block:
                raise ConnectionError("the server hung up")
            data += block
        return data

    def do(self, command: bytes, literal: bytes | None = None) -> bytes:
        """One command; all of the answer. Raises RuntimeError when it is not OK."""
        self.count += 1
        tag = b"T%04dX" % self.count
        line = tag + b" " + command
        if literal is not None:
            line += b" {%d+}\r\n" % len(literal) + literal
        self.sock.sendall(line + b"\r\n")
        return self.answer(tag)

    def answer(self, tag: bytes) -> bytes:
        """The answer up to the tagged line."""
        parts: list[bytes] = []
        tail = b""
        while True:
            block = self.sock.recv(BLOCK)
            if not block:
                raise ConnectionError("the server hung up")
            parts.append(block)
            tail = (tail + block)[-4096:]
            if tail.endswith(b"\r\n"):
                at = tail.rfind(b"\n", 0, len(tail) - 2) + 1
                if tail.startswith(tag, at):
                    break
        if tail[at + len(tag) + 1 : at + len(tag) + 3] != b"OK":
            raise RuntimeError(tail[at:].decode("ascii", "replace"))
        return b"".join(parts)

    def close(self) -> None:
        """Say goodbye."""
        self.do(b"LOGOUT")
        self.sock.close()


class Pop3:
    """One connection."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), 60)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read(b"\r\n")
        self.line(f"USER {user}".encode())
        self.line(f"PASS {password}".encode())

    def _read(self, end: bytes) -> bytes:
        data = b""
        while not data.endswith(end):
            block = self.sock.recv(BLOCK)
            if not block:
                raise ConnectionError("the server hung up")
            data += block
        if not data.startswith(b"+OK"):
            raise RuntimeError(data[:100].decode("ascii", "replace"))
        return data

    def line(self, command: bytes) -> bytes:
        """A command with a one-line answer."""
        self.sock.sendall(command + b"\r\n")
        return self._read(b"\r\n")

    def lines(self, command: bytes) -> bytes:
        """A command whose answer ends with a dot."""
        self.sock.sendall(command + b"\r\n")
        return self._read(b"\r\n.\r\n")

    def close(self) -> None:
        """Say goodbye."""
        self.line(b"QUIT")
        self.sock.close()


def numbers(text: bytes) -> list[int]:
    """Every number in a text."""
    return [int(item) for item in _NUMBER.findall(text)]
