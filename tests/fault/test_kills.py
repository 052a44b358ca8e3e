"""Kill -9 under load: every message answered 250 is delivered or bounced, and killed services answer again at once.

Load from 20 sessions goes to a virtual Maildir, to a system mailbox, to a next hop that takes mail and to one that refuses
(so that notifications are built). Meanwhile each kind of worker is killed 20 times, then master and the whole tree 5 times.
"""

import contextlib
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from harness import ROOT, MailSystem, eventually, free_port

KINDS = ("smtpd", "qmgr", "virtual", "local", "smtp", "bounce", "pickup")
KILLS, TREE_KILLS = 20, 5
_IDENT = re.compile(rb"^X-Load-Id: ([^\r\n]+)", re.MULTILINE)


class Lab:
    """A mail system under load with its ledgers."""

    def __init__(self, mail: MailSystem, sink_port: int) -> None:
        self.mail = mail
        self.accepted = mail.base / "accepted"
        self.taken = mail.base / "taken"
        self.sink_port = sink_port
        self.submitted: list[str] = []
        # A user whose mailbox local(8) may write: not the mail owner; rootless, only one's own.
        self.person = "games" if mail.as_root else pwd.getpwuid(mail.uid).pw_name

    def spawn(self, *args: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", *args]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def load(self, seconds: float, seed: str) -> "subprocess.Popen[str]":
        args = [
            "tools.source",
            "--port",
            str(self.mail.port),
            "--sessions",
            "20",
            "--seconds",
            str(seconds),
            "--rate",
            "150",
        ]
        for to in ("user@localhost", f"{self.person}@mail.test.example", "x@relay.example", "bounce@relay.example"):
            args += ["--to", to]
        return self.spawn(*args, "--sender", "user@localhost", "--ledger", str(self.accepted), "--seed", seed)

    def submit(self, number: int) -> None:
        """A message by sendmail; it counts if sendmail says that it was taken."""
        ident = f"cmd-{number}"
        text = f"Subject: x\nX-Load-Id: {ident}\n\nhello\n".encode()
        if self.mail.sendmail("-f", "user@localhost", "user@localhost", stdin=text).returncode == 0:
            self.submitted.append(ident)

    def ledger(self) -> dict[str, str]:
        """Accepted message -> recipient."""
        lines = self.accepted.read_text().split("\n") if self.accepted.exists() else []
        found = dict(line.split(" ") for line in lines if line)
        return found | dict.fromkeys(self.submitted, "user@localhost")

    def arrived(self) -> Counter[tuple[str, str]]:
        """(message, where) -> copies, over the mailboxes and the sink; a notification counts for what it returns."""
        found: Counter[tuple[str, str]] = Counter()
        for user in ("user", self.person):
            for text in self.mail.mailbox(user):
                match = _IDENT.search(text)
                if match:
                    where = "bounced" if b"multipart/report" in text else user
                    found[match[1].decode(), where] += 1
        if self.taken.exists():
            for line in self.taken.read_text().split("\n"):
                if line:
                    found[line.split(" ")[0], "sink"] += 1
        return found

    def missing(self) -> list[str]:
        """Accepted messages that are nowhere yet."""
        arrived = self.arrived()
        where = {
            "user@localhost": "user",
            f"{self.person}@mail.test.example": self.person,
            "x@relay.example": "sink",
            "bounce@relay.example": "bounced",
        }
        return [ident for ident, to in self.ledger().items() if not arrived[ident, where[to]]]


@pytest.fixture
def lab() -> Iterator[Lab]:
    port = free_port()
    mail = MailSystem(
        main={
            "mydestination": "mail.test.example",
            "mail_spool_directory": "",
            "relay_domains": "relay.example",
            "transport_maps": f"inline:{{ relay.example=smtp:[127.0.0.1]:{port} }}",
            "smtpd_client_connection_count_limit": "0",
            "minimal_backoff_time": "1s",
            "maximal_backoff_time": "3s",
            "queue_run_delay": "1s",
            "transport_retry_time": "1s",
        }
    )
    spool = mail.base / "mail"
    mail.main["mail_spool_directory"] = f"{spool}/"
    spool.chmod(0o1777)
    mail.write()
    taken = mail.base / "taken"
    sink = subprocess.Popen(
        [sys.executable, "-m", "tools.sink", "--port", str(port), "--ledger", str(taken), "--refuse", "bounce@"],
        cwd=ROOT,
    )
    try:
        mail.start()
        mail.wait_port()
        yield Lab(mail, port)
    finally:
        sink.kill()
        sink.wait()
        mail.stop()
        mail.remove()


def kill(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def banner(port: int, timeout: float = 5.0) -> float:
    """Seconds until the port answers with a banner."""
    began = time.monotonic()
    while time.monotonic() - began < timeout:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as sock:
            if sock.recv(3) == b"220":
                return time.monotonic() - began
    raise AssertionError(f"no banner within {timeout} s")


def answers(mail: MailSystem, kind: str, timeout: float = 10.0) -> None:
    """Wait until the service greets a client: a banner from smtpd, the first frame of a record protocol else."""
    if kind == "smtpd":
        banner(mail.port, timeout)
        return
    path = mail.queue / ("public" if kind == "qmgr" else "private") / kind
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(timeout)
            sock.connect(str(path))
            if not sock.recv(1):
                raise ConnectionResetError("closed without a greeting")
    except OSError as exc:
        raise AssertionError(f"{kind}: {exc}\n{mail.log_text()[-6000:]}") from None


def present(mail: MailSystem, kind: str) -> list[int]:
    """The workers of a kind, waited for: load brings them up."""
    try:
        return eventually(lambda: mail.workers(kind), 20)  # type: ignore[no-any-return]
    except AssertionError:
        tree = Counter(mail.tree().values())
        Path("/tmp/fault.log").write_text(mail.log_text())
        raise AssertionError(f"no {kind} in {tree}:\n{mail.log_text()[-6000:]}\n{mail.errors()[-2000:]}") from None


def kill_each_kind(lab: Lab) -> dict[str, list[float]]:
    """Kill every kind KILLS times; how long each replacement took, in seconds."""
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for round_ in range(KILLS):
        for kind in KINDS:
            if kind == "pickup":
                lab.submit(round_)
            pids = present(lab.mail, kind)
            victim = pids[round_ % len(pids)]
            if kill(victim):
                began = time.monotonic()
                if kind == "pickup":
                    lab.submit(KILLS + round_)  # its client speaks first: the time of a whole sendmail
                else:
                    answers(lab.mail, kind)
                times[kind].append(time.monotonic() - began)
    return times


def kill_tree(lab: Lab) -> float:
    """Master and everything below it, at once; seconds from the new start to a banner."""
    assert lab.mail.process is not None
    pids = [lab.mail.process.pid, *lab.mail.tree()]
    for pid in pids:
        kill(pid)
    lab.mail.process.wait()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 10)
    began = time.monotonic()
    lab.mail.start()
    banner(lab.mail.port)
    return time.monotonic() - began


@pytest.mark.slow
def test_nothing_accepted_is_lost(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    load = lab.load(600, "w")
    times = kill_each_kind(lab)
    load.terminate()
    load.wait()
    starts = []
    for round_ in range(TREE_KILLS):
        load = lab.load(4, f"t{round_}")
        time.sleep(1.5)
        starts.append(kill_tree(lab))
        load.wait()
    eventually(lambda: not lab.missing(), 90, 0.5)
    ledger, arrived = lab.ledger(), lab.arrived()
    copies = sum(n - 1 for n in arrived.values())
    maildir = sum(n - 1 for (_, where), n in arrived.items() if where in ("user", lab.person, "bounced"))
    with capsys.disabled():
        print(f"\naccepted {len(ledger)}, lost {len(lab.missing())}, duplicates {copies} (in mailboxes {maildir})")
        for kind, seconds in times.items():
            ms = [s * 1000 for s in seconds]
            print(f"  {kind:8} killed {len(ms)}: replaced after {median(ms):.0f} ms (median), {max(ms):.0f} ms (worst)")
        print(
            f"  tree     killed {len(starts)}: banner after {median(starts):.2f} s (median), {max(starts):.2f} s (worst)"
        )
    assert len(ledger) > 500
    assert not maildir, "a Maildir or a notification got a second copy"
    for kind in KINDS:
        assert median(times[kind]) < (1.0 if kind == "pickup" else 0.1), kind
