import io
import json
import os
import pwd
import socket
import sys
import threading
from pathlib import Path

import pytest

from pymaster.commands import auth
from pymaster.commands.pymaster import main
from pymaster.store.passdb import schemes


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "users").write_text("bob:{PLAIN}pw:4000:4001::/srv/bob::userdb_mail=~/M/\n")
    owner = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    (tmp_path / "main.cf").write_text(
        f"queue_directory = {tmp_path}\ndata_directory = {tmp_path}\nmail_owner = {owner}\n"
        f"auth_passdb = passwd-file:{tmp_path}/users\nmydestination = localhost\ninet_interfaces = 127.0.0.1\n"
    )
    monkeypatch.setenv("MAIL_CONFIG", str(tmp_path))
    return tmp_path


def typed(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    class Input:
        buffer = io.BytesIO(text)

        @staticmethod
        def isatty() -> bool:
            return False

    monkeypatch.setattr(sys, "stdin", Input())


def test_pw(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for words, scheme in (([], "{ARGON2ID}"), (["--scheme", "sha512-crypt"], "{SHA512-CRYPT}")):
        typed(monkeypatch, b"geheim\r\n")
        assert main(["pw", *words]) == 0
        made = capsys.readouterr().out.rstrip("\n")
        assert made.startswith(scheme) and schemes.verify(b"geheim", made)
    for text, words in ((b"\n", []), (b"x\n", ["--scheme", "nope"]), (b"a\0b\n", [])):
        typed(monkeypatch, text)
        assert main(["pw", *words]) == 1


def test_pw_from_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answers = ["one", "two", "same", "same"]
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(auth.getpass, "getpass", lambda prompt: answers.pop(0))
    assert main(["pw"]) == 1
    assert main(["pw", "--scheme", "ssha512"]) == 0
    assert schemes.verify(b"same", capsys.readouterr().out.rstrip("\n"))


def test_user(etc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["user", "Bob"]) == 0
    text = capsys.readouterr().out
    assert "user     bob\n" in text and "  uid      4000\n" in text and "  inbox    /srv/bob/M\n" in text
    assert main(["user", "--json", "bob", "no-such-user-here"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert rows["bob"]["format"] == "maildir" and rows["no-such-user-here"] is None
    assert main(["user", "no-such-user-here"]) == 1
    assert "unknown user" in capsys.readouterr().err
    for bad in (["user"], ["user", "../x"], ["user", "root"]):
        assert main(bad) == 1


@pytest.mark.parametrize(
    ("answer", "status", "text"),
    [
        (b"OK\t1\tuser=bob\n", 0, "login ok"),
        (b"FAIL\t1\n", 1, "login failed"),
        (b"FAIL\t1\ttemp\n", 1, "nobody knows"),
        (b"FAIL\t1\tpass_expired\n", 1, "expired"),
        (b"", 1, "closed"),
    ],
)
def test_auth_test(
    etc: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: bytes,
    status: int,
    text: str,
) -> None:
    (etc / "private").mkdir()
    said: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(etc / "private/auth"))
        listener.listen(1)

        def serve() -> None:
            peer, _ = listener.accept()
            with peer, peer.makefile("rb") as file:
                said.extend([file.readline() for _ in range(3)])
                peer.sendall(b"VERSION\t1\t2\nDONE\n" + answer)

        thread = threading.Thread(target=serve)
        thread.start()
        typed(monkeypatch, b"pw\n")
        assert main(["auth", "test", "bob", "--service", "pop3"]) == status
        thread.join(5)
    assert said[2] == b"AUTH\t1\tPLAIN\tsecured\tnologin\tservice=pop3\tresp=AGJvYgBwdw==\n"
    out = capsys.readouterr()
    assert text in out.out + out.err


def test_auth_test_without_authd(
    etc: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, b"pw\n")
    assert main(["auth", "test", "bob"]) == 1 and main(["auth", "flush"]) == 1
    assert "is authd running?" in capsys.readouterr().err
    assert main(["auth", "bob"]) == 1


def test_app_passwords(etc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app-password", "add", "bob", "my phone", "--scope", "imap,smtp"]) == 0
    word = capsys.readouterr().out.rstrip("\n")
    assert len(word) == 23
    assert main(["app-password", "list"]) == 0
    assert capsys.readouterr().out.split("\n")[1].split()[:3] == ["bob", "my", "phone"]
    assert main(["app-password", "list", "bob", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["scope"], row["used"]) == ("my phone", ["imap", "smtp"], None)
    assert main(["app-password", "add", "bob", "my phone"]) == 1
    assert main(["app-password", "revoke", "bob", "my phone"]) == 0
    assert main(["app-password", "revoke", "bob", "my phone"]) == 1
    for bad in ([], ["add", "bob"], ["nope"], ["add", "bob", "x", "--scope", "ftp"]):
        assert main(["app-password", *bad]) == 1
