"""The spawner: clients go to their user's worker, one for all of them; who may not, does not; workers outlive a reload."""

from __future__ import annotations

import array
import base64
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.model import control
from pymaster.model.frame import FrameReader, encode
from pymaster.model.mailplace import MailPlace
from pymaster.model.mailsession import MailAnswer, MailList, MailQuery, MailSession

ROOT = Path(__file__).resolve().parents[3]


class Lab:
    """A spawner, an authenticator that knows every ticket below 100 (as user N), and login stages."""

    def __init__(self, folder: Path) -> None:
        (folder / "private").mkdir()
        self.folder = folder
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / "private/mailbox"))
        self.listener.listen(10)
        self.auth = socket.socket(socket.AF_UNIX)
        self.auth.bind(str(folder / "private/auth"))
        self.auth.listen(5)
        self.status, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.status.settimeout(20)
        self.uid = 0
        threading.Thread(target=self.answer, daemon=True).start()
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("spawnerlab.py")), str(self.listener.fileno()), str(theirs.fileno())],
            pass_fds=[self.listener.fileno(), theirs.fileno()], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=(folder / "stderr").open("wb"),
        )  # fmt: skip
        theirs.close()
        assert self.status.recv(1000)[:1] == control.READY

    def answer(self) -> None:
        """The authenticator."""
        while True:
            try:
                peer, _ = self.auth.accept()
            except OSError:
                return
            threading.Thread(target=self.speak, args=(peer,), daemon=True).start()

    def speak(self, peer: socket.socket) -> None:
        text = b""
        while block := peer.recv(4096):
            *lines, text = (text + block).split(b"\n")
            for line in lines:
                words = line.split(b"\t")
                if words[0] != b"REQUEST":
                    continue
                number = int(words[3])
                place = MailPlace(
                    f"user{number}",
                    0 if self.uid < 0 else self.uid or number + 20000,
                    20000,
                    "/",
                    "maildir",
                    "/x",
                    "/x",
                )
                coded = base64.b64encode(place.pack())
                good = number < 100
                peer.sendall(b"USER\t%s\tu\tplace=%s\n" % (words[1], coded) if good else b"NOTFOUND\t%s\n" % words[1])

    def login(self, ticket: int, session: str = "s") -> tuple[MailAnswer, socket.socket]:
        """Hand a client over; the answer, and the client's own end."""
        client, given = socket.socketpair()
        client.settimeout(20)
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(20)
        sock.connect(str(self.folder / "private/mailbox"))
        what = MailSession(
            "imap", 1, ticket, "c", "u", "PLAIN", "192.0.2.1", 1, "192.0.2.2", 143, False, session, 1, b"a", b""
        )
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [given.fileno()]))]
        sock.sendmsg([encode(what)], rights)
        given.close()
        reader, found = FrameReader(MailAnswer), []
        while not found:
            found = reader.feed(sock.recv(4096))
        sock.close()
        assert isinstance(found[0], MailAnswer)
        return found[0], client

    def greeted(self, ticket: int, session: str = "s") -> tuple[int, str, socket.socket]:
        """A client that is served: worker's pid, user, the client's end."""
        answer, client = self.login(ticket, session)
        assert answer.ok, answer
        said = client.recv(1000).decode().split()
        assert len(said) == 2, (self.folder / "stderr").read_text()
        pid, user = said
        return int(pid), user, client

    def ask(self, query: MailQuery) -> str:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(10)
        sock.connect(str(self.folder / "private/mailbox"))
        sock.sendall(encode(query))
        data = b""
        while block := sock.recv(65536):
            data += block
        return "".join([item.text for item in FrameReader(MailList).feed(data) if isinstance(item, MailList)])

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        for sock in (self.listener, self.auth, self.status):
            sock.close()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    if os.geteuid() != 0:
        made.uid = os.geteuid()
    try:
        yield made
    finally:
        made.close()


def ended(pid: int) -> bool:
    """Whether a process is gone within some seconds."""
    for _ in range(500):
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


