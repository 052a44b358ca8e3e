"""The pipeline against golden files, and whatever the block boundaries are.

A case is NNN.cf (main.cf; `#table NAME key<TAB>value` lines fill `test:NAME` tables), NNN.in (`CONTEXT`, `FLAGS`, `MAIL`,
`RCPT`, `HEAD` lines, then `DATA` and the content) and NNN.out (what came of it).
"""

import time
from pathlib import Path

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Origin, Recipient
from pymaster.rules.cleanup import Accepted, Cleanup, Rejected, Transaction, flags_of
from pymaster.util import log
from pymaster.util.clock import ManualClock
from tests.fakes import open_patterns

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "cleanup"
CASES = sorted(path.stem for path in GOLDEN.glob("*.in"))
BASE = "compatibility_level = 3.10\nmyhostname = mx.example.test\nmydomain = example.test\nmyorigin = example.test\nmydestination = example.test\ninet_interfaces = 127.0.0.1\nrecipient_delimiter = +\n"


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dates in golden files are of one zone."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr("pymaster.proto.message.date._last", (-1, ""))


def begin(text: str, context: str = "remote", flags: str = "") -> Transaction:
    tables: dict[str, list[tuple[str, str]]] = {}
    for line in text.split("\n"):
        if line.startswith("#table "):
            name, _, rest = line[7:].partition(" ")
            key, _, value = rest.partition("\t")
            tables.setdefault(name, []).append((key, value))
    cleanup = Cleanup(Snapshot.from_text(BASE + text), open_patterns(tables), lambda: "4A0B", ManualClock())
    origin = Origin(client_name="c.test", client_address="192.0.2.7", protocol="ESMTP", helo="h")
    return cleanup.begin(origin, context=context, flags=flags_of(flags))


def play(name: str, size: int) -> str:
    """A case with its content cut into blocks of `size` bytes."""
    sink = log.MemorySink()
    log.setup(sink, "test")
    head, _, content = (GOLDEN / f"{name}.in").read_bytes().partition(b"DATA\n")
    said = [line.partition(" ") for line in head.decode().split("\n") if line]
    words = {verb: rest for verb, _, rest in said}
    tx = begin((GOLDEN / f"{name}.cf").read_text(), words.get("CONTEXT", "remote"), words.get("FLAGS", ""))
    tx.full_name = words.get("NAME", "").encode()
    for verb, _, rest in said:
        if verb == "MAIL":
            tx.sender(rest.encode())
        elif verb == "RCPT":
            tx.recipient(Recipient(rest.encode()))
        elif verb == "HEAD":
            tx.head(rest.encode() + b"\n")
    for pos in range(0, len(content), size):
        tx.write(content[pos : pos + size])
    return shown(tx.finish()) + "".join(f"LOG {text}\n" for _, text in sink.lines)


def shown(result: Accepted | Rejected) -> str:
    if isinstance(result, Rejected):
        return f"REJECT {result.reply}\n"
    if result.message is None:
        return "DISCARD\n"
    envelope = result.message.envelope
    text = f"FROM {envelope.sender.decode()}\n"
    for item in envelope.recipients:
        text += f"TO {item.address.decode()} orig={item.orig_to.decode()} notify={item.notify}\n"
    text += f"SIZE {envelope.size} {envelope.encoding} id={envelope.message_id.decode()}"
    text += f" filter={envelope.content_filter}{' hold' if result.message.hold else ''}\n"
    body = b"".join(result.message.body)
    assert len(body) == envelope.size
    return text + "CONTENT\n" + body.decode("latin-1") + "END\n"


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    whole = play(name, 1 << 20)
    wanted = GOLDEN / f"{name}.out"
    assert wanted.exists(), f"no {wanted.name}; the pipeline said:\n{whole}"
    assert whole == wanted.read_text(encoding="utf-8")
    for size in (1, 2, 3, 7, 64):
        assert play(name, size) == whole


def test_a_failing_table_is_451_and_nothing_else() -> None:
    log.setup(log.MemorySink(), "test")
    tx = begin("virtual_alias_maps = test:none\n#table none !fail\t\n")
    tx.sender(b"a@b.test")
    tx.recipient(Recipient(b"c@d.test"))
    tx.write(b"Subject: x\n\nbody\n")
    assert shown(tx.finish()) == "REJECT 451 4.3.0 Error: queue file write error\n"


def test_large_bodies_are_staged_and_memory_stays_flat() -> None:
    log.setup(log.MemorySink(), "test")
    slices: list[bytes] = []

    def stage(data: bytes) -> str:
        slices.append(data)
        return "4A0B"

    cleanup = Cleanup(Snapshot.from_text(BASE), open_patterns({}), lambda: "4A0B")
    tx = cleanup.begin(Origin(), context="remote", stage=stage)
    tx.sender(b"a@b.test")
    tx.recipient(Recipient(b"c@d.test"))
    block = b"0123456789abcde\n" * 4096
    tx.write(b"Message-Id: <x>\n\n")
    for _ in range(60):
        tx.write(block)
        assert tx.output.held <= 1 << 20
    result = tx.finish()
    assert isinstance(result, Accepted) and result.message is not None
    assert result.message.staged == "4A0B" and result.message.body == ()
    assert b"".join(slices) == b"Message-Id: <x>\n\n" + block * 60
    assert max(map(len, slices)) <= 1 << 20
    assert result.message.envelope.size == 17 + len(block) * 60


def test_message_size_limit() -> None:
    log.setup(log.MemorySink(), "test")
    tx = begin("message_size_limit = 10000\n")
    tx.sender(b"a@b.test")
    tx.recipient(Recipient(b"c@d.test"))
    tx.write(b"Message-Id: <x>\n\n" + b"x" * 5000)
    tx.write(b"x" * 5000)
    assert shown(tx.finish()) == "REJECT 552 5.3.4 Error: message file too big\n"


def test_internal_mail_is_only_mapped() -> None:
    log.setup(log.MemorySink(), "test")
    maps = open_patterns({"v": [("me@example.test", "you@x.test")], "h": [("/./", "REJECT")]})
    text = (
        "always_bcc = b@x.test\nvirtual_alias_maps = test:v\nheader_checks = test:h\nalways_add_missing_headers = yes\n"
    )
    cleanup = Cleanup(Snapshot.from_text(BASE + text), maps, lambda: "4A0B", ManualClock())
    tx = cleanup.internal(Origin())
    tx.sender(b"")
    tx.recipient(Recipient(b"me@example.test"))
    tx.head(b"Delivered-To: me@example.test\n")
    tx.write(b"Subject: x\nBcc: y\n\nbody\n")
    assert shown(tx.finish()) == (
        "FROM \nTO you@x.test orig=me@example.test notify=0\nSIZE 47 7bit id= filter=\n"
        "CONTENT\nDelivered-To: me@example.test\nSubject: x\n\nbody\nEND\n"
    )
