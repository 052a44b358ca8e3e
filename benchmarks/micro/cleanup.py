"""cleanup - microseconds that the pipeline costs per message, by size and by what is configured.

Run: `python -m benchmarks.micro.cleanup`. The budget is in docs: 120 us for a remote message of 5 KB without checks.
"""

import itertools
import time
from collections.abc import Callable

from pymaster.config.snapshot import Snapshot
from pymaster.model.envelope import Origin, Recipient
from pymaster.model.lookup import Maps
from pymaster.rules.cleanup import Accepted, Cleanup
from pymaster.util import log

MAIN_CF = "myhostname = mx.example.test\nmydestination = example.test\ninet_interfaces = 127.0.0.1\n"
CHECKS = "header_checks = static:DUNNO\nbody_checks = static:DUNNO\n"
HEADERS = (
    b"Received: from a.example.net (a.example.net [192.0.2.7])\n\tby b.example.net (Postfix) with ESMTPS id 4F00AB\n"
    b"\tfor <bob@example.test>; Thu,  8 Mar 2007 08:20:16 +0100 (CET)\nDKIM-Signature: v=1; a=rsa-sha256; d=example.net;\n"
    b"\ts=sel; h=from:to:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n\tb=" + b"A" * 170 + b"\n"
    b"Date: Thu, 8 Mar 2007 08:20:16 +0100\nFrom: Alice <alice@example.net>\nTo: Bob <bob@example.test>\n"
    b"Subject: a message of the usual kind\nMessage-ID: <20070308.1@example.net>\nMIME-Version: 1.0\n"
    b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
)
RECEIVED = (
    b"Received: from c (c [192.0.2.9])\n\tby mx.example.test (Postfix) with ESMTP id 1\n\tfor <bob@example.test>; x\n"
)


class _Static:
    def __bool__(self) -> bool:
        return True

    def get(self, key: bytes, *, fixed_only: bool = False) -> bytes | None:
        return b"DUNNO"


class _None:
    def __bool__(self) -> bool:
        return False

    def get(self, key: bytes, *, fixed_only: bool = False) -> bytes | None:
        return None


def open_maps(spec: str, param: str) -> Maps:
    """Tables without a file."""
    return _Static() if spec == "static:DUNNO" else _None()


class _Nowhere:
    def write(self, lines: list[tuple[int, str]]) -> None:
        """Log lines cost nothing here."""


def once(cleanup: Cleanup, context: str, blocks: list[bytes]) -> None:
    """One message through the pipeline."""
    tx = cleanup.begin(Origin(client_name="c", client_address="192.0.2.9"), context=context)
    tx.sender(b"alice@example.net")
    tx.recipient(Recipient(b"bob@example.test"))
    tx.head(RECEIVED)
    for block in blocks:
        tx.write(block)
    if not isinstance(tx.finish(), Accepted):
        raise SystemExit("the message was refused")


def measure(call: Callable[[], None], seconds: float = 0.5) -> float:
    """Microseconds of one call, the best of five rounds."""
    best = 1e9
    for _ in range(5):
        count, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds / 5:
            call()
            count += 1
        best = min(best, spent / count)
    return best * 1e6


def main() -> None:
    """Print the table."""
    log.setup(_Nowhere(), "bench")
    ids = itertools.count()

    def made(text: str) -> Cleanup:
        return Cleanup(Snapshot.from_text(MAIN_CF + text), open_maps, lambda: f"{next(ids):X}")

    plain, checked = made(""), made(CHECKS)
    line = b"The quick brown fox jumps over the lazy dog, and then it does the same again\n"
    for name, cleanup, context, size in (
        ("remote, 5 KB", plain, "remote", 5 << 10),
        ("local context, 5 KB", plain, "local", 5 << 10),
        ("remote, 50 KB", plain, "remote", 50 << 10),
        ("remote, 5 MB", plain, "remote", 5 << 20),
        ("header and body checks, 5 KB", checked, "remote", 5 << 10),
    ):
        content = HEADERS + (line * (size // len(line) + 1))[: size - len(HEADERS)]
        blocks = [content[pos : pos + 65536] for pos in range(0, len(content), 65536)]
        print(f"{name:32} {measure(lambda c=cleanup, x=context, b=blocks: once(c, x, b)):10.1f} us")


if __name__ == "__main__":
    main()
