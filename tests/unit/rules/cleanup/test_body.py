"""Body checks: budget, pieces of long lines, bulk."""

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Origin, Recipient
from pymaster.rules.cleanup import Accepted, Cleanup
from pymaster.util import log
from tests.fakes import open_patterns


def run(text: str, body: bytes, size: int = 1 << 20) -> tuple[bytes, str]:
    sink = log.MemorySink()
    log.setup(sink, "test")
    maps = open_patterns({"b": [("/secret/", "REPLACE xxx"), ("/^warn/", "WARN")]})
    tx = Cleanup(
        Snapshot.from_text("inet_interfaces = 127.0.0.1\nbody_checks = test:b\n" + text), maps, lambda: "ID"
    ).begin(Origin(), context="remote")
    tx.recipient(Recipient(b"u@h.test"))
    content = b"Message-Id: <1>\n\n" + body
    for pos in range(0, len(content), size):
        tx.write(content[pos : pos + size])
    made = tx.finish()
    assert isinstance(made, Accepted) and made.message is not None
    return b"".join(made.message.body)[17:], sink.text


def test_only_the_beginning_of_a_segment_is_looked_at() -> None:
    body = b"fill\n" * 4 + b"secret\n" + b"fill\n" * 4 + b"secret\n"
    assert run("body_checks_size_limit = 30\n", body)[0] == body.replace(b"secret", b"xxx", 1)
    assert run("body_checks_size_limit = 0\n", body)[0] == body


def test_long_lines_come_in_pieces() -> None:
    body = b"a" * 1000 + b"warn" + b"b" * 3000 + b"\nwarn\n"
    for size in (1 << 20, 100):
        out, text = run("line_length_limit = 1000\n", body, size)
        assert out == body and text.count("warning: body warn") == 2


def test_last_line_without_end() -> None:
    assert run("", b"a\nsecret")[0] == b"a\nxxx\n"
