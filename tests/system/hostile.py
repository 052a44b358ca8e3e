"""hostile - what tests of hostile mail clients share: a client that says anything, a neighbour that takes the time, limits.

with Bystander(mail) as bystander, bounded(mail, bystander, "mailbox"):
    Wire(mail.imap).say(b"x" * 100_000)         # the neighbour is answered within 100 ms, the worker keeps its memory

The neighbour is a process of its own, so that this one's work is not in its figures. It also measures how late the machine
itself wakes it up, and that much is forgiven.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from reading import Reading

GAP, MEMORY = 0.1, 64 << 20
_LITERAL = re.compile(rb"\{([0-9]+)\}\r\n\Z")
_BYSTANDER = """
import select, socket, sys, time
port, verb, login = int(sys.argv[1]), sys.argv[2].encode(), [line.encode() for line in sys.argv[3:]]
sock = socket.create_connection(("127.0.0.1", port), 20)
sock.settimeout(20)
sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
def ask(line):
    sock.sendall(line + b"\\r\\n")
    data = b""
    while not data.endswith(b"\\n"):
        block = sock.recv(65536)
        if not block:
            print("closed", flush=True)
            sys.exit(1)
        data += block
    return data
sock.recv(4096)
for line in login:
    ask(line)
print("ready", flush=True)
worst = late = 0.0
while True:
    began = time.monotonic()
    ask(verb)
    worst = max(worst, time.monotonic() - began)
    began = time.monotonic()
    found = select.select([sys.stdin], [], [], 0.004)[0]
    late = max(late, time.monotonic() - began - 0.004)
    if found:
        if not sys.stdin.readline():
            break
        print(worst, late, flush=True)
        worst = late = 0.0
"""


class Bystander:
    """An innocent client that asks NOOP all the time. `user` "" stays before login."""

    def __init__(self, mail: Reading, user: str = "second", *, pop: bool = False) -> None:
        port, verb = (mail.pop3, "CAPA" if not user else "NOOP") if pop else (mail.imap, "n NOOP")
        login: list[str] = []
        if user:
            name, secret = f"{user}@localhost", mail.PASSWORD
            login = [f"USER {name}", f"PASS {secret}"] if pop else [f'l LOGIN {name} "{secret}"']
        self.process = subprocess.Popen(
            [sys.executable, "-c", _BYSTANDER, str(port), verb, *login],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None and self.process.stdout.readline() == "ready\n"

    def __enter__(self) -> Bystander:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def worst(self) -> tuple[float, float]:
        """The longest answer since this was last asked, and how late the machine was; seconds."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        words = self.process.stdout.readline().split(" ")
        assert len(words) == 2, "the neighbour's session has ended"
        return float(words[0]), float(words[1])


