"""harness - a real mail system in a temporary folder, rootless, for tests.

    with MailSystem() as mail:                      # or MailSystem(main={...}, master="smtp inet n - n - - smtpd\n")
        mail.wait_port(mail.port)
        mail.smtp(sender="a@example.com", recipients=["user@localhost"], data=b"Subject: x\r\n\r\nhello\r\n")
        assert "status=sent" in mail.log_text()

Run by root, everything belongs to and runs as `nobody`, so that tests are rootless everywhere; `root=True` runs master as
root with `nobody` as the mail owner. `mail.base` is the folder: etc/ (main.cf, master.cf, tables), queue/, data/, log, services/ (daemon_directory: programs of
the test's own). `start` waits until master says that every service can run. Nothing outlives `stop`.
"""

import contextlib
import functools
import grp
import os
import pwd
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def eventually(what: Callable[[], Any], timeout: float = 10.0, pause: float = 0.01) -> Any:
    """What `what()` returns as soon as that is true; AssertionError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        result = what()
        if result:
            return result
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
        time.sleep(pause)


@functools.cache
def nobody_can_import() -> bool:
    """Whether an ordinary user can read the checkout and the interpreter (not so below /root)."""
    command = [sys.executable, "-P", "-c", "import pymaster, gevent, lmdb, msgpack"]
    env = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    try:
        done = subprocess.run(command, env=env, user="nobody", cwd="/", capture_output=True, check=False)
    except PermissionError:
        return False
    return done.returncode == 0


class MailSystem:
    """One mail system. `main` are settings of main.cf, `master` the text of master.cf."""

    DEFAULT_MASTER = """\
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

    def __init__(
        self,
        main: dict[str, str] | None = None,
        master: str = "",
        programs: dict[str, str] | None = None,
        *,
        root: bool = False,
    ) -> None:
        self.uid, self.gid = os.getuid(), os.getgid()
        if self.uid == 0:
            nobody = pwd.getpwnam("nobody")
            self.uid, self.gid = nobody.pw_uid, nobody.pw_gid
        self.as_root = os.getuid() == 0 and (root or not nobody_can_import())
        self.base = Path(tempfile.mkdtemp(prefix="pymaster-test-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        for name in ("etc", "services", "mail"):
            (self.base / name).mkdir()
        for name, text in (programs or {}).items():
            (self.base / "services" / f"{name}.py").write_text(text)
        self.main = {
            "compatibility_level": "3.10",
            "queue_directory": f"{self.base}/queue",
            "data_directory": f"{self.base}/data",
            "daemon_directory": f"{self.base}/services",
            "maillog_file": f"{self.base}/log",
            "maillog_file_prefixes": str(self.base),
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "myhostname": "mail.test.example",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            "alias_maps": "",
            "alias_database": "",
            "local_recipient_maps": "",
            "virtual_mailbox_domains": "localhost, test.example",
            "virtual_mailbox_base": f"{self.base}/mail",
            "virtual_mailbox_maps": "inline:{ user@localhost=user/ user@test.example=user/ }",
            "virtual_uid_maps": f"static:{self.uid}",
            "virtual_gid_maps": f"static:{self.gid}",
            "virtual_minimum_uid": "1",
        }
        if self.as_root:
            self.main |= {"mail_owner": "nobody", "setgid_group": grp.getgrgid(self.gid).gr_name}
            self.main["default_privs"] = "daemon"
            for name in ("queue", "data"):
                (self.base / name).mkdir()
        self.main.update(main or {})
        self.master = (master or self.DEFAULT_MASTER).replace("{port}", str(self.port))
        self.write()
        if os.getuid() == 0:
            os.chmod(self.base, 0o755)
            for path in [*self.base.rglob("*"), *([] if self.as_root else [self.base])]:
                if path.name not in ("queue",):
                    os.chown(path, self.uid, self.gid)

    # Configuration.

    @property
    def etc(self) -> str:
        """The configuration directory."""
        return f"{self.base}/etc"

    @property
    def queue(self) -> Path:
        """The queue directory."""
        return self.base / "queue"

    def write(self) -> None:
        """Write main.cf and master.cf from `main` and `master`."""
        text = "".join(f"{name} = {value}\n" for name, value in self.main.items())
        (self.base / "etc" / "main.cf").write_text(text)
        (self.base / "etc" / "master.cf").write_text(self.master)

    def environment(self) -> dict[str, str]:
        """What its processes and commands inherit."""
        return {
            "PATH": f"{os.path.dirname(sys.executable)}:/usr/sbin:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "MAIL_CONFIG": self.etc,
            "HOME": str(self.base),
        }

    def user(self) -> dict[str, Any]:
        """Arguments for subprocess that make a process run as the mail system's user."""
        if os.getuid() != 0 or self.as_root:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    # Life.

    def __enter__(self) -> "MailSystem":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.remove()

    def start(self, timeout: float = 20.0) -> None:
        """Start master in the foreground and wait until every service can run; AssertionError with the log if not."""
        reader, writer = os.pipe()
        with (self.base / "stderr").open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pymaster.master.main", "-c", self.etc, "-d", "-w", str(writer)],
                env=self.environment(),
                pass_fds=[writer],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
                cwd=self.base,
                **self.user(),
            )
        os.close(writer)
        os.set_blocking(reader, False)
        try:
            said = eventually(lambda: self._said(reader), timeout)
        finally:
            os.close(reader)
        assert said == b"ok", f"master did not start: {said!r}\n{self.log_text()}\n{self.errors()}"

    @staticmethod
    def _said(fd: int) -> bytes:
        try:
            return os.read(fd, 1000) or b"it ended"
        except BlockingIOError:
            return b""

    def stop(self, timeout: float = 15.0) -> int:
        """Stop it and wait; returns master's exit status. Kills what is left."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.terminate()
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            for pid in [*self.tree(), self.process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            status = self.process.wait(5)
        self.process = None
        return status

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.base, ignore_errors=True)

    def reload(self) -> None:
        """Have master read its configuration again, and wait until it says that it did."""
        before = self.log_text().count("reload")
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.log_text().count("reload") > before)

    # Looking.

    def log_text(self) -> str:
        """The log so far."""
        path = self.base / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def errors(self) -> str:
        """What was written to standard error."""
        path = self.base / "stderr"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_log(self, pattern: str, timeout: float = 10.0) -> "re.Match[str]":
        """Wait for a line that the regular expression finds."""
        try:
            found: re.Match[str] = eventually(lambda: re.search(pattern, self.log_text()), timeout)
        except AssertionError:
            raise AssertionError(f"{pattern!r} is not in the log:\n{self.log_text()}\n{self.errors()}") from None
        return found

    def wait_port(self, port: int = 0, timeout: float = 10.0) -> None:
        """Wait until somebody accepts and speaks on a port of 127.0.0.1."""
        eventually(lambda: self._speaks(port or self.port), timeout)

    @staticmethod
    def _speaks(port: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as sock:
                return bool(sock.recv(1))
        except OSError:
            return False

    def tree(self) -> dict[int, str]:
        """pid -> name of every process below master (all generations)."""
        parents: dict[int, tuple[int, str]] = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError):
                    text = Path(f"/proc/{entry}/stat").read_text(errors="replace")
                    name, rest = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
                    if rest[0] != "Z":
                        parents[int(entry)] = (int(rest[1]), name)
        found: dict[int, str] = {}
        wanted = {self.process.pid} if self.process is not None else set()
        while wanted:
            wanted = {pid for pid, (parent, _) in parents.items() if parent in wanted and pid not in found}
            found |= {pid: parents[pid][1] for pid in wanted}
        return found

    def workers(self, name: str) -> list[int]:
        """The pids of a service program's workers (by its first 15 letters)."""
        return sorted(pid for pid, comm in self.tree().items() if comm == name[:15])

    def pss(self) -> int:
        """Proportional set size of the whole tree, master included, in bytes."""
        total = 0
        for pid in [*self.tree(), *([self.process.pid] if self.process else [])]:
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().split("\n"):
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
        return total

    # Mail.

    def command(
        self, module: str, *args: str, stdin: bytes = b"", timeout: float = 30.0
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run a command of pymaster/commands, such as "postqueue", "-p"."""
        script = f"import sys; from pymaster.commands.{module} import main; sys.exit(main())"
        return subprocess.run(
            [sys.executable, "-P", "-c", script, *args],
            env=self.environment(),
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
            cwd=self.base,
            **self.user(),
        )

    def sendmail(self, *args: str, stdin: bytes = b"", timeout: float = 30.0) -> "subprocess.CompletedProcess[bytes]":
        """Run sendmail."""
        return self.command("sendmail", *args, stdin=stdin, timeout=timeout)

    @contextlib.contextmanager
    def client(self, timeout: float = 15.0) -> Iterator[smtplib.SMTP]:
        """A connected SMTP client."""
        with smtplib.SMTP("127.0.0.1", self.port, "client.test.example", timeout) as client:
            yield client

    def smtp(
        self,
        sender: str = "sender@test.example",
        recipients: list[str] | None = None,
        data: bytes = b"Subject: test\r\n\r\nhello\r\n",
    ) -> dict[str, tuple[int, bytes]]:
        """Send one message; returns the refused recipients as smtplib does."""
        with self.client() as client:
            return client.sendmail(sender, recipients or ["user@localhost"], data)

    def mailbox(self, user: str = "user") -> list[bytes]:
        """The messages in a virtual user's Maildir (new and cur)."""
        found = []
        for folder in ("new", "cur"):
            path = self.base / "mail" / user / folder
            found += [item.read_bytes() for item in sorted(path.iterdir())] if path.is_dir() else []
        return found

    def wait_mailbox(self, count: int = 1, user: str = "user", timeout: float = 15.0) -> list[bytes]:
        """Wait for that many messages in a virtual user's Maildir."""
        try:
            eventually(lambda: len(self.mailbox(user)) >= count, timeout)
        except AssertionError:
            raise AssertionError(f"{len(self.mailbox(user))} of {count} messages\n{self.log_text()}") from None
        return self.mailbox(user)
