"""The README's first command: a mail system of one's own, a message in, the message in the Maildir, Ctrl-C."""

import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import ROOT, eventually


def test_pymaster_run() -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 2525)) == 0:
            pytest.fail("port 2525 is in use")
    base = Path(tempfile.mkdtemp(prefix="pymaster-test-"))
    base.chmod(0o755)
    script = "import sys; from pymaster.commands.pymaster import main; sys.exit(main(['run', sys.argv[1]]))"
    with (base / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", script, str(base / "box")],
            stdout=out,
            stderr=out,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
    try:
        eventually(lambda: _connects() or process.poll() is not None, 20)
        assert process.poll() is None, (base / "out").read_text()
        with smtplib.SMTP("127.0.0.1", 2525, timeout=10) as client:
            client.sendmail("me@example.com", ["user@localhost.localdomain"], b"Subject: hi\r\n\r\nbody\r\n.dot\r\n")
            for stranger, code in (("nobody@localhost.localdomain", 550), ("x@example.org", 554)):
                with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                    client.sendmail("me@example.com", [stranger], b"x")
                assert refused.value.recipients[stranger][0] == code
        new = base / "box/mail/user/new"
        (path,) = eventually(lambda: new.is_dir() and list(new.iterdir()))
        assert path.read_bytes().endswith(b"\n\nbody\n.dot\n")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert "mail lands" in (base / "out").read_text()
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(base, ignore_errors=True)


def _connects() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 2525)) == 0
