"""public/qmgr is open to every local user, but only the mail system may say that a message arrived."""

import os
import subprocess
import sys

import pytest
from harness import ROOT, MailSystem

SEND = """
import socket, sys
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.frame import encode
from pymaster.model.messages import Arrived, Flush
sock = socket.socket(socket.AF_UNIX)
sock.settimeout(10)
sock.connect(sys.argv[1])
sock.recv(1000)
forged = Envelope("ABCDE12345", 1.0, b"root@localhost", (Recipient(b"user@localhost"),), 10, Origin())
sock.sendall(encode(Flush() if sys.argv[2] == "flush" else Arrived("ABCDE12345", forged)))
sock.shutdown(socket.SHUT_WR)
sock.recv(1000)
"""


@pytest.mark.slow
def test_a_local_user_cannot_forge_an_arrival() -> None:
    if os.getuid() != 0:
        pytest.skip("needs root, to be another user")
    with MailSystem(root=True) as mail:
        mail.wait_port()

        # The interpreter may lie where only root can read: start as root, then become somebody.
        become = "import os; import socket, msgpack, pymaster.model.messages; os.setgroups([]); os.setgid(60); os.setuid(5)\n"
        for what in ("arrived", "flush"):
            command = [sys.executable, "-P", "-c", become + SEND, str(mail.queue / "public/qmgr"), what]
            done = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, timeout=30, capture_output=True)
            assert done.returncode == 0, done.stderr
        mail.wait_log("queue: bad request: record 33 does not belong on this socket")
        mail.smtp()
        mail.wait_mailbox(1)
        assert "ABCDE12345" not in mail.log_text()
        assert len(mail.mailbox()) == 1
