"""Queue administration beside a running mail system, and without it."""

import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import MailSystem, eventually

from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.stored import NewMessage
from pymaster.store.contract import DURABLE, Insert
from pymaster.store.queue import Queue

MASTER = """\
qmgr unix n - n 300 1 qmgr
bounce unix - - n - 0 bounce
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
postlog unix-dgram n - n - 1 postlogd
"""
MAIN = {
    "default_transport": "discard",
    "transport_maps": "inline:{ {busy.example = retry:4.2.0 try later} {slow.example = retry:4.2.0 not now} }",
}
BODY = b"Subject: hello\nTo: bob\n\nfirst\nlast\n"


def insert(queue: Queue, *ids: str, host: bytes = b"busy.example", hold: bool = False) -> None:
    for queue_id in ids:
        recipients = (Recipient(b"bob@" + host),)
        envelope = Envelope(queue_id, time.time(), b"ann@ok.example", recipients, len(BODY), Origin())
        assert queue.commit([Insert(NewMessage(envelope, (BODY,), hold=hold))])[0].result == DURABLE


def run(mail: MailSystem, *args: str, stdin: bytes = b"", status: int = 0) -> str:
    done = mail.command(args[0], *args[1:], stdin=stdin)
    assert done.returncode == status, (args, done.stdout, done.stderr)
    return (done.stdout if args[0] != "postsuper" else done.stderr).decode()


def listed(mail: MailSystem) -> dict[str, dict[str, object]]:
    return {item["queue_id"]: item for item in map(json.loads, run(mail, "postqueue", "-j").split("\n")[:-1])}


def test_beside_a_running_mail_system() -> None:
    with MailSystem(MAIN, MASTER) as mail:
        path = mail.queue / "queue"
        eventually(lambda: (path / "data.mdb").exists())
        queue = Queue.open(str(path), create=True)
        assert run(mail, "postqueue", "-p") == "Mail queue is empty\n"
        insert(queue, "AAAA01", "AAAA02")
        insert(queue, "AAAA03", host=b"slow.example")
        for queue_id in ("AAAA01", "AAAA02", "AAAA03"):
            mail.wait_log(f"{queue_id}: .*status=deferred")
        eventually(lambda: {item["queue_name"] for item in listed(mail).values()} == {"deferred"})
        assert listed(mail)["AAAA03"]["recipients"] == [{"address": "bob@slow.example", "delay_reason": "not now"}]
        table = run(mail, "postqueue", "-p")
        assert re.search(r"^AAAA01 {11}35 \w{3} \w{3} .{11}  ann@ok.example$", table, re.M), table
        assert "\n-- 0 Kbytes in 3 Requests.\n" in table

        assert "AAAA01: placed on hold" in run(mail, "postsuper", "-h", "AAAA01")
        assert listed(mail)["AAAA01"]["queue_name"] == "hold"
        assert "Deleted: 1 message\n" in run(mail, "postsuper", "-d", "-", stdin=b"AAAA02\nAAAA09\n")
        run(mail, "postqueue", "-i", "AAAA03")
        eventually(lambda: mail.log_text().count("AAAA03: from=<") >= 2)
        run(mail, "postsuper", "-e", "AAAA03")
        mail.wait_log("AAAA03: from=<ann@ok.example>, status=force-expired, returned to sender")
        mail.wait_log("AAAA03: removed")
        assert "Released from hold: 1 message" in run(mail, "postsuper", "-H", "ALL")
        eventually(lambda: mail.log_text().count("AAAA01: from=<") >= 2)
        assert "*** ENVELOPE RECORDS deferred/A/AAAA01 ***" in run(mail, "postcat", "-q", "AAAA01")
        queue.close()


def test_without_the_mail_system() -> None:
    mail = MailSystem(MAIN, MASTER)
    try:
        mail.start()
        path = mail.queue / "queue"
        eventually(lambda: (path / "data.mdb").exists())
        mail.stop()
        queue = Queue.open(str(path), create=True)
        insert(queue, "AAAA01", "AAAA02", hold=True)
        queue.close()
        assert set(listed(mail)) == {"AAAA01", "AAAA02"}
        run(mail, "postqueue", "-f", status=69)
        assert run(mail, "postcat", "-b", "-q", "AAAA01") == "\nfirst\nlast\n"
        assert run(mail, "postcat", "-h", "-q", "AAAA01") == "Subject: hello\nTo: bob\n"
        assert "Deleted: 2 messages\n" in run(mail, "postsuper", "-d", "ALL", "hold")
        assert run(mail, "postsuper", "-s", "-p") == ""
        assert listed(mail) == {}
    finally:
        mail.stop()
        mail.remove()
