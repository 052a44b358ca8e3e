"""mailservers - Dovecot and pymaster over one folder of Maildirs, for the loads of `mailboxes`.

Dovecot twice: as it comes (a process for each login and for each session), and with processes used again, as its manual
advises for speed. pymaster as it comes.
"""

import contextlib
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.dovecot import Dovecot
from benchmarks.systems import free_port
from benchmarks.tree import Tree

PASSWORD = "secret"
DOMAIN = "bench.test"
REUSE = """\
service imap-login {
  service_count = 0
  process_min_avail = 2
  client_limit = 5000
}
service pop3-login {
  service_count = 0
  process_min_avail = 2
  client_limit = 5000
}
service imap {
  service_count = 256
  process_min_avail = 2
  process_limit = 4096
}
service pop3 {
  service_count = 256
  process_min_avail = 2
}
"""
LIMITS = """\
service imap-login {
  process_limit = 4096
}
service imap {
  process_limit = 4096
}
"""
MAIN_CF = """\
compatibility_level = 3.10
queue_directory = {base}/spool
data_directory = {base}/data
mail_owner = {owner}
setgid_group = {group}
myhostname = bench.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
virtual_mailbox_domains = bench.test
virtual_mailbox_maps = texthash:{base}/etc/mailboxes
virtual_mailbox_base = {mail}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
auth_passdb = passwd-file:{base}/etc/users
imapd_max_user_sessions = 0
maillog_file = {base}/log
maillog_file_prefixes = /
"""
MASTER_CF = """\
127.0.0.1:{imap} inet n - n - 5000 imapd
127.0.0.1:{pop3} inet n - n - 5000 pop3d
auth unix - - n - - authd
postlog unix-dgram n - n - 1 postlogd
"""


class DovecotServer:
    """Dovecot with the mode's settings."""

    def __init__(self, name: str, mail: Path, uid: int, gid: int) -> None:
        self.name, self.tree = name, Tree(name.replace(" ", "-"))
        self.mail, self.owner = mail, (uid, gid)
        self.server = self.fresh()

    def fresh(self) -> Dovecot:
        """A Dovecot that was not started yet."""
        server = Dovecot(self.mail, *self.owner, REUSE if "reuse" in self.name else LIMITS, PASSWORD)
        self.imap, self.pop3 = server.imap, server.pop3
        return server

    def start(self) -> None:
        """Start it inside a cgroup of its own."""
        self.tree = Tree(self.name.replace(" ", "-"))
        if self.tree.path is not None:
            (self.tree.path / "cgroup.procs").write_text("0")
        try:
            self.server.__enter__()
        finally:
            leave(self.tree)

    def stop(self) -> None:
        """End it."""
        self.server.__exit__()
        self.tree.kill()
        self.server = self.fresh()

    def login(self, user: str) -> str:
        """The name a user logs in with."""
        return user


def leave(tree: Tree) -> None:
    """This process itself is not measured."""
    if tree.path is not None:
        (tree.path.parent / "cgroup.procs").write_text(str(os.getpid()))


class OurServer:
    """pymaster with virtual users."""

    def __init__(self, name: str, mail: Path, uid: int, gid: int, base: Path, users: int) -> None:
        self.name, self.tree, self.base = name, Tree(name), base
        self.imap, self.pop3 = free_port(), free_port()
        owner = pwd.getpwnam("postfix")
        for folder in ("etc", "spool", "data"):
            (base / folder).mkdir(parents=True)
        os.chown(base / "data", owner.pw_uid, owner.pw_gid)
        values: dict[str, Any] = {
            "base": base,
            "mail": mail,
            "uid": uid,
            "gid": gid,
            "owner": "postfix",
            "group": "postdrop",
        }
        (base / "etc/main.cf").write_text(MAIN_CF.format(**values))
        (base / "etc/master.cf").write_text(MASTER_CF.format(imap=self.imap, pop3=self.pop3))
        boxes = "".join(f"u{number}@{DOMAIN} u{number}/\n" for number in range(users))
        (base / "etc/mailboxes").write_text(boxes)
        lines = [f"u{number}@{DOMAIN}:{{PLAIN}}{PASSWORD}\n" for number in range(users)]
        (base / "etc/users").write_text("".join(lines))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start master inside a cgroup of its own and wait for its greeting."""
        self.tree = Tree(self.name)
        root = Path(__file__).resolve().parents[1]
        command = f"{self.tree.enter}exec {sys.executable} -P -m pymaster.master.main -c {self.base}/etc -d"
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", command], env={**os.environ, "PYTHONPATH": str(root)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.imap), 2) as sock:
                sock.settimeout(5)
                if sock.recv(100).startswith(b"* OK"):
                    return
            if time.monotonic() > deadline:
                raise TimeoutError("pymaster did not start")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        assert self.process is not None
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        self.tree.kill()
        self.process.wait(5)

    def login(self, user: str) -> str:
        """The name a user logs in with."""
        return f"{user}@{DOMAIN}"

    def gaps(self) -> dict[str, float]:
        """The longest time a hub was kept, in ms, by service (told by the workers themselves)."""
        ours = shutil.which("pymaster", path=str(Path(sys.executable).parent)) or "pymaster"
        done = subprocess.run([ours, "ps", "-c", f"{self.base}/etc"], capture_output=True, text=True, timeout=30)
        worst: dict[str, float] = {}
        for line in done.stdout.split("\n"):
            words = line.split()
            if " ms" in line and words:
                at = words.index("ms")
                worst[words[0]] = max(worst.get(words[0], 0.0), float(words[at - 1]))
        asked = [ours, "who", "--workers", "--json", "-c", f"{self.base}/etc"]
        told = subprocess.run(asked, capture_output=True, text=True, timeout=30)
        rows = json.loads(told.stdout or "[]")
        worst["mail workers"] = max([row["worst_gap"] * 1000 for row in rows] or [0.0])
        return worst
