"""A scripted SMTP server and network for the client's tests: no socket, no clock."""

from collections.abc import Callable, Sequence

from pymaster.deliver.smtp.peer import Peer
from pymaster.model.dns import Answer, Mx
from pymaster.util.errors import ConnectionLost, LookupFailed

Script = dict[bytes, bytes | list[bytes] | None]
GOOD: Script = {
    b"": b"220 mx.example ESMTP\r\n",
    b"EHLO": b"250-mx.example\r\n250-PIPELINING\r\n250-SIZE 100000\r\n250-8BITMIME\r\n250 DSN\r\n",
    b"LHLO": b"250-mx.example\r\n250 PIPELINING\r\n",
    b"MAIL": b"250 2.1.0 Ok\r\n",
    b"RCPT": b"250 2.1.5 Ok\r\n",
    b"DATA": b"354 go\r\n",
    b".": b"250 2.0.0 Ok: queued as ABC\r\n",
    b"RSET": b"250 2.0.0 Ok\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
}


class FakeWire:
    """Answers commands by their first word; None closes the connection; a list answers in turn."""

    def __init__(self, script: Script) -> None:
        self.script = {k: list(v) if isinstance(v, list) else v for k, v in script.items()}
        self.commands: list[bytes] = []
        self.messages: list[bytes] = []
        self._out = b""
        self._in = b""
        self._data = False
        self.closed = self.dead = False
        self._answer(b"")

    def _answer(self, word: bytes) -> None:
        reply = self.script.get(word, b"500 5.5.1 what\r\n")
        if isinstance(reply, list):
            reply = reply.pop(0) if reply else b"250 2.0.0 Ok\r\n"
        if reply is None:
            self.dead = True
        else:
            self._out += reply
            if word == b"DATA" and reply.startswith(b"354"):
                self._data = True

    def send(self, data: bytes, timeout: float) -> None:
        if self.dead and not self._out:
            raise ConnectionLost("gone")
        self._in += data
        while not self.dead:
            if self._data:
                end = 0 if self._in.startswith(b".\r\n") else self._in.find(b"\r\n.\r\n") + 2
                if end == 1:
                    return
                self.messages.append(self._in[:end])
                self._in = self._in[end + 3 :]
                self._data = False
                self._answer(b".")
                continue
            line, found, rest = self._in.partition(b"\r\n")
            if not found:
                return
            self._in = rest
            self.commands.append(line)
            self._answer(line.split(b" ")[0].upper())

    def receive(self, timeout: float) -> bytes:
        if not self._out:
            raise ConnectionLost("gone")
        out, self._out = self._out, b""
        return out

    def alive(self) -> bool:
        return not self.dead and not self.closed

    def close(self) -> None:
        self.closed = True


class FakeDns:
    def __init__(self, mx: dict[str, list[tuple[int, str]] | None], a: dict[str, list[str] | None]) -> None:
        self._mx, self._a = mx, a

    def mx(self, name: str) -> Answer[Mx]:
        if name not in self._mx:
            return Answer(exists=False)
        rows = self._mx[name]
        if rows is None:
            raise LookupFailed(name)
        return Answer(tuple(Mx(p, h) for p, h in rows))

    def addresses(self, name: str) -> Answer[str]:
        if name not in self._a:
            return Answer(exists=False)
        rows = self._a[name]
        if rows is None:
            raise LookupFailed(name)
        return Answer(tuple(rows))

    def ptr(self, address: str) -> Answer[str]:
        return Answer()

    def txt(self, name: str) -> Answer[str]:
        return Answer()


class FakeNetwork:
    """`servers` maps an address to a script, or to an OSError to raise."""

    def __init__(
        self,
        servers: dict[str, Script | OSError],
        mx: dict[str, list[tuple[int, str]] | None] | None = None,
        a: dict[str, list[str] | None] | None = None,
        own: Sequence[str] = (),
    ) -> None:
        self.servers = servers
        self.dns = FakeDns(mx or {}, a or {})
        self.wires: list[FakeWire] = []
        self.tried: list[str] = []
        self._own = frozenset(own)

    def connect(self, peer: Peer, timeout: float) -> FakeWire:
        self.tried.append(peer.address)
        server = self.servers[peer.address]
        if isinstance(server, OSError):
            raise server
        wire = FakeWire(server)
        self.wires.append(wire)
        return wire

    def native(self, host: str) -> Sequence[str]:
        return {"hosts.example": ["192.0.2.9"]}.get(host, [])

    def own_addresses(self) -> frozenset[str]:
        return self._own


def body(content: bytes = b"Subject: x\n\nhello\n") -> Callable[[], list[bytes]]:
    return lambda: [content]
