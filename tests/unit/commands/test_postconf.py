"""postconf's command line, and its whole way from arguments to output."""

import subprocess
import sys
from pathlib import Path

import pytest

from pymaster.commands import postconf
from pymaster.util.errors import ConfigError

MAIN = "# c\nmyhostname = a.b.c\nmydestination = $myhostname,\n  localhost\nfoo = bar\nrelay_recipient_limit = 5\n"
MASTER = "smtp inet n - y - - smtpd\nsub inet n - y - - smtpd -o smtpd_banner=$myhostname -o mua=x\nrelay unix - - n - - smtp\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "main.cf").write_text(MAIN)
    (tmp_path / "master.cf").write_text(MASTER)
    return tmp_path


def call(place: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = postconf.main(["-c", str(place), *words])
    shown = capsys.readouterr()
    return status, shown.out, shown.err.replace(str(place), "D")


def test_settings(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(place, capsys, "-n")
    assert status == 0
    assert out.replace(str(place), "D") == (
        "config_directory = D\nmydestination = $myhostname, localhost\nmyhostname = a.b.c\nrelay_recipient_limit = 5\n"
    )
    assert err == (
        "postconf: warning: D/main.cf: unused parameter: foo=bar\n"
        "postconf: warning: D/master.cf: unused parameter: mua=x\n"
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-x", "mydestination"], "mydestination = a.b.c, localhost\n"),
        (["-hx", "mydestination"], "a.b.c, localhost\n"),
        (["-H", "mydestination"], "mydestination\n"),
        (["-d", "mydestination"], "mydestination = $myhostname, localhost.$mydomain, localhost\n"),
        (["-h", "relay_delivery_slot_cost"], "$default_delivery_slot_cost\n"),
        (["-xo", "stress=yes", "smtpd_timeout"], "smtpd_timeout = 10s\n"),
        (["-h", "mail_version"], "3.10.6\n"),
        (["-C", "service", "-n"], "relay_recipient_limit = 5\n"),
        (["-M", "smtp/inet"], "smtp       inet  n       -       y       -       -       smtpd\n"),
        (["-F", "smtp/inet/chroot"], "smtp/inet/chroot = y\n"),
        (["-P", "sub/inet/smtpd_banner"], "sub/inet/smtpd_banner = $myhostname\n"),
        (["-Pxh", "sub/inet/smtpd_banner"], "a.b.c\n"),
        (["-l"], "flock\nfcntl\ndotlock\n"),
    ],
)
def test_shows(place: Path, capsys: pytest.CaptureFixture[str], words: list[str], expected: str) -> None:
    assert call(place, capsys, *words)[:2] == (0, expected)


def test_unknown_name(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "main.cf").write_text("")
    (place / "master.cf").write_text("")
    assert call(place, capsys, "nosuch") == (0, "", "postconf: warning: nosuch: unknown parameter\n")


@pytest.mark.parametrize(
    ("words", "path", "line"),
    [
        (["myhostname=x.y"], "main.cf", "myhostname = x.y\n"),
        (["-e", "new = 1"], "main.cf", "new = 1\n"),
        (["-#", "myhostname"], "main.cf", "#myhostname = a.b.c\n"),
        (["-M#", "smtp/inet"], "master.cf", "#smtp inet n - y - - smtpd\n"),
        (["-F", "smtp/inet/chroot=n"], "master.cf", "smtp       inet  n       -       n       -       -       smtpd\n"),
        (["-P", "smtp/inet/a=b c"], "master.cf", "    -o {a=b c}\n"),
    ],
)
def test_edits(place: Path, capsys: pytest.CaptureFixture[str], words: list[str], path: str, line: str) -> None:
    assert call(place, capsys, *words) == (0, "", "")
    assert line in (place / path).read_text()


def test_removes(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(place, capsys, "-X", "mydestination")[0] == 0
    assert (place / "main.cf").read_text() == "# c\nmyhostname = a.b.c\nfoo = bar\nrelay_recipient_limit = 5\n"
    assert call(place, capsys, "-MX", "sub/inet")[0] == 0
    assert "sub" not in (place / "master.cf").read_text()
    assert call(place, capsys, "-PX", "nosuch/inet/x")[2] == (
        'postconf: warning: unmatched service_name/type: "nosuch/inet/x"\n'
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-nd"], "specify one of -d -n"),
        (["-M", "-n"], "with option -M, do not specify -n"),
        (["-M", "-P"], "specify one of -M -P"),
        (["-hH"], "specify one of -h -H"),
        (["-c"], "option requires an argument -- 'c'"),
        (["-z"], "usage: postconf"),
        (["-C", "x"], "bad parameter class: x"),
        (["-o", "x"], "invalid parameter override: x: missing '=' after attribute name"),
        (["-e"], "-e requires name=value argument"),
        (["-e", "x"], "missing '=' after attribute name: \"x\""),
        (["-e", "x=a\nb"], "-e, -X, or -# accepts no multi-line input"),
        (["-MX", "sub"], "-Me, -MX or -M# requires service_name/type"),
        (["-F", "sub/inet/chroot=z"], 'invalid chroot field "z"'),
    ],
)
def test_refuses(place: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    status, out, err = call(place, capsys, *words)
    assert (status, out) == (1, "")
    assert err.startswith(f"postconf: fatal: {message}")
    assert (place / "main.cf").read_text() == MAIN
    assert (place / "master.cf").read_text() == MASTER


def test_broken_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = call(tmp_path, capsys, "-n")
    assert (status, err) == (1, "postconf: fatal: open D/main.cf: No such file or directory\n")
    (tmp_path / "main.cf").write_text("a b\n")
    assert (
        call(tmp_path, capsys, "-n")[2]
        == "postconf: fatal: D/main.cf, line 1: missing '=' after attribute name: \"a b\"\n"
    )


def test_directory_from_the_environment() -> None:
    request = postconf.parse(["-n"], {"MAIL_CONFIG": "/x"})
    assert (request.main_path, request.master_path, request.named) == ("/x/main.cf", "/x/master.cf", True)
    with pytest.raises(ConfigError):
        postconf.parse(["-b", "-t"], {})


def test_a_closed_pipe_is_no_traceback(place: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    command = f"{sys.executable} -m pymaster.commands.postconf -c {place} -d | head -1"
    run = subprocess.run(command, shell=True, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert run.stdout.startswith("2bounce_notice_recipient")
    assert run.stderr.count("Traceback") == 0
