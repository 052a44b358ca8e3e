"""reading - a mail system that also serves POP3 and IMAP, for tests: virtual users with one password.

with Reading(users=("user", "second")) as mail:
    client = imaplib.IMAP4("127.0.0.1", mail.imap)
    client.login("user@localhost", Reading.PASSWORD)
"""

import os
import pwd
import socket
from pathlib import Path
from typing import Any

from harness import MailSystem, eventually, free_port

from tests.certs import certificate


class Reading(MailSystem):
    """`imap`, `pop3`, `imaps`, `pop3s` are ports. `mbox` users have a file, the others a Maildir, below `base/mail`."""

    PASSWORD = "secret word"

    def __init__(
        self,
        users: tuple[str, ...] = ("user",),
        mbox: tuple[str, ...] = (),
        main: dict[str, str] | None = None,
        extra: str = "",
        **options: Any,
    ) -> None:
        self.imap, self.pop3, self.imaps, self.pop3s = free_port(), free_port(), free_port(), free_port()
        boxes = [f"{name}@localhost={name}/" for name in users] + [f"{name}@localhost={name}" for name in mbox]
        settings = {
            "virtual_mailbox_domains": "localhost",
            "virtual_mailbox_maps": "inline:{ " + " ".join(boxes) + " }",
        }
        lines = (
            f"127.0.0.1:{self.imap} inet n - n - - imapd\n127.0.0.1:{self.pop3} inet n - n - - pop3d\n"
            f"127.0.0.1:{self.imaps} inet n - n - - imapd -o imapd_tls_wrappermode=yes\n"
            f"127.0.0.1:{self.pop3s} inet n - n - - pop3d -o pop3d_tls_wrappermode=yes\n"
            f"auth unix - - n - - authd\n{extra}"
        )
        super().__init__(settings | (main or {}), self.DEFAULT_MASTER + lines, **options)
        if self.as_root:
            # Mail belongs to nobody who has another part in the mail system.
            owner = pwd.getpwnam("games")
            self.main |= {"virtual_uid_maps": f"static:{owner.pw_uid}", "virtual_gid_maps": f"static:{owner.pw_gid}"}
            os.chown(self.base / "mail", owner.pw_uid, owner.pw_gid)
        self.users = self.base / "users"
        self.users.write_text("".join(f"{name}@localhost:{{PLAIN}}{self.PASSWORD}\n" for name in (*users, *mbox)))
        pem = self.base / "chain.pem"
        pem.write_text(Path(certificate()).read_text())
        for path in (self.users, pem):
            path.chmod(0o600)
            os.chown(path, self.uid, self.gid)
        self.main = {
            "auth_passdb": f"passwd-file:{self.users}",
            "imapd_tls_security_level": "may",
            "imapd_tls_chain_files": str(pem),
            "pop3d_tls_security_level": "may",
            "pop3d_tls_chain_files": str(pem),
        } | self.main
        self.write()

    def start(self, timeout: float = 20.0) -> None:
        super().start(timeout)
        for port in (self.imap, self.pop3):
            eventually(lambda port=port: greets(port), timeout)


def greets(port: int) -> bool:
    """Whether a server says its first line."""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as sock:
            sock.settimeout(5)
            return bool(sock.recv(100))
    except OSError:
        return False
