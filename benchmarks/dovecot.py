"""dovecot - Debian's Dovecot in a folder of its own on loopback: the server that POP3 and IMAP are compared with.

One virtual user per name, all mail under one uid; Maildir below `mail`. `settings` are further lines of its configuration.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.systems import free_port

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

CONFIG = """\
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = dovecot
default_login_user = dovenull
mail_location = maildir:{mail}/%n
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
mail_privileged_group = mail
mail_max_userip_connections = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home/%n
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service stats {{
  client_limit = 10000
}}
service anvil {{
  client_limit = 10000
}}
service auth {{
  client_limit = 10000
}}
{settings}
"""


class Dovecot:
    """One Dovecot over a folder of Maildirs, `mail`/USER, which belong to `uid`. Raises FileNotFoundError without it."""

    def __init__(self, mail: Path, uid: int, gid: int, settings: str = "", password: str = "secret") -> None:
        self.command = shutil.which("dovecot", path=PATH)
        if self.command is None:
            raise FileNotFoundError("dovecot is not installed")
        self.base = Path(tempfile.mkdtemp(prefix="dovecot-peer-"))
        self.base.chmod(0o755)
        (self.base / "home").mkdir()
        os.chown(self.base / "home", uid, gid)
        self.imap, self.pop3, self.password = free_port(), free_port(), password
        self.config = self.base / "dovecot.conf"
        self.config.write_text(
            CONFIG.format(
                base=self.base, mail=mail, uid=uid, gid=gid, imap=self.imap, pop3=self.pop3, settings=settings,
                password=password,
            )
        )  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Dovecot":
        assert self.command is not None
        self.process = subprocess.Popen(
            [self.command, "-F", "-c", str(self.config)],
            env={"PATH": PATH}, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while not self.answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"Dovecot did not start: {self.log()}")
            time.sleep(0.05)
        return self

    def answers(self) -> bool:
        """Whether it greets."""
        if self.process is None or self.process.poll() is not None:
            raise ChildProcessError(f"Dovecot ended: {self.log()}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.imap), 2) as sock:
            sock.settimeout(5)
            return sock.recv(10).startswith(b"* OK")
        return False

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        time.sleep(0.05)
        shutil.rmtree(self.base, ignore_errors=True)

    def log(self) -> str:
        """What it has to say."""
        path = self.base / "log"
        return path.read_text(errors="replace") if path.exists() else ""
