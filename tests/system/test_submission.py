"""Local submission: sendmail to pickup's socket, and through the maildrop folder while the mail system is down."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.harness import ROOT, MailSystem, eventually

MAILBOX = "mail/user/new"


def sendmail(
    mail: MailSystem, *words: str, text: bytes = b"Subject: hi\n\nhello\n.\nnot seen\n"
) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-P", "-m", "pymaster.commands.sendmail", "-C", str(mail.base / "etc"), *words]
    env = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, input=text, capture_output=True, env=env, check=False, timeout=60)


def delivered(mail: MailSystem) -> list[bytes]:
    folder = Path(mail.base / MAILBOX)
    return [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []


@pytest.fixture
def mail() -> Iterator[MailSystem]:
    with MailSystem(main={"myorigin": "test.example", "hopcount_limit": "5", "virtual_minimum_uid": "1"}) as system:
        yield system


def test_socket(mail: MailSystem) -> None:
    done = sendmail(mail, "-f", "alice@test.example", "-F", "Alice L", "user@test.example")
    assert (done.returncode, done.stderr) == (0, b"")
    eventually(lambda: delivered(mail))
    text = delivered(mail)[0]
    assert b"Received: by mail.test.example (" in text and f"from userid {os.getuid()})".encode() in text
    assert b"\nFrom: Alice L <alice@test.example>\n" in text and b"\nMessage-Id: <" in text
    assert text.endswith(b"\n\nhello\n")
    assert f"uid={os.getuid()} from=<alice@test.example>" in mail.log_text()


def test_extraction_and_bcc(mail: MailSystem) -> None:
    done = sendmail(
        mail, "-t", "-i", text=b"To: Nobody <x@test.example>,\n user@localhost\nBcc: user@test.example\n\n.\nall\n"
    )
    assert done.returncode == 0
    eventually(lambda: len(delivered(mail)) >= 2)
    assert all(b"Bcc" not in text and text.endswith(b"\n\n.\nall\n") for text in delivered(mail))


def test_refusal_is_told_at_once(mail: MailSystem) -> None:
    done = sendmail(mail, "user@test.example", text=b"Received: x\n" * 6 + b"\nbody\n")
    assert done.returncode == 65 and b"too many hops" in done.stderr


def test_maildrop_while_the_system_is_down(mail: MailSystem) -> None:
    mail.stop()
    done = sendmail(mail, "user@test.example")
    refused = sendmail(mail, "-f", "user@test.example", "nobody@test.example", text=b"Received: x\n" * 6 + b"\nloops\n")
    assert (done.returncode, refused.returncode) == (0, 0), done.stderr
    assert len(list((mail.base / "queue/maildrop").iterdir())) == 2
    mail.start()
    eventually(lambda: len(delivered(mail)) >= 2, timeout=20)
    assert not [p for p in (mail.base / "queue/maildrop").iterdir() if not p.name.startswith(".")]
    assert any(text.endswith(b"\n\nhello\n") for text in delivered(mail))
    assert any(b"too many hops" in text and b"MAILER-DAEMON" in text for text in delivered(mail))


def test_start_is_fast(mail: MailSystem) -> None:
    best = 9.0
    for _ in range(5):
        start = time.perf_counter()
        assert sendmail(mail, "user@test.example").returncode == 0
        best = min(best, time.perf_counter() - start)
    assert best < 0.15
    print(f"sendmail: {best * 1000:.0f} ms")
