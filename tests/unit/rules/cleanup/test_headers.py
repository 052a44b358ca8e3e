"""The header section in pieces of any size; costs that stay linear."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import SMTPUTF8, Origin, Recipient
from pymaster.rules.cleanup import Accepted, Cleanup
from pymaster.util import log
from pymaster.util.clock import ManualClock
from tests.cost import cpu
from tests.fakes import open_dicts, open_patterns

MAIN_CF = "compatibility_level = 3.10\nmyhostname = h.test\ninet_interfaces = 127.0.0.1\nmyorigin = h.test\nmessage_size_limit = 0\n"
PLAIN = Cleanup(Snapshot.from_text(MAIN_CF), open_dicts(), lambda: "ID", ManualClock())
CHECKED = Cleanup(
    Snapshot.from_text(MAIN_CF + "header_checks = test:h\nbody_checks = test:b\n"),
    open_patterns({"h": [("/^never/", "REJECT")], "b": [("/^never/", "REJECT")]}),
    lambda: "ID",
    ManualClock(),
)


@pytest.fixture(autouse=True)
def quiet() -> None:
    log.setup(log.MemorySink(), "test")


def run(cleanup: Cleanup, content: bytes, size: int, context: str = "remote") -> bytes:
    tx = cleanup.begin(Origin(), context=context)
    tx.recipient(Recipient(b"u@h.test"))
    tx.head(b"Received: ours\n")
    for pos in range(0, len(content), size):
        tx.write(content[pos : pos + size])
    made = tx.finish()
    assert isinstance(made, Accepted) and made.message is not None, made
    return b"".join(made.message.body)


PARTS = [
    b"A: b\n",
    b" c\n",
    b"\n",
    b"x",
    b":",
    b"--b\n",
    b"--b--\n",
    b"\t",
    b'Content-Type: multipart/mixed; boundary="b"\n',
    b"To: u@h.test\n",
    b"From x\n",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=14), st.integers(1, 5))
def test_block_boundaries_do_not_matter(parts: list[bytes], size: int) -> None:
    content = b"".join(parts)
    for cleanup in (PLAIN, CHECKED):
        assert run(cleanup, content, size) == run(cleanup, content, 1 << 20)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=14))
def test_remote_mail_is_byte_exact(parts: list[bytes]) -> None:
    content = b"Message-Id: <1>\nSubject: x\n" + b"".join(p for p in parts if p != b"x")
    if content.endswith(b"\n"):
        out = run(PLAIN, content, 1 << 20)
        # At most one empty line is put where a section ended without one.
        assert out.replace(b"\n", b"") == b"Received: ours" + content.replace(b"\n", b"")
        assert run(CHECKED, content, 1 << 20) == out


def test_conflicting_and_odd_headers_stay() -> None:
    content = b"From: a\nFrom: b\nContent-Type: x\nContent-Type: y\nX: \xc3\xa4\nFolded:\n \n\nbody\n"
    assert run(PLAIN, content, 1 << 20) == b"Received: ours\n" + content


def test_utf8_is_detected_where_asked() -> None:
    tx = PLAIN.begin(Origin())
    tx.detect_utf8 = True
    tx.write("Subject: \u00e9\n\n".encode())
    assert tx.envelope_flags & SMTPUTF8


@pytest.mark.parametrize(
    "piece", [b"A: b\n", b"Received:\n", b"To: a@b,\n" + b" c@d,\n" * 9, b"x", b"A: " + b"y" * 70 + b"\n", b" \n"]
)
@pytest.mark.parametrize("context", ["remote", "local"])
def test_doubling_the_section_doubles_the_time(piece: bytes, context: str) -> None:
    cleanup = Cleanup(Snapshot.from_text(MAIN_CF + "hopcount_limit = 1000000\n"), open_dicts(), lambda: "ID")

    def cost(size: int) -> float:
        data = (piece * (size // len(piece) + 1))[:size]
        return cpu(lambda: run(cleanup, data, 65536, context), 2)

    assert cost(800_000) < 12 * cost(200_000) + 0.05


def test_ten_thousand_parts_under_checks() -> None:
    data = b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\nContent-Type: text/plain\n\nx\n" * 10_000
    start = time.process_time()
    assert run(CHECKED, data, 65536).endswith(data)
    assert time.process_time() - start < 2.0
