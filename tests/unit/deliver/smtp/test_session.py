"""Sessions are driven through the agent's tests; here, what only a session knows."""

from pymaster.config.snapshot import Snapshot
from pymaster.deliver.smtp.peer import Peer, SessionFailed
from pymaster.deliver.smtp.session import Session
from pymaster.deliver.smtp.settings import load
from pymaster.util.errors import DeadlineExceeded


class Silent:
    closed = False

    def send(self, data: bytes, timeout: float) -> None:
        return None

    def receive(self, timeout: float) -> bytes:
        raise DeadlineExceeded

    def alive(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


def test_a_silent_server_times_out_as_a_handshake_failure() -> None:
    session = Session(Silent(), Peer("mx", "192.0.2.1", 25), load(Snapshot.from_text(""), False), 0.0)
    try:
        session.greet()
    except SessionFailed as exc:
        assert exc.handshake
        assert (
            exc.status.reason == "conversation with mx[192.0.2.1] timed out while receiving the initial server greeting"
        )
    else:
        raise AssertionError("no failure")
    session.quit()
    assert session.wire.closed  # type: ignore[attr-defined]
