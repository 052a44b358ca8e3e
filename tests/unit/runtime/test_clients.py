"""Clients of the queue manager and of the bounce service."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from recordserver import RecordServer, until

from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.messages import Arrived, BounceReport, BounceRequest, Changed, Flush, Hello
from pymaster.model.status import bounced
from pymaster.runtime.clients import MAX_HINTS, MAX_RIDING, BounceClient, QmgrHints

ENVELOPE = Envelope("A1", 1.0, b"a@b", (Recipient(b"c@d"),), 5, Origin())


def test_hints_arrive_and_survive_a_restart_of_qmgr(tmp_path: Path) -> None:
    server = RecordServer(tmp_path / "q", Hello("queue"), (Arrived, Changed, Flush), lambda r: None)
    hints = QmgrHints(str(server.path))
    hints.arrived("A1", ENVELOPE)
    hints.changed(["A2", "A3"])
    hints.flush(site="example.com")
    until(lambda: len(server.got) == 3)
    assert server.got == [Arrived("A1", ENVELOPE), Changed(("A2", "A3")), Flush("example.com")]
    server.stop()
    until(lambda: hints._channel is None)
    hints.arrived("A4")
    server.start()
    until(lambda: Arrived("A4") in server.got)
    hints.close()
    server.stop()


def test_hints_never_block_and_are_bounded(tmp_path: Path) -> None:
    hints = QmgrHints(str(tmp_path / "nobody"))
    begin = time.monotonic()
    for n in range(MAX_HINTS + 100):
        hints.arrived(f"A{n}")
    assert time.monotonic() - begin < 2
    assert len(hints._waiting) == MAX_HINTS
    hints._waiting.clear()


def test_large_envelopes_stay_at_home(tmp_path: Path) -> None:
    many = Envelope("A1", 1.0, b"", (Recipient(b"c@d"),) * (MAX_RIDING + 1), 5, Origin())
    hints = QmgrHints(str(tmp_path / "nobody"))
    hints.arrived("A1", many)
    assert hints._waiting == [Arrived("A1", None)]
    hints._waiting.clear()


def test_bounce_client(tmp_path: Path) -> None:
    server = RecordServer(
        tmp_path / "bounce", Hello("bounce", window=5), (BounceRequest,), lambda r: BounceReport(r.request)
    )  # type: ignore[attr-defined]
    client = BounceClient("bounce", str(tmp_path) + "/")
    report = client.build("failure", ENVELOPE, [(ENVELOPE.recipients[0], bounced("no"))], "B1 B2")
    assert not report.failed
    request = server.got[0]
    assert isinstance(request, BounceRequest)
    assert (request.kind, request.seed, len(request.statuses)) == ("failure", "B1 B2", 1)
    server.answer = lambda r: server.hang_up()  # type: ignore[assignment, func-returns-value]
    assert client.build("failure", ENVELOPE, [], "B1 B2").failed
    server.answer = lambda r: None
    assert client.build("failure", ENVELOPE, [], "B1 B2", timeout=0.05).failed
    client.close()
    server.stop()
    assert BounceClient("none", str(tmp_path) + "/").build("failure", ENVELOPE, [], "B1 B2").failed