def test_one_worker_for_each_user_with_the_users_rights(lab: Lab) -> None:
    first, user, client = lab.greeted(1, "one")
    second, _, other = lab.greeted(1, "two")
    assert first == second and user == "user1"
    client.sendall(b"echo\n")
    assert client.recv(100) == b"echo\n"
    assert '"session": "one"' in lab.ask(MailQuery("who")) and '"clients": 2' in lab.ask(MailQuery("workers"))
    if os.geteuid() == 0:
        status = Path(f"/proc/{first}/status").read_text()
        assert "Uid:\t20001\t20001\t20001\t20001" in status and "NoNewPrivs:\t1" in status
        assert lab.greeted(2)[0] != first
    other.close()


def test_no_ticket_no_mail_and_none_for_root(lab: Lab) -> None:
    answer, client = lab.login(100)
    assert (answer.ok, answer.text) == (False, "Login expired") and client.recv(10) == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's spawner could")
def test_no_worker_has_roots_rights(lab: Lab) -> None:
    lab.uid = -1
    answer, _ = lab.login(1)
    assert not answer.ok and answer.code == "CONTACTADMIN"


def test_a_killed_worker_is_replaced_and_only_its_clients_notice(lab: Lab) -> None:
    pid, _, client = lab.greeted(1)
    os.kill(pid, signal.SIGKILL)
    assert client.recv(100) == b""
    again, _, _ = lab.greeted(1)
    assert again != pid


def test_a_client_handed_to_a_worker_that_is_killed_gets_another(lab: Lab) -> None:
    pid, _, _ = lab.greeted(1)
    os.kill(pid, signal.SIGSTOP)
    found: list[tuple[int, str, socket.socket]] = []
    login = threading.Thread(target=lambda: found.append(lab.greeted(1, "second")))
    login.start()
    time.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    login.join(15)
    assert found and found[0][0] != pid
    for number in range(20):
        before = lab.greeted(1, f"again{number}")[0]
        os.kill(before, signal.SIGKILL)
        assert lab.greeted(1, f"more{number}")[0] != before


def test_a_stopped_worker_is_found(lab: Lab) -> None:
    pid, _, client = lab.greeted(1)
    os.kill(pid, signal.SIGSTOP)
    client.settimeout(15)
    assert client.recv(100) == b""
    assert ended(pid)


def test_kick(lab: Lab) -> None:
    _, _, client = lab.greeted(1, "out")
    _, _, other = lab.greeted(1, "in")
    assert '"out"' in lab.ask(MailQuery("kick", "", "out"))
    assert client.recv(100) == b""
    other.sendall(b"still here\n")
    assert other.recv(100) == b"still here\n"


def test_sessions_outlive_the_spawner_and_end_by_themselves(lab: Lab) -> None:
    pid, _, client = lab.greeted(1)
    lab.status.send(control.DRAIN)
    assert lab.process.wait(10) == 0
    client.sendall(b"on\n")
    assert client.recv(100) == b"on\n"
    client.close()
    assert ended(pid)


def cpu(pid: int) -> int:
    """CPU time of a process so far, in ticks."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


def test_a_killed_spawner_too(lab: Lab) -> None:
    pid, _, client = lab.greeted(1)
    lab.process.kill()
    lab.process.wait(10)
    time.sleep(0.05)
    before = cpu(pid)
    time.sleep(0.4)
    assert cpu(pid) - before < 10, "a worker without a spawner waits, it does not spin"
    client.sendall(b"on\n")
    assert client.recv(100) == b"on\n"
    client.close()
    assert ended(pid)


def test_nonsense_is_closed_and_others_are_served(lab: Lab) -> None:
    for text in (b"\x00\x00\x00\x05hello", b"\xff" * 100, encode(MailAnswer(True))):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(10)
        sock.connect(str(lab.folder / "private/mailbox"))
        sock.sendall(text)
        assert sock.recv(10) == b""
    assert lab.greeted(1)[1] == "user1"
