"""`pymaster run`, as a new user: swaks, curl and smtplib each deliver a message that lies byte-correct in the Maildir."""

import imaplib
import os
import poplib
import re
import signal
import smtplib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import ROOT, eventually, free_port
from peers import need

BODY = "Grüße\n.leading dot\n..two\n\nFrom here\n" + "x" * 990 + "\nend\n"
RECEIVED = re.compile(rb"\AReturn-Path: <[^>]*>\n(?:X-Original-To: [^\n]*\n)?(?:Delivered-To: [^\n]*\n)?Received: ")


def message(subject: str) -> bytes:
    """A complete message: nothing that a server adds for a local client is missing."""
    head = f"From: <a@example.com>\nTo: <user@localhost>\nSubject: {subject}\n"
    return f"{head}Date: Thu, 8 Mar 2007 08:20:16 +0100\nMessage-Id: <{subject}@example.com>\n\n{BODY}".encode()


class Quickstart:
    """A running `pymaster run`, as its printed text describes it."""

    def __init__(self, folder: Path, port: int, out: Path) -> None:
        self.folder, self.port = folder, port
        printed = out.read_text()
        self.imap = int(re.findall(r"IMAP  port ([0-9]+)", printed)[0])
        self.pop3 = int(re.findall(r"POP3  port ([0-9]+)", printed)[0])
        self.password = re.findall(r"password +(\S+)", printed)[0]
        self.commands = [line.strip() for line in printed.split("\n") if line.startswith("  curl") and "-u '" in line]

    def messages(self) -> list[bytes]:
        found = [*self.folder.rglob("mail/user/new/*"), *self.folder.rglob("mail/user/cur/*")]
        return [path.read_bytes() for path in sorted(found)]

    def wait(self, count: int) -> bytes:
        eventually(lambda: len(self.messages()) >= count, 15)
        found = [*self.folder.rglob("mail/user/new/*"), *self.folder.rglob("mail/user/cur/*")]
        return max(found, key=lambda path: path.stat().st_mtime_ns).read_bytes()


@pytest.fixture(scope="module")
def quick() -> Iterator[Quickstart]:
    folder = Path(tempfile.mkdtemp(prefix="pymaster-run-"))
    port = free_port()
    script = "import sys; from pymaster.commands.pymaster import main; sys.exit(main())"
    command = [sys.executable, "-c", script, "run", "--port", str(port), str(folder)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with open(folder.parent / f"{folder.name}.out", "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=env, cwd=ROOT, start_new_session=True)
    try:

        def up() -> bool:
            try:
                with smtplib.SMTP("127.0.0.1", port, timeout=2) as client:
                    return client.noop()[0] == 250
            except OSError:
                return False

        eventually(up, 30)
        yield Quickstart(folder, port, Path(out.name))
        process.send_signal(signal.SIGINT)
        assert process.wait(20) in (0, 130), Path(out.name).read_text()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        subprocess.run(["rm", "-rf", str(folder), out.name], check=False)


def content(delivered: bytes) -> bytes:
    """The message after the headers that delivery put on top."""
    assert RECEIVED.match(delivered), delivered[:300]
    _, _, rest = delivered.partition(b"Received: ")
    return re.sub(rb"\A(?:[^\n]*\n)(?:[ \t][^\n]*\n)*", b"", rest, count=1)


def test_smtplib(quick: Quickstart) -> None:
    text = message("smtplib")
    before = len(quick.messages())
    with smtplib.SMTP("127.0.0.1", quick.port, timeout=20) as client:
        client.sendmail("a@example.com", ["user@localhost"], text.replace(b"\n", b"\r\n"), ["BODY=8BITMIME"])
    assert content(quick.wait(before + 1)) == text


def test_curl(quick: Quickstart, tmp_path: Path) -> None:
    text = message("curl")
    (tmp_path / "mail").write_bytes(text.replace(b"\n", b"\r\n"))
    before = len(quick.messages())
    command = [need("curl"), "-sS", f"smtp://127.0.0.1:{quick.port}", "--mail-from", "a@example.com"]
    subprocess.run([*command, "--mail-rcpt", "user@localhost", "-T", str(tmp_path / "mail")], check=True, timeout=30)
    assert content(quick.wait(before + 1)) == text


def test_swaks(quick: Quickstart, tmp_path: Path) -> None:
    text = message("swaks")
    (tmp_path / "mail").write_bytes(text)
    before = len(quick.messages())
    command = [
        need("swaks"),
        "--server",
        f"127.0.0.1:{quick.port}",
        "--from",
        "a@example.com",
        "--to",
        "user@localhost",
    ]
    subprocess.run([*command, "--data", f"@{tmp_path}/mail"], check=True, timeout=30, capture_output=True)
    got = content(quick.wait(before + 1))
    # swaks ends its data with a line end of its own.
    assert got.rstrip(b"\n") == text.rstrip(b"\n")


def test_an_unknown_user_is_refused(quick: Quickstart) -> None:
    with smtplib.SMTP("127.0.0.1", quick.port, timeout=20) as client:
        client.ehlo()
        client.mail("a@example.com")
        code, text = client.rcpt("nosuchuser@localhost")
        assert (code, text[:5]) == (550, b"5.1.1")
        assert b"User unknown" in text


def test_relay_is_refused(quick: Quickstart) -> None:
    with smtplib.SMTP("127.0.0.1", quick.port, timeout=20) as client:
        client.ehlo()
        client.mail("a@example.com")
        code, text = client.rcpt("victim@third.example")
        assert code in (454, 554) and b"Relay access denied" in text


def test_what_was_sent_can_be_read_as_printed(quick: Quickstart) -> None:
    need("curl")
    with smtplib.SMTP("127.0.0.1", quick.port, timeout=20) as client:
        client.sendmail("a@example.com", ["user@localhost"], message("read").replace(b"\n", b"\r\n"), ["BODY=8BITMIME"])
    quick.wait(1)
    assert len(quick.commands) == 2
    for command in quick.commands:
        done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=30)
        assert done.returncode == 0 and b"Delivered-To: user@localhost" in done.stdout, (command, done)


def test_imaplib_and_poplib(quick: Quickstart) -> None:
    imap = imaplib.IMAP4("127.0.0.1", quick.imap, timeout=20)
    imap.login("user@localhost.localdomain", quick.password)
    count = int((imap.select()[1][0] or b"0").decode())
    pop3 = poplib.POP3("127.0.0.1", quick.pop3, timeout=20)
    pop3.user("user@localhost.localdomain")
    pop3.pass_(quick.password)
    assert count == len(quick.messages()) == pop3.stat()[0]
    pop3.quit()
    imap.logout()