def peak(pid: int) -> int:
    """The most memory that a process held since `forget_peak`."""
    found = re.search(r"VmHWM:\s+([0-9]+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None, f"process {pid} is gone"
    return int(found[1]) << 10


def forget_peak(pid: int) -> None:
    """From now on `peak` counts anew, where the system lets us; else from the process's start."""
    with contextlib.suppress(PermissionError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")


@contextlib.contextmanager
def bounded(
    mail: Reading, bystander: Bystander, *programs: str, gap: float = GAP, memory: int = MEMORY, label: str = ""
) -> Iterator[None]:
    """While this lasts, the neighbour is served in time and the programs' processes live and stay small."""
    before = {}
    for pid in [pid for program in programs for pid in mail.workers(program)]:
        forget_peak(pid)
        before[pid] = peak(pid)
    bystander.worst()
    yield
    longest, late = bystander.worst()
    grown = {pid: peak(pid) - held for pid, held in before.items()}
    name = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition("::")[2]
    most = max(grown.values(), default=0)
    print(f"\n{name} {label}: longest {longest * 1000:.0f} ms (late {late * 1000:.0f} ms), grown {most >> 10} KB")
    assert set(before) <= set(mail.tree()), "a process died"
    assert longest < gap + late, f"the neighbour waited {longest * 1000:.0f} ms {label}"
    assert most < memory, f"{grown} octets more memory {label}"


class Wire:
    """A connection on which anything may be said."""

    def __init__(self, port: int, *, tls: bool = False, timeout: float = 20.0, greeted: bool = True) -> None:
        self.sock: socket.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.begin_tls()
        self.file = self.sock.makefile("rb")
        self.greeting = self.line() if greeted else b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin_tls(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.sock = context.wrap_socket(self.sock, server_hostname="mail.example.org")
        self.file = self.sock.makefile("rb")

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def pour(self, data: bytes) -> None:
        """Send much; an end of the connection by the other side is no failure."""
        with contextlib.suppress(ConnectionError):
            self.sock.sendall(data)

    def line(self) -> bytes:
        """The next line, b"" at the end."""
        try:
            return self.file.readline()
        except ConnectionError:
            return b""

    def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        found = []
        while line := self.line():
            found.append(line)
        return b"".join(found)

    def ask(self, line: bytes) -> bytes:
        """Say a line, hear one."""
        self.send(line + b"\r\n")
        return self.line()

    # IMAP.

    def until(self, tag: bytes) -> bytes:
        """The tagged answer (or the last line before the end), with `told` all before it."""
        self.told: list[bytes] = []
        while line := self.line():
            while found := _LITERAL.search(line):
                line += self.file.read(int(found[1])) + self.line()
            if line.startswith(tag + b" "):
                return line
            self.told.append(line)
        return self.told[-1] if self.told else b""

    def say(self, command: bytes, tag: bytes = b"t") -> bytes:
        """One IMAP command, and its tagged answer."""
        self.send(tag + b" " + command + b"\r\n")
        return self.until(tag)

    def login(self, user: str = "user") -> Wire:
        """Log in to IMAP."""
        answer = self.say(f'LOGIN {user}@localhost "{Reading.PASSWORD}"'.encode(), b"login")
        assert answer.startswith(b"login OK"), answer
        return self

    def append(self, message: bytes, name: bytes = b"INBOX") -> bytes:
        """APPEND a message."""
        mark = b"~" if b"\0" in message else b""
        self.send(b"a APPEND %s %s{%d+}\r\n" % (name, mark, len(message)) + message + b"\r\n")
        return self.until(b"a")

    # POP3.

    def pop_login(self, user: str = "user") -> Wire:
        """Log in to POP3."""
        assert self.ask(f"USER {user}@localhost".encode()).startswith(b"+OK")
        assert self.ask(f"PASS {Reading.PASSWORD}".encode()).startswith(b"+OK")
        return self

    def listing(self) -> list[bytes]:
        """The lines of a multi-line answer, without the dot."""
        found = []
        while (line := self.line()) not in (b".\r\n", b""):
            found.append(line)
        return found

    def close(self) -> None:
        self.file.close()
        self.sock.close()


def gaps(mail: Reading) -> dict[str, float]:
    """The worst time (seconds) that the processes themselves say their hubs were kept, since they were started."""
    found: dict[str, float] = {}
    for row in json.loads(mail.command("pymaster", "who", "--workers", "--json").stdout or b"[]"):
        found["mailbox"] = max(found.get("mailbox", 0.0), row["worst_gap"])
    table = mail.command("pymaster", "ps").stdout.decode()
    for name, gap in re.findall(r"^(imapd|pop3d|auth|authd|\S*:\S+) .* ([0-9]+) ms ", table, re.M):
        found[name] = max(found.get(name, 0.0), int(gap) / 1000)
    print("\n", ", ".join([f"{name} {gap * 1000:.0f} ms" for name, gap in found.items()]))
    return found


class Hostile(Reading):
    """A system with one process of each kind, so that the neighbour is always on the one that is attacked."""

    def __init__(self, users: tuple[str, ...] = ("user", "second"), mbox: tuple[str, ...] = (), **main: str) -> None:
        settings = {"mailbox_processes_per_uid": "1", "auth_failure_delay": "0", "imapd_max_user_sessions": "1000"}
        super().__init__(users, mbox, settings | main)
        for kind in ("imapd", "pop3d"):
            self.master = self.master.replace(f" - - {kind}", f" - 1 {kind}")
        self.write()
