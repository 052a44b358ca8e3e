"""peers - the Debian programs that interoperability tests talk to, each in a folder of its own on loopback."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from harness import eventually, free_port

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def need(program: str) -> str:
    """The path of a program; a test without it is skipped, in CI it fails."""
    found = shutil.which(program, path=PATH)
    if found is None:
        text = f"{program} is not installed (see tests/interop/packages.txt)"
        pytest.fail(text) if os.environ.get("CI") == "true" else pytest.skip(text)
    return str(found)


def need_root() -> None:
    """These tests change users and run a real Postfix."""
    if os.getuid() != 0:
        pytest.skip("needs root")


class Postfix:
    """A real Postfix with its own configuration and queue; `main` overrides its main.cf."""

    MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
local     unix  -       n       n       -       -       local
virtual   unix  -       n       n       -       -       virtual
anvil     unix  -       -       n       -       1       anvil
postlog   unix-dgram n  -       n       -       1       postlogd
"""

    def __init__(self, main: dict[str, str]) -> None:
        self.command = need("postfix")
        self.base = Path(tempfile.mkdtemp(prefix="postfix-peer-"))
        self.base.chmod(0o755)
        self.port = free_port()
        owner = pwd.getpwnam("postfix")
        for name in ("etc", "spool", "data", "mail"):
            (self.base / name).mkdir()
        os.chown(self.base / "data", owner.pw_uid, owner.pw_gid)
        os.chown(self.base / "mail", 65534, 65534)
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": f"{self.base}/spool",
            "data_directory": f"{self.base}/data",
            "maillog_file": f"{self.base}/log",
            "maillog_file_prefixes": "/",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "myhostname": "peer.test.example",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            "alias_maps": "",
            "alias_database": "",
            "virtual_mailbox_domains": "peer.example",
            "virtual_mailbox_maps": "static:user/",
            "virtual_mailbox_base": f"{self.base}/mail",
            "virtual_minimum_uid": "100",
            "virtual_uid_maps": "static:65534",
            "virtual_gid_maps": "static:65534",
        } | main
        (self.base / "etc/main.cf").write_text("".join(f"{k} = {v}\n" for k, v in settings.items()))
        (self.base / "etc/master.cf").write_text(self.MASTER.format(port=self.port))

    def run(self, verb: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [self.command, "-c", str(self.base / "etc"), verb], capture_output=True, timeout=60, env={"PATH": PATH}
        )

    def __enter__(self) -> "Postfix":
        started = self.run("start")
        pid_file = self.base / "spool/pid/master.pid"
        try:
            eventually(lambda: pid_file.exists() and pid_file.read_text().strip(), 20)
        except AssertionError:
            raise AssertionError(f"Postfix did not start: {started.stderr!r} {self.log()}") from None
        self.pid = int(pid_file.read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self.run("stop")
        deadline = time.monotonic() + 10
        while Path(f"/proc/{self.pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        shutil.rmtree(self.base, ignore_errors=True)

    def log(self) -> str:
        path = self.base / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def mailbox(self) -> list[bytes]:
        """The messages that its virtual user got."""
        new = self.base / "mail/user/new"
        return [item.read_bytes() for item in sorted(new.iterdir())] if new.is_dir() else []

    def sendmail(self, *args: str, stdin: bytes) -> None:
        """Submit by Postfix's own sendmail."""
        command = [need("sendmail"), "-C", str(self.base / "etc"), *args]
        subprocess.run(command, input=stdin, check=True, timeout=30, env={"PATH": PATH})
