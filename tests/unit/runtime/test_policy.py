"""The policy client against a small server."""

import gevent
import gevent.socket
import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.runtime.policy import PolicyClient, address
from pymaster.util.errors import ConfigError, LookupFailed

SNAPSHOT = Snapshot.from_text()


class PolicyServer:
    """Answers each request with the next of `answers`; None closes the connection."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers, self.requests, self.connections = list(answers), [], 0
        self.listener = gevent.socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.greenlet = gevent.spawn(self.run)

    @property
    def endpoint(self) -> str:
        return f"inet:127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self) -> None:
        while True:
            conn, _ = self.listener.accept()
            self.connections += 1
            gevent.spawn(self.serve, conn)

    def serve(self, conn: gevent.socket.socket) -> None:
        data = b""
        while more := conn.recv(4096):
            data += more
            if data.endswith(b"\n\n"):
                self.requests.append(data)
                data = b""
                answer = self.answers.pop(0)
                if answer is None:
                    break
                conn.sendall(answer)
        conn.close()

    def close(self) -> None:
        self.greenlet.kill()
        self.listener.close()


def test_questions_share_a_connection() -> None:
    server = PolicyServer(b"action=DUNNO\n\n", b"x=y\naction=REJECT no\n\n")
    client = PolicyClient(SNAPSHOT, server.endpoint)
    assert client([("request", "smtpd_access_policy"), ("sender", "a@b")]) == "DUNNO"
    assert client([("request", "x")]) == "REJECT no"
    assert server.connections == 1
    assert server.requests[0] == b"request=smtpd_access_policy\nsender=a@b\n\n"
    client.close()
    server.close()


def test_a_closed_connection_is_replaced() -> None:
    server = PolicyServer(None, b"action=OK\n\n")
    assert PolicyClient(SNAPSHOT, f"{{ {server.endpoint} retry_delay=0s }}")([("a", "b")]) == "OK"
    assert server.connections == 2
    server.close()


def test_failures() -> None:
    server = PolicyServer(b"nonsense\n\n", b"nonsense\n\n")
    with pytest.raises(LookupFailed, match="no action"):
        PolicyClient(SNAPSHOT, f"{{ {server.endpoint} retry_delay=0s }}")([("a", "b")])
    endpoint = server.endpoint
    server.close()
    with pytest.raises(LookupFailed):
        PolicyClient(SNAPSHOT, f"{{ {endpoint}, timeout=1s try_limit=1 }}")([("a", "b")])


def test_arguments() -> None:
    assert address("unix:private/p") == "private/p"
    assert address("inet:localhost:10023") == ("127.0.0.1", 10023)
    assert address("inet:10023") == ("127.0.0.1", 10023)
    assert address("inet:[::1]:5") == ("::1", 5)
    for bad in ("", "x", "inet:", "inet:h:x", "{ }", "{ inet:1, timeout=x }", "{ inet:1, try_limit=x }"):
        with pytest.raises(ConfigError):
            PolicyClient(SNAPSHOT, bad)
