"""sendmail -bs: SMTP by a local program."""

import os
import subprocess
import sys
from pathlib import Path

from pymaster.proto.submission import Reader


def test_session(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\nmyhostname = h.test\n")
    (tmp_path / "maildrop").mkdir()
    text = (
        b"EHLO me\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nRCPT TO:<e@f.test>\r\nDATA\r\nSubject: x\r\n\r\n..body\r\n.\r\n"
        b"MAIL FROM:<>\r\nRSET\r\nQUIT\r\n"
    )
    command = [sys.executable, "-m", "pymaster.commands.sendmail", "-C", str(tmp_path), "-bs"]
    done = subprocess.run(command, input=text, capture_output=True, check=False, timeout=30)
    replies = done.stdout.split(b"\r\n")
    assert done.returncode == 0 and replies[0].startswith(b"220 h.test ESMTP")
    assert any(line.startswith(b"250 2.0.0 Ok: queued as ") for line in replies) and replies[-2] == b"221 2.0.0 Bye"
    (name,) = os.listdir(tmp_path / "maildrop")
    reader = Reader()
    assert b"".join(reader.feed((tmp_path / "maildrop" / name).read_bytes())) == b"Subject: x\n\n.body\n"
    assert reader.done and [r[0] for r in reader.recipients] == [b"c@d.test", b"e@f.test"]
    assert reader.attributes[b"sender"] == b"a@b.test"


def test_nobody_can_take_it(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\nmyhostname = h.test\n")
    text = b"HELO me\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n\r\nx\r\n.\r\nQUIT\r\n"
    command = [sys.executable, "-m", "pymaster.commands.sendmail", "-C", str(tmp_path), "-bs"]
    done = subprocess.run(command, input=text, capture_output=True, check=False, timeout=30)
    assert b"451 4.3.0 Error: queue file write error" in done.stdout
