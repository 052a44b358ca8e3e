"""bounce(8): requests to notifications through the cleanup pipeline."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.messages import BounceRequest
from pymaster.model.status import bounced
from pymaster.store.contract import CorruptRow, StoreUnavailable
from pymaster.util import log

PROGRAM = Path(__file__).resolve().parents[3] / "services" / "bounce.py"
BODY = b"Subject: hello\n\nbody text\n"
PEOPLE = (Recipient(b"bob@x.example"),)


class Store:
    """A queue with one message, or an ill one."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def chunks(self, queue_id: str) -> Iterator[bytes]:
        if self.error:
            raise self.error
        yield BODY

    def close(self) -> None: ...


def make(text: str = "") -> Any:
    spec = importlib.util.spec_from_file_location("service_bounce", PROGRAM)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    service = module.Bounce()
    service.snapshot = Snapshot.from_text("myhostname = h.example\nmyorigin = h.example\nmydestination =\n" + text)
    service.before_jail()
    service.store = Store()
    return service


def request(sender: bytes = b"ann@here.example") -> BounceRequest:
    envelope = Envelope("AA11", 1.7e9, sender, PEOPLE, len(BODY), Origin())
    return BounceRequest(9, "failure", envelope, PEOPLE, (bounced("no such user", "5.1.1"),), "N1 N2")


def test_a_notification() -> None:
    log.setup(sink := log.MemorySink(), "test")
    report = make().build(request())
    (child,) = report.children
    assert (report.request, report.failed) == (9, False)
    assert (child.envelope.queue_id, child.envelope.sender) == ("N1", b"")
    assert [r.address for r in child.envelope.recipients] == [b"ann@here.example"]
    content = b"".join(child.body)
    assert len(content) == child.envelope.size
    assert content.startswith(b"Received: by h.example (pymaster)\n\tid N1; ")
    assert b"\nReturn-Path: <ann@here.example>\nSubject: hello\n" in content
    assert b"\n\nbody text\n" in content and b"Status: 5.1.1\n" in content
    assert "AA11: sender non-delivery notification: N1\n" in sink.text


def test_addresses_are_mapped_as_for_any_mail() -> None:
    service = make(
        "virtual_alias_maps = inline:{ann@here.example=real@there.example}\nvirtual_alias_domains = here.example\n"
    )
    (child,) = service.build(request()).children
    assert [r.address for r in child.envelope.recipients] == [b"real@there.example"]


def test_an_ill_table_means_later() -> None:
    assert make("virtual_alias_maps = fail:me\n").build(request()).failed


def test_null_sender_and_postmaster() -> None:
    assert make().build(request(b"")).children == ()
    (child,) = make("notify_classes = 2bounce\n").build(request(b"")).children
    assert child.envelope.sender == b"double-bounce@h.example"
    log.setup(sink := log.MemorySink(), "test")
    assert make("notify_classes = 2bounce\n").build(request(b"double-bounce@h.example")).children == ()
    assert "AA11: undeliverable postmaster notification discarded" in sink.text


def test_trouble_with_the_queue() -> None:
    service = make()
    service.store.error = KeyError("AA11")
    report = service.build(request())
    assert report.children == () and not report.failed
    service.store.error = StoreUnavailable("x")
    assert service.build(request()).failed
    service.store.error = CorruptRow("x")
    (child,) = service.build(request()).children
    assert b"Final-Recipient: rfc822; bob@x.example" in b"".join(child.body)
