"""A submission through the desk, with a store that can be full."""

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.dialog.pickup import BROKEN, BadSubmission, Desk, Submission
from pymaster.model.envelope import SMTPUTF8, VERIFY_ONLY, Envelope
from pymaster.model.stored import NewMessage
from pymaster.proto import submission
from pymaster.proto.submission import END, MAGIC
from pymaster.rules.cleanup import Cleanup
from pymaster.store.contract import DURABLE, REFUSED, Outcome, QueueFull
from pymaster.util import log
from pymaster.util.clock import ManualClock
from tests.fakes import open_dicts

MAIN_CF = "myhostname = h.test\nmyorigin = o.test\ninet_interfaces = 127.0.0.1\ncompatibility_level = 3.10\nhopcount_limit = 3\n"


class Stager:
    def __init__(self, full: bool) -> None:
        self.full, self.slices, self.dropped = full, 0, False

    def __call__(self, data: bytes) -> str:
        if self.full:
            raise QueueFull
        self.slices += 1
        return "ID"

    def drop(self) -> None:
        self.dropped = True


class Office:
    """A desk and what went over it."""

    def __init__(self, *, full: bool = False, result: str = DURABLE) -> None:
        self.sink = log.MemorySink()
        log.setup(self.sink, "test")
        snapshot = Snapshot.from_text(MAIN_CF)
        self.messages: list[NewMessage] = []
        self.hints: list[str] = []
        self.stager, self.result = Stager(full), result
        self.cleanup = Cleanup(snapshot, open_dicts(), lambda: "ID", ManualClock())
        self.desk = Desk(snapshot, lambda queue_id: self.stager, self.commit, self.hint)

    def commit(self, message: NewMessage) -> Outcome:
        self.messages.append(message)
        return Outcome(self.result)

    def hint(self, queue_id: str, envelope: Envelope) -> None:
        self.hints.append(queue_id)

    def play(self, data: bytes, bounce: str = "") -> str:
        job = Submission(self.desk, self.cleanup, 115, bounce=bounce)
        for pos in range(0, len(data), 50_000):
            job.feed(data[pos : pos + 50_000])
        return job.finish()


def message(content: bytes = b"Subject: x\n\nbody\n", **attributes: bytes) -> bytes:
    head = MAGIC + b"".join([submission.attribute(k.encode(), v) for k, v in ({"sender": b"www"} | attributes).items()])
    return head + submission.recipient(b"u@x.test", 4, b"rfc822;u") + submission.content(content) + END


def test_committed_then_told() -> None:
    office = Office()
    assert office.play(message(full_name=b"W W", ret=b"1", envid=b"e", flags=b"255", encoding=b"8bit")) == "250 ID"
    envelope = office.messages[0].envelope
    assert (envelope.sender, envelope.ret, envelope.envid, envelope.encoding) == (b"www@o.test", 1, b"e", "8bit")
    assert envelope.flags & VERIFY_ONLY and not envelope.flags & 1 and envelope.context == "local"
    assert (envelope.recipients[0].notify, envelope.recipients[0].orcpt) == (4, b"rfc822;u")
    body = b"".join(office.messages[0].body)
    assert (
        body.startswith(b"Received: by h.test (pymaster, from userid 115)\n\tid ID; ")
        and b"\nFrom: W W <www@o.test>\n" in body
    )
    assert office.hints == ["ID"] and "ID: uid=115 from=<www>" in office.sink.text


@pytest.mark.parametrize("result", [REFUSED, "unknown"])
def test_not_committed_is_not_250(result: str) -> None:
    office = Office(result=result)
    assert office.play(message()).startswith("451 4.3.0 ") and office.hints == []


def test_refused_and_bounced() -> None:
    office = Office()
    loop = message(b"Received: x\n" * 3 + b"\nbody\n")
    assert office.play(loop) == "554 5.4.0 Error: too many hops" and office.stager.dropped
    assert Office().play(message(), bounce="5.4.0 Error: too many hops") == "250 ID"
    made = Office()
    made.play(message(), bounce="5.4.0 no")
    assert made.messages[0].envelope.content_filter == "error:5.4.0 no"


def test_full_disk() -> None:
    office = Office(full=True)
    assert office.play(message(b"\n" + b"x" * 1_300_000)) == "452 4.3.1 Insufficient system storage"
    assert office.messages == []


def test_large_body_is_staged() -> None:
    office = Office()
    assert office.play(message(b"\n" + b"x\n" * 1_200_000)) == "250 ID"
    assert office.messages[0].staged == "ID" and office.stager.slices >= 2


def test_unfinished() -> None:
    office = Office()
    job = Submission(office.desk, office.cleanup, 1)
    assert not job.done and job.finish() == BROKEN
    with pytest.raises(BadSubmission):
        Submission(office.desk, office.cleanup, 1).feed(b"xx")


def test_utf8_is_detected() -> None:
    office = Office()
    assert office.play(message("Subject: \u00e9\n\n".encode())) == "250 ID"
    assert office.messages[0].envelope.flags & SMTPUTF8
