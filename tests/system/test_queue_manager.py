"""The queue manager in a real mail system: agents, notifications, and kills under load."""

import contextlib
import os
import re
import signal
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import MailSystem, eventually

from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.stored import NewMessage
from pymaster.store.contract import DURABLE, Insert, StoreUnavailable
from pymaster.store.queue import Queue

MASTER = """\
qmgr unix n - n 300 1 qmgr
bounce unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
postlog unix-dgram n - n - 1 postlogd
"""
MAIN = {
    "default_transport": "discard",
    "transport_maps": "inline:{ {fail.example = error:5.1.1 no such user} {busy.example = retry:4.2.0 try later}"
    " {nowhere.example = missing:} }",
}


def message(queue_id: str, recipient: bytes, sender: bytes = b"ann@ok.example") -> NewMessage:
    body = b"Subject: x\n\nhello\n"
    return NewMessage(Envelope(queue_id, time.time(), sender, (Recipient(recipient),), len(body), Origin()), (body,))


def store_of(mail: MailSystem) -> Queue:
    path = mail.base / "queue" / "queue"

    def opened() -> Queue | None:
        with contextlib.suppress(StoreUnavailable):
            return Queue.open(str(path))
        return None

    eventually(lambda: (path / "data.mdb").exists())
    # The file is there before its tables are.
    queue = eventually(opened)
    assert isinstance(queue, Queue)
    return queue


def insert(store: Queue, messages: list[NewMessage]) -> None:
    assert {o.result for o in store.commit([Insert(m) for m in messages])} == {DURABLE}


def test_sent_bounced_deferred_and_suspended() -> None:
    with MailSystem(MAIN, MASTER) as mail:
        store = store_of(mail)
        insert(
            store,
            [
                message("AAAA01", b"bob@ok.example"),
                message("AAAA02", b"bob@fail.example"),
                message("AAAA03", b"bob@busy.example"),
                message("AAAA04", b"bob@nowhere.example"),
                message("AAAA05", b"bob@fail.example", sender=b""),
            ],
        )
        eventually(lambda: store.count() == 2, 15)
        text = eventually(lambda: "AAAA04: to=<" in mail.log_text() and mail.log_text())
        assert re.search(r"discard\[\d+\]: AAAA01: to=<bob@ok.example>, relay=none, .*status=sent \(ok.example\)", text)
        assert re.search(
            r"error\[\d+\]: AAAA02: to=<bob@fail.example>.* dsn=5.1.1, status=bounced \(no such user\)", text
        )
        notice = re.search(r"bounce\[\d+\]: AAAA02: sender non-delivery notification: (\w+)", text)
        assert notice
        assert f"{notice[1]}: from=<>, size=" in text and f"{notice[1]}: removed" in text
        assert re.search(r"AAAA03: .* dsn=4.2.0, status=deferred \(try later\)", text)
        assert re.search(r"AAAA04: .* dsn=4.3.0, status=deferred \(mail transport unavailable\)", text)
        assert "AAAA05: removed" in text and "AAAA05: sender non-delivery" not in text
        stored = store.load("AAAA03")
        assert stored is not None and 290 < stored.state.due - time.time() <= 300
        store.close()


def test_nothing_is_lost_when_qmgr_and_agents_are_killed() -> None:
    total, killed = 3000, Counter[str]()
    with MailSystem(MAIN, MASTER) as mail:
        store = store_of(mail)
        for start in range(0, total, 300):
            batch = [
                message(f"BB{n:04X}", b"bob@ok.example" if n % 10 else b"x@fail.example")
                for n in range(start, start + 300)
            ]
            insert(store, batch)
            for service in ("qmgr", "discard", "bounce", "error"):
                for pid in mail.workers(service):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        killed[service] += 1
            time.sleep(0.3)
        eventually(lambda: store.count() == 0, 60, 0.1)
        text = mail.log_text()
        gone = set(re.findall(r": (BB[0-9A-F]{4}): removed", text))
        # A worker that is killed takes its last log lines along; the queue is the witness, the log only counts.
        assert len(gone) > total // 2
        assert store.verify() == []
        store.close()
    assert killed["qmgr"] >= 5 and killed["discard"] >= 1
    print(dict(killed))


def test_a_reload_under_load_delivers_everything_once() -> None:
    total = 1500
    with MailSystem(MAIN, MASTER) as mail:
        store = store_of(mail)
        for start in range(0, total, 500):
            insert(store, [message(f"CC{n:04X}", b"bob@ok.example") for n in range(start, start + 500)])
            mail.reload()
        eventually(lambda: store.count() == 0, 60, 0.1)
        eventually(lambda: mail.log_text().count(": removed") >= total)
        sent = Counter(re.findall(r": (CC[0-9A-F]{4}): to=<.* status=sent", mail.log_text()))
        assert len(sent) == total and set(sent.values()) == {1}
        assert "fatal" not in mail.log_text()
        store.close()
