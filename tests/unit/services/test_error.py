"""error(8) and retry(8): the service name and soft_bounce decide."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.messages import DeliveryRequest

ROOT = Path(__file__).resolve().parents[3]
REQUEST = DeliveryRequest(
    4, "5.1.1 no such user", Envelope("A1", 1.0, b"", (Recipient(b"a@b"),), 1, Origin()), (0,), 1.0, 1.0
)


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"service_{name}", ROOT / "services" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "text", "word", "dsn"),
    [
        ("error", "", "bounced", "5.1.1"),
        ("retry", "", "deferred", "4.1.1"),
        ("error", "soft_bounce = yes", "deferred", "4.1.1"),
    ],
)
def test_outcome(name: str, text: str, word: str, dsn: str) -> None:
    service = load("error").Error()
    service.snapshot, service.service_name = Snapshot.from_text(text), name
    service.start()
    report = service.deliver(REQUEST)
    assert (report.request, report.statuses[0].word, report.statuses[0].dsn) == (4, word, dsn)
