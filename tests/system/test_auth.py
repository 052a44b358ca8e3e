"""authd under a real master: logins by every kind of client, tickets, checkers that die, a reload."""

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymaster.model.mailplace import MailPlace
from pymaster.store.passdb import crypt, schemes
from tests.system.harness import MailSystem, eventually

# Neither root nor the mail system's owner may own mail.
MAIL_UID = 4242 if os.getuid() == 0 else os.getuid()


class Client:
    """A connection that speaks the client side, or the master side."""

    def __init__(self, path: Path) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(str(path))
        self.file = self.sock.makefile("rb")
        self.sock.sendall(b"VERSION\t1\t1\nCPID\t%d\n" % os.getpid())
        self.greeting: list[bytes] = []
        while not self.greeting or self.greeting[-1] != b"DONE":
            self.greeting.append(self.file.readline().rstrip(b"\n"))
            assert self.greeting[-1], "closed"
        self.cookie = next(line[7:] for line in self.greeting if line.startswith(b"COOKIE"))
        self.number = 0

    def ask(self, text: bytes) -> bytes:
        self.sock.sendall(text + b"\n")
        return self.file.readline().rstrip(b"\n")

    def plain(self, user: str, password: str, more: bytes = b"service=imap\trip=10.9.9.9") -> bytes:
        self.number += 1
        word = base64.b64encode(f"\0{user}\0{password}".encode())
        return self.ask(b"AUTH\t%d\tPLAIN\t%s\tresp=%s" % (self.number, more, word))

    def close(self) -> None:
        self.file.close()
        self.sock.close()


@pytest.fixture
def mail() -> Iterator[MailSystem]:
    system = MailSystem(master=MailSystem.DEFAULT_MASTER + "auth unix - - n - - authd\n")
    users = system.base / "etc" / "users"
    system.main |= {
        "auth_passdb": f"passwd-file:{users}",
        "auth_mechanisms": "plain, login, scram-sha-256, cram-md5",
        "auth_trusted_networks": "10.0.0.0/8",
        "virtual_uid_maps": f"static:{MAIL_UID}",
        "virtual_gid_maps": f"static:{MAIL_UID}",
    }
    system.write()
    users.write_text(
        f"user@localhost:{schemes.make('SHA512-CRYPT', b'secret')}\n"
        f"scram@localhost:{schemes.make('SCRAM-SHA-256', b'secret')}\nclear@localhost:{{PLAIN}}secret\n"
    )
    users.chmod(0o644)
    with system:
        eventually(lambda: (system.queue / "private/auth").exists())
        yield system


@contextlib.contextmanager
def client(mail: MailSystem) -> Iterator[Client]:
    made = Client(mail.queue / "private/auth")
    try:
        yield made
    finally:
        made.close()


def test_login_and_ticket(mail: MailSystem) -> None:
    with client(mail) as one, client(mail) as master:
        assert one.plain("User@localhost", "secret") == b"OK\t1\tuser=user@localhost"
        line = master.ask(b"REQUEST\t1\t%d\t1\t%s" % (os.getpid(), one.cookie))
        assert line.startswith(b"USER\t1\tuser@localhost\tuid=%d\t" % MAIL_UID)
        place = MailPlace.unpack(base64.b64decode(line.rpartition(b"place=")[2]))
        assert (place.format, place.inbox) == ("maildir", f"{mail.base}/mail/user")
        assert master.ask(b"REQUEST\t2\t%d\t1\t%s" % (os.getpid(), one.cookie)) == b"NOTFOUND\t2"
        assert one.plain("user@localhost", "wrong") == b"FAIL\t2\tuser=user@localhost\treason=password mismatch"
        assert one.plain("%u", "x").startswith(b"FAIL\t3\tuser=%u\t")
    mail.wait_log(
        r"auth failed rip=10\.9\.9\.9 user=<user@localhost> method=PLAIN service=imap reason=password mismatch"
    )
    assert "secret" not in mail.log_text() and "wrong" not in mail.log_text()


