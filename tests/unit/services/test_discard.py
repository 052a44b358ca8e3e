"""discard(8)."""

import importlib.util
from pathlib import Path

from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.messages import DeliveryRequest

PROGRAM = Path(__file__).resolve().parents[3] / "services" / "discard.py"


def test_reports_success_with_the_next_hop_as_reason() -> None:
    spec = importlib.util.spec_from_file_location("service_discard", PROGRAM)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    envelope = Envelope("A1", 1.0, b"", (Recipient(b"a@b"), Recipient(b"c@d")), 1, Origin())
    report = module.Discard().deliver(DeliveryRequest(4, "old list", envelope, (0, 1), 1.0, 1.0))
    assert [(s.word, s.reason) for s in report.statuses] == [("sent", "old list")] * 2
