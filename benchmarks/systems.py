"""systems - Postfix and pymaster, set up from the same configuration in folders of their own, on loopback."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

from benchmarks.tree import Tree

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {base}/spool
data_directory = {base}/data
mail_owner = {owner}
setgid_group = {group}
default_privs = nobody
myhostname = bench.test
mydestination = localhost
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
relay_domains = discard.test relay.test
transport_maps = inline:{{ discard.test=discard:, relay.test=smtp:[127.0.0.1]:{sink} }}
virtual_mailbox_domains = virtual.test
virtual_mailbox_maps = static:user/
virtual_mailbox_base = {base}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
message_size_limit = 20480000
smtpd_client_connection_count_limit = 0
authorized_submit_users = static:anyone
maillog_file = {base}/log
maillog_file_prefixes = /
"""
MASTER_CF = """\
127.0.0.1:{port} inet n - n - {clients} smtpd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
proxywrite unix -       -       n       -       1       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
local     unix  -       n       n       -       -       local
virtual   unix  -       n       n       -       -       virtual
lmtp      unix  -       -       n       -       -       lmtp
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class System:
    """One mail system; `postfix` is the path of its postfix(1) command."""

    def __init__(self, name: str, postfix: str, base: Path, sink: int, clients: str = "-") -> None:
        self.name, self.postfix, self.base, self.clients = name, postfix, base, clients
        self.port = free_port()
        self.tree = Tree(name)
        self.log = base / "log"
        self.offset = 0
        self._write(sink)

    def _write(self, sink: int) -> None:
        owner = pwd.getpwnam("postfix") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        for folder in ("etc", "spool", "data", "mail"):
            (self.base / folder).mkdir(parents=True, exist_ok=True)
        names = {"base": self.base, "owner": owner.pw_name, "group": "postdrop", "uid": 1000, "gid": 1000, "sink": sink}
        (self.base / "etc/main.cf").write_text(MAIN_CF.format(**names))
        (self.base / "etc/master.cf").write_text(MASTER_CF.format(port=self.port, clients=self.clients))
        if os.geteuid() == 0:
            os.chown(self.base / "data", owner.pw_uid, owner.pw_gid)
            os.chown(self.base / "mail", 1000, 1000)

    def _command(self, verb: str) -> subprocess.CompletedProcess[str]:
        shell = f"{self.tree.enter}exec {self.postfix} -c {self.base}/etc {verb}"
        return subprocess.run(["sh", "-c", shell], capture_output=True, text=True, timeout=60)

    def start(self) -> float:
        """Start it; seconds from the command to the first banner."""
        began = time.monotonic()
        done = self._command("start")
        deadline = began + 20
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as probe:
                    if probe.recv(3) == b"220":
                        return time.monotonic() - began
            except OSError:
                time.sleep(0.01)
        raise RuntimeError(f"{self.name} does not start: {done.stderr}\n{self.tail()}")

    def stop(self) -> None:
        """Stop it and make sure that nothing is left."""
        self._command("stop")
        deadline = time.monotonic() + 15
        while self.tree.pids() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.tree.kill()

    def tail(self) -> str:
        """The end of the log, for a person who wants to know why."""
        return self.log.read_text()[-3000:] if self.log.exists() else ""

    def sent(self) -> int:
        """How many recipients were delivered since the last `mark`."""
        with open(self.log, "rb") as file:
            file.seek(self.offset)
            return file.read().count(b"status=sent")

    def mark(self) -> None:
        """Count deliveries from here."""
        self.offset = self.log.stat().st_size if self.log.exists() else 0

    def empty_mailboxes(self) -> None:
        """Remove delivered mail, so that disk and directory sizes stay alike between runs."""
        shutil.rmtree(self.base / "mail" / "user", ignore_errors=True)