def test_scram_and_cram(mail: MailSystem) -> None:
    with client(mail) as one:
        for user in ("scram@localhost", "clear@localhost"):
            one.number += 1
            bare = f"n={user},r=abc".encode()
            words = one.ask(
                b"AUTH\t%d\tSCRAM-SHA-256\tfinal-resp-ok\tservice=smtp\trip=10.1.1.1\tresp=%s"
                % (one.number, base64.b64encode(b"n,," + bare))
            ).split(b"\t")
            first = base64.b64decode(words[2])
            parts = dict(item.split(b"=", 1) for item in first.split(b","))
            salted = hashlib.pbkdf2_hmac("sha256", b"secret", base64.b64decode(parts[b"s"]), int(parts[b"i"]))
            key = hmac.digest(salted, b"Client Key", "sha256")
            final = b"c=biws,r=" + parts[b"r"]
            message = b",".join([bare, first, final])
            proof = bytes(
                a ^ b for a, b in zip(key, hmac.digest(hashlib.sha256(key).digest(), message, "sha256"), strict=True)
            )
            answer = one.ask(
                b"CONT\t%d\t%s" % (one.number, base64.b64encode(final + b",p=" + base64.b64encode(proof)))
            ).split(b"\t")
            assert answer[:3] == [b"OK", b"%d" % one.number, b"user=" + user.encode()]
            server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
            assert base64.b64decode(answer[3][5:]) == b"v=" + base64.b64encode(server)
        one.number += 1
        challenge = base64.b64decode(one.ask(b"AUTH\t%d\tCRAM-MD5\tservice=smtp" % one.number).split(b"\t")[2])
        digest = hmac.new(b"secret", challenge, "md5").hexdigest().encode()
        word = base64.b64encode(b"clear@localhost " + digest)
        assert one.ask(b"CONT\t%d\t%s" % (one.number, word)).startswith(b"OK\t")


def test_only_master_may_ask_as_master(mail: MailSystem) -> None:
    if os.getuid() != 0:
        pytest.skip("everybody here is the owner")
    path = mail.queue / "private/auth"
    code = (
        "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        "s.sendall(b'VERSION\\t1\\t1\\nCPID\\t1\\nUSER\\t1\\tuser@localhost\\n');"
        "f=s.makefile('rb'); sys.exit(b'USER' in f.read())"
    )
    done = subprocess.run(
        ["/usr/bin/python3", "-c", code, str(path)],
        user=mail.uid,
        group=mail.gid,
        extra_groups=[],
        timeout=20,
        check=False,
    )
    assert done.returncode == (0 if mail.as_root else 1)


def test_a_checker_that_is_killed_or_hangs(mail: MailSystem) -> None:
    with client(mail) as one:
        assert one.plain("user@localhost", "secret").startswith(b"OK")
        for pid in mail.workers("authd-checker"):
            os.kill(pid, signal.SIGKILL)
        # Not remembered: it has to be asked for. The dead one's question may be lost, the next is not.
        eventually(lambda: one.plain("clear@localhost", "secret").startswith(b"OK"), timeout=10)
        (keeper,) = mail.workers("authd-keeper")
        os.kill(keeper, signal.SIGKILL)
    mail.wait_log("keeper is gone")

    def again() -> bool:
        try:
            with client(mail) as two:
                return two.plain("user@localhost", "secret").startswith(b"OK")
        except (OSError, AssertionError):
            return False

    eventually(again, timeout=20)
    eventually(lambda: len(mail.workers("authd-keeper")) == 1)


def test_a_changed_password_and_a_reload(mail: MailSystem) -> None:
    users = mail.base / "etc" / "users"
    with client(mail) as one:
        assert one.plain("clear@localhost", "secret").startswith(b"OK")
        users.write_text(users.read_text().replace("{PLAIN}secret", "{PLAIN}other"))
        eventually(lambda: one.plain("clear@localhost", "secret").startswith(b"FAIL"), timeout=10)
        assert one.plain("clear@localhost", "other").startswith(b"OK")
        mail.reload()
        # The old process lets its clients go.
        assert one.file.readline() == b""
    with client(mail) as two:
        assert two.plain("clear@localhost", "other").startswith(b"OK")


def test_failures_are_told_late_and_others_do_not_wait(mail: MailSystem) -> None:
    with client(mail) as one, client(mail) as two:
        begin = time.monotonic()
        word = base64.b64encode(b"\0user@localhost\0bad")
        one.sock.sendall(b"AUTH\t1\tPLAIN\tservice=imap\trip=192.0.2.1\tresp=" + word + b"\n")
        assert two.plain("user@localhost", "secret", b"service=imap\trip=192.0.2.2").startswith(b"OK")
        assert time.monotonic() - begin < 1.5
        assert one.file.readline().startswith(b"FAIL\t1")
        assert 1.9 < time.monotonic() - begin < 6


