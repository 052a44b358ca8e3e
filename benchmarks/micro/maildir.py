"""maildir - how fast the virtual agent delivers 5 KB messages to one Maildir and to twenty, by batch size.

    python benchmarks/micro/maildir.py [--directory DIR] [--messages N]

CPU is this process's; the body comes from memory, so the queue's part is not counted. The files are made durable.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pymaster.config.snapshot import Snapshot
from pymaster.deliver.virtual import Virtual
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.messages import DeliveryRequest
from pymaster.tables.tableset import TableSet
from pymaster.util import log

BODY = (
    b"Received: from a.example by b.example\nSubject: x\nFrom: a@b.example\n\n"
    + b"x" * 69
    + b"\n"
    + b"y" * 4860
    + b"\n"
)


def agent(base: str) -> Virtual:
    """A virtual agent whose users u0 ... u19 have Maildirs below `base`."""
    uid, gid = (os.getuid() or 65534), (os.getgid() or 65534)
    boxes = " ".join(f"u{n}@v.example=m{n}/" for n in range(20))
    snapshot = Snapshot.from_text(
        "virtual_mailbox_domains = v.example\nmyhostname = bench.example\nvirtual_minimum_uid = 1\n"
        f"virtual_mailbox_base = {base}\nvirtual_mailbox_maps = inline:{{ {boxes} }}\n"
        f"virtual_uid_maps = static:{uid}\nvirtual_gid_maps = static:{gid}\n"
    )
    os.chown(base, uid, gid)
    return Virtual(snapshot, lambda queue_id: iter((BODY,)), TableSet(snapshot).open)


def request(number: int, folders: int) -> DeliveryRequest:
    """One delivery to one of `folders` Maildirs."""
    now = time.time()
    to = Recipient(b"u%d@v.example" % (number % folders), b"u%d@v.example" % (number % folders))
    envelope = Envelope(f"{number:08X}", now, b"s@x.example", (to,), len(BODY), Origin())
    return DeliveryRequest(number, "v.example", envelope, (0,), now, now)


def run(directory: str, folders: int, batch: int, messages: int) -> tuple[float, float]:
    """Messages a second, and CPU milliseconds a message."""
    base = tempfile.mkdtemp(dir=directory)
    try:
        virtual = agent(base)
        virtual.deliver([request(10_000_000 + n, folders) for n in range(20)])
        wall, cpu = time.monotonic(), time.process_time()
        for start in range(0, messages, batch):
            reports = virtual.deliver([request(n, folders) for n in range(start, start + batch)])
            assert all(report.statuses[0].word == "sent" for report in reports)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        virtual.close()
        return messages / wall, cpu / messages * 1000
    finally:
        shutil.rmtree(base)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="deliver to Maildirs as fast as possible")
    parser.add_argument("--directory", default=tempfile.gettempdir())
    parser.add_argument("--messages", type=int, default=640)
    given = parser.parse_args()
    log.LOG.sink = log.FileSink(os.open(os.devnull, os.O_WRONLY), "bench")
    print(f"{'maildirs':>8} {'batch':>6} {'msg/s':>8} {'CPU ms':>8}")
    for folders in (1, 20):
        for batch in (1, 4, 16, 32):
            rate, cpu = run(given.directory, folders, batch, given.messages)
            print(f"{folders:>8} {batch:>6} {rate:>8.0f} {cpu:>8.3f}")


if __name__ == "__main__":
    main()
