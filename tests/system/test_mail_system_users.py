"""Users of the system: PAM knows them, their mail is read with their own rights, wherever local delivers it."""

import contextlib
import grp
import imaplib
import json
import os
import poplib
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import eventually
from peers import need, need_root
from reading import Reading

PASSWORD = "a System-passw0rd"


class User:
    """A user of the system for one test."""

    def __init__(self, name: str, home: Path) -> None:
        self.name, self.home = name, home

    def __enter__(self) -> "User":
        command = [need("useradd"), "--home-dir", str(self.home), "--create-home", "--shell", "/bin/sh", self.name]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
        subprocess.run(
            [need("chpasswd")], input=f"{self.name}:{PASSWORD}\n".encode(), check=True, capture_output=True, timeout=30
        )
        found = pwd.getpwnam(self.name)
        self.uid, self.gid = found.pw_uid, found.pw_gid
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([need("userdel"), "--force", self.name], check=False, capture_output=True, timeout=30)
        shutil.rmtree(self.home, ignore_errors=True)


@pytest.fixture(scope="module")
def users() -> Iterator[tuple[User, User]]:
    need_root()
    base = Path(tempfile.mkdtemp(prefix="pymaster-homes-"))
    base.chmod(0o755)
    number = os.getpid() % 100000
    try:
        with User(f"pm-a{number}", base / "a") as one, User(f"pm-b{number}", base / "b") as two:
            yield one, two
    finally:
        shutil.rmtree(base, ignore_errors=True)


@contextlib.contextmanager
def serving(**main: str) -> Iterator[Reading]:
    """A mail system run by root for users of the system."""
    settings = {
        "mydestination": "mail.test.example, localhost",
        "virtual_mailbox_domains": "",
        "virtual_mailbox_maps": "",
        "auth_passdb": "pam",
        "auth_failure_delay": "1s",
        "local_transport": "local:$myhostname",
    }
    with Reading(main=settings | main, root=True) as mail:
        yield mail


def deliver(mail: Reading, user: User, text: str) -> None:
    """One message by SMTP."""
    mail.smtp(recipients=[f"{user.name}@localhost"], data=f"Subject: {text}\r\n\r\nhello\r\n".encode())


def identity(mail: Reading, user: User) -> dict[str, str]:
    """Uid:, Gid: and Groups: of the process that serves a user's session."""
    rows = json.loads(mail.command("pymaster", "who", "--json").stdout)
    (pid,) = {row["pid"] for row in rows if row["user"] == user.name}
    text = Path(f"/proc/{pid}/status").read_text()
    return {line.split(":")[0]: line.split(":")[1].strip() for line in text.split("\n") if ":" in line}


@pytest.mark.root
@pytest.mark.parametrize("kind", ["maildir", "mbox in a spool"])
def test_mail_of_system_users(users: tuple[User, User], kind: str) -> None:
    one, two = users
    spool = Path(tempfile.mkdtemp(prefix="pymaster-spool-"))
    os.chown(spool, 0, grp.getgrnam("mail").gr_gid)
    spool.chmod(0o2775)
    main = {"home_mailbox": "Maildir/"} if kind == "maildir" else {"mail_spool_directory": str(spool)}
    try:
        with serving(**main) as mail:
            deliver(mail, one, "for one")
            deliver(mail, two, "for two")
            for user, subject in ((one, "for one"), (two, "for two")):
                with imaplib.IMAP4("127.0.0.1", mail.imap, timeout=20) as client:
                    client.login(user.name, PASSWORD)
                    eventually(lambda client=client: client.select()[1] == [b"1"], 15, 0.05)
                    assert f"Subject: {subject}\r\n".encode() in client.fetch("1", "(BODY.PEEK[])")[1][0][1]
                    found = identity(mail, user)
                    assert found["Uid"].split() == [str(user.uid)] * 4 and found["NoNewPrivs"] == "1"
                    # The saved one may be the spool's, for the moment of making a lock file.
                    real, effective, _, of_files = found["Gid"].split()
                    assert {real, effective, of_files} == {str(user.gid)} and "0" not in found["Groups"].split()
                    # What it makes belongs to the user.
                    client.create("Own")
                    assert client.append("Own", "", "", b"Subject: own\r\n\r\nx\r\n")[0] == "OK"
                    client.store("1", "+FLAGS", r"\Flagged")
                    deliver(mail, user, "while open")
                    eventually(
                        lambda client=client: client.noop() and client.search(None, "ALL")[1] == [b"1 2"], 15, 0.05
                    )
                    made = [path for path in user.home.rglob("*") if path.name != "skel"]
                    assert made and {path.lstat().st_uid for path in made} == {user.uid}
                    client.store("2", "+FLAGS", r"\Deleted")
                    assert client.expunge()[1] == [b"2"]
                if kind != "maildir":
                    box = (spool / user.name).stat()
                    assert (box.st_uid, box.st_mode & 0o007) == (user.uid, 0)
                    assert not list(spool.glob("*.lock"))
                pop = poplib.POP3("127.0.0.1", mail.pop3, 20)
                pop.user(user.name)
                pop.pass_(PASSWORD)
                assert pop.stat()[0] == 1
                pop.quit()
            with imaplib.IMAP4("127.0.0.1", mail.imap, timeout=20) as client, pytest.raises(imaplib.IMAP4.error):
                client.login(one.name, "wrong")
            # No user of the mail system itself, and not root.
            with imaplib.IMAP4("127.0.0.1", mail.imap, timeout=20) as client, pytest.raises(imaplib.IMAP4.error):
                client.login("root", PASSWORD)
    finally:
        shutil.rmtree(spool)