def test_an_unknown_user_takes_as_long_as_a_known_one(mail: MailSystem) -> None:
    times: dict[str, list[float]] = {"user@localhost": [], "nobody@localhost": []}
    with client(mail) as one:
        for n in range(20):
            for user, seen in times.items():
                begin = time.perf_counter()
                assert one.plain(user, f"wrong{n}").startswith(b"FAIL")
                seen.append(time.perf_counter() - begin)
    known, unknown = (statistics.median(seen[2:]) for seen in times.values())
    # A hash costs some 40 ms here; without one an answer takes 1 ms.
    assert 0.7 < unknown / known < 1.4, times


def test_app_password_and_commands(mail: MailSystem) -> None:
    made = mail.command("pymaster", "app-password", "add", "user@localhost", "phone", "--scope", "imap")
    assert made.returncode == 0, made.stderr
    word = made.stdout.decode().strip()

    def test(password: str, *more: str) -> int:
        found = mail.command("pymaster", "auth", "test", "user@localhost", *more, stdin=password.encode() + b"\n")
        return found.returncode

    assert test(word) == 0 and test("secret") == 0
    if os.getuid() != 0 or mail.as_root:
        # Harness commands run as root, or as the owner of a rootless system: both may ask as master.
        flushed = mail.command("pymaster", "auth", "flush")
        assert flushed.stdout == b"2 remembered logins forgotten\n", flushed
    assert test(word, "--service", "smtp") == 1
    listed = mail.command("pymaster", "app-password", "list").stdout
    assert b"user@localhost  phone" in listed and b"never" not in listed
    found = mail.command("pymaster", "user", "user@localhost")
    assert f"inbox    {mail.base}/mail/user\n".encode() in found.stdout


@pytest.mark.skipif(not shutil.which("doveadm"), reason="needs doveadm")
def test_dovecots_own_client(mail: MailSystem) -> None:
    conf = mail.base / "dovecot.conf"
    conf.write_text(f"base_dir = {mail.base}/dovecot\nssl = no\n")
    command = ["doveadm", "-c", str(conf), "auth", "test", "-x", "service=imap", "-x", "rip=10.2.2.2"]
    command += ["-a", str(mail.queue / "private/auth")]
    good = subprocess.run(
        [*command, "user@localhost", "secret"], capture_output=True, text=True, timeout=30, check=False
    )
    assert good.returncode == 0 and "auth succeeded" in good.stdout, good
    bad = subprocess.run([*command, "user@localhost", "wrong"], capture_output=True, text=True, timeout=30, check=False)
    assert bad.returncode != 0 and "auth failed" in bad.stdout + bad.stderr, bad


@pytest.mark.skipif(os.getuid() != 0, reason="makes a user of this machine")
def test_pam_and_a_system_user() -> None:
    name = f"pmt{secrets.token_hex(4)}"
    hashed = crypt.crypt(b"geheim", crypt.setting(b"$6$", 5000)).decode()
    subprocess.run(["useradd", "-M", "-p", hashed, name], check=True)
    system = MailSystem(
        master=MailSystem.DEFAULT_MASTER + "auth unix - - n - - authd\n",
        main={"auth_trusted_networks": "10.0.0.0/8", "mydestination": "localhost", "home_mailbox": "Maildir/"},
        root=True,
    )
    try:
        with system:
            eventually(lambda: (system.queue / "private/auth").exists())
            with client(system) as one:
                assert one.plain(name, "geheim") == b"OK\t1\tuser=" + name.encode()
                assert one.plain(name, "falsch").startswith(b"FAIL\t2")
                assert one.plain("root", "falsch").startswith(b"FAIL\t3")
                line = one.ask(b"REQUEST\t1\t%d\t1\t%s" % (os.getpid(), one.cookie))
                assert f"\thome=/home/{name}\tmail=maildir:/home/{name}/Maildir\t".encode() in line
                assert one.ask(b"USER\t2\troot") == b"FAIL\t2"
            # The process that speaks is not root; only those that ask PAM are.
            (pid,) = system.workers("authd")
            assert os.stat(f"/proc/{pid}").st_uid != 0
            assert all(os.stat(f"/proc/{checker}").st_uid == 0 for checker in system.workers("authd-checker"))
    finally:
        subprocess.run(["userdel", name], check=True, capture_output=True)
