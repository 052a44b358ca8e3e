"""The sessions in the nursery run through without an error answer and without a hub."""

import subprocess
import sys

from pymaster.dialog.imapd.handed import Client, World
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.settings import Settings
from pymaster.server import mailrehearsal
from pymaster.store.mailbox.memory import MemoryAccount


class Listening(mailrehearsal.Scripted):
    """Keeps what is said."""

    said = b""

    def send(self, data: bytes | memoryview, deadline: float) -> None:
        """It listens."""
        self.said += data


def test_every_command_of_it_is_answered_ok() -> None:
    account, io = MemoryAccount(), Listening(list(mailrehearsal.IMAP))
    account.create("Sent")
    Session(World(Settings(), account), io, Client("u")).run(b"a")
    assert b"\r\na NO" not in io.said and b"\r\na BAD" not in io.said and io.said.count(b"a OK") == 19


def test_no_hub_begins() -> None:
    script = (
        "from gevent import monkey; monkey.patch_all()\n"
        "from pymaster.server import mailrehearsal, rehearsal\n"
        "mailrehearsal.rehearse(rehearsal.snapshot('mailboxd')); rehearsal.no_hub()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
