"""loads - what is sent, with smtp-source(1) and smtp-sink(1) from Debian's postfix package."""

import subprocess
import time
from dataclasses import dataclass

from benchmarks.systems import System


@dataclass(frozen=True)
class Load:
    """`count` messages of `size` bytes over `sessions` connections, kept open or one each, to `domain`."""

    name: str
    domain: str
    sessions: int
    count: int
    keep: bool = False
    size: int = 5120
    recipients: int = 1


LOADS = (
    Load("discard, 20 sessions, a connection per message", "discard.test", 20, 3000),
    Load("discard, 20 sessions, connections kept", "discard.test", 20, 3000, keep=True),
    Load("discard, 1 session kept", "discard.test", 1, 1500, keep=True),
    Load("discard, 100 sessions", "discard.test", 100, 3000),
    Load("virtual Maildir, 20 sessions", "virtual.test", 20, 2000),
    Load("relay to smtp-sink, 20 sessions", "relay.test", 20, 2000),
    Load("10 recipients a message, discard", "discard.test", 20, 1500, recipients=10),
    Load("5 MB messages to Maildir, 4 sessions", "virtual.test", 4, 80, size=5_000_000),
)


@dataclass
class Figures:
    """One run: rates are messages per second, `cpu` is milliseconds per message, `pss` MB at the busiest sample."""

    accept: float
    end_to_end: float
    cpu: float
    pss: float
    delivered: int


def run(system: System, load: Load, scale: float = 1.0) -> Figures:
    """Send the load, wait until everything is delivered, and count."""
    count = max(int(load.count * scale), load.sessions)
    system.mark()
    system.empty_mailboxes()
    command = ["/usr/sbin/smtp-source", "-s", str(load.sessions), "-m", str(count), "-l", str(load.size)]
    command += ["-f", "sender@bench.test", "-t", f"user@{load.domain}"]
    command += ["-d"] if load.keep else []
    command += ["-r", str(load.recipients)] if load.recipients > 1 else []
    cpu, began = system.tree.cpu(), time.monotonic()
    source = subprocess.Popen([*command, f"127.0.0.1:{system.port}"], stderr=subprocess.PIPE)
    accepted, pss = 0.0, 0.0
    wanted = count * load.recipients
    deadline = began + 300
    sampled = 0.0
    while time.monotonic() < deadline:
        now = time.monotonic()
        if not accepted and source.poll() is not None:
            accepted = now - began
            if source.returncode:
                errors = source.stderr.read().decode() if source.stderr else ""
                raise RuntimeError(f"smtp-source: {errors}\n{system.tail()}")
        if now - began > 1.0 and now - sampled > 2.0:
            pss, sampled = max(pss, system.tree.pss()), now
        if accepted and system.sent() >= wanted:
            break
        time.sleep(0.02)
    else:
        source.kill()
    ended = time.monotonic()
    delivered = system.sent()
    accepted = accepted or ended - began
    spent = system.tree.cpu() - cpu
    pss = max(pss, system.tree.pss())
    return Figures(count / accepted, count / (ended - began), spent * 1000 / count, pss, delivered)
