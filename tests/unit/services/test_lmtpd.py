"""services/lmtpd.py as a program."""

from pathlib import Path

from tests.unit.services.test_smtpd import MAIN, ROOT, session


def test_one_reply_for_each_recipient(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text(MAIN.format(tmp_path))
    (tmp_path / "master.cf").write_text("")
    mail = b"MAIL FROM:<a@b.test>\r\nRCPT TO:<u@ours.test>\r\nRCPT TO:<v@ours.test>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n"
    done = session(
        tmp_path, b"LHLO c\r\n" + mail + b"QUIT\r\n", "-o", "smtpd_forbid_unauth_pipelining=no", program="lmtpd"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"250 2.0.0 Ok: queued as ") == 2
    assert (ROOT / "services" / "lmtpd.py").exists()
