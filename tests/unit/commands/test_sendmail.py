"""sendmail as a function; the whole way is in tests/system/test_submission.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pymaster.commands import sendmail
from pymaster.proto.submission import Reader


def run(config: Path, *words: str, text: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "pymaster.commands.sendmail", "-C", str(config), *words]
    return subprocess.run(command, input=text, capture_output=True, check=False, timeout=30)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "main.cf").write_text(f"queue_directory = {tmp_path}\n")
    (tmp_path / "maildrop").mkdir()
    return tmp_path


def read(config: Path) -> tuple[Reader, bytes]:
    (name,) = os.listdir(config / "maildrop")
    reader = Reader()
    content = b"".join(reader.feed((config / "maildrop" / name).read_bytes()))
    assert reader.done
    return reader, content


def test_a_message_in_the_folder(config: Path) -> None:
    done = run(
        config, "-f", "<>", "-N", "never", "-B8BITMIME", "a@b, C <c@d>", "e", text=b"Subject: x\r\n\r\nbody\r\n.\r\nno"
    )
    assert (done.returncode, done.stderr) == (0, b"")
    reader, content = read(config)
    assert content == b"Subject: x\n\nbody\n"
    assert reader.recipients == [(b"a@b", 1, b""), (b"c@d", 1, b""), (b"e", 1, b"")]
    assert reader.attributes[b"sender"] == b"" and reader.attributes[b"encoding"] == b"8bit"


def test_extraction(config: Path) -> None:
    assert (
        run(config, "-t", "more@x", text=b"To: a@b\n" + b"X: " + b"y" * 200_000 + b"\nBcc: c@d\n\nbody\n").returncode
        == 0
    )
    reader, content = read(config)
    assert [r[0] for r in reader.recipients] == [b"more@x", b"a@b", b"c@d"]
    assert content.endswith(b"\nBcc: c@d\n\nbody\n")


@pytest.mark.parametrize(
    ("words", "text", "status", "said"),
    [
        ((), b"", 64, b"Recipient addresses must be specified"),
        (("-t",), b"Subject: x\n\n", 65, b"No recipient addresses found in message header"),
        (("-z",), b"", 64, b"invalid option"),
        (("-f", "a b c <", "x"), b"", 64, b"bad sender address"),
        (("a\nb@c",), b"", 64, b"bad recipient address"),
    ],
)
def test_refusals(config: Path, words: tuple[str, ...], text: bytes, status: int, said: bytes) -> None:
    done = run(config, *words, text=text)
    assert done.returncode == status and done.stderr.startswith(b"sendmail: fatal: ") and said in done.stderr
    assert os.listdir(config / "maildrop") == []


@pytest.mark.parametrize("words", [("-bh",), ("-q15m",)])
def test_nothing_to_do_is_no_error(config: Path, words: tuple[str, ...]) -> None:
    assert run(config, *words).returncode == 0


def test_a_bad_wish_is_ignored_with_a_warning(config: Path) -> None:
    done = run(config, "-N", "sometimes", "a@b", text=b"\n")
    assert (done.returncode, done.stderr) == (0, b"sendmail: warning: bad -N option value -- sometimes -- ignored\n")
    assert read(config)[0].recipients == [(b"a@b", 0, b"")]


def test_a_probe_reads_nothing_and_says_where_the_report_goes(config: Path) -> None:
    done = run(config, "-bv", "-f", "me@x", "a@b", "", text=b"this is not mail\n")
    assert (done.returncode, done.stdout) == (0, b"Mail Delivery Status Report will be mailed to <me@x>.\n")
    reader, content = read(config)
    assert content == b"From: <me@x>\nSubject: probe\nTo: <a@b>,\n\t<>\n"
    assert reader.attributes[b"flags"] == b"8" and [r[0] for r in reader.recipients] == [b"a@b", b""]


def test_a_failure_is_in_the_mail_log(config: Path) -> None:
    log = config / "log"
    log.touch()
    with (config / "main.cf").open("a") as file:
        file.write(f"maillog_file = {log}\nmaillog_file_prefixes = /\n")
    done = subprocess.run(
        [sys.executable, "-m", "pymaster.commands.sendmail"], env={**os.environ, "MAIL_CONFIG": str(config)}, timeout=30
    )
    assert done.returncode == 64
    assert "postfix/sendmail[" in log.read_text() and "]: fatal: Recipient addresses must be" in log.read_text()


def test_nobody_can_take_it(config: Path) -> None:
    os.rmdir(config / "maildrop")
    done = run(config, "x@y", text=b"\n")
    assert done.returncode == 75 and b"the mail system is down" in done.stderr


def test_imports_nothing_heavy() -> None:
    code = "import sys, pymaster.commands.sendmail; print([m for m in ('socket', 'dataclasses', 'email', 'gevent', 'lmdb', 'msgpack', 'typing') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, check=True, cwd=Path(__file__).parents[3]
    )
    assert done.stdout == b"[]\n"


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setitem(sendmail._MODES, "list", lambda options: seen.append(options.mode) or 0)
    monkeypatch.setattr(sys, "argv", ["/usr/bin/mailq"])
    assert sendmail.main() == 0 and sendmail.mailq() == 0 and seen == ["list", "list"]
