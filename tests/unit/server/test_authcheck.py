import _socket
import base64
import hmac
import json
import os
import pwd
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.authtask import AuthAnswer, AuthReady, AuthTask
from pymaster.model.mailplace import MailPlace
from pymaster.server.authcheck import Checker
from pymaster.store.passdb.apppasswords import AppPasswords
from pymaster.util import log
from pymaster.util.errors import ConfigError

MAIN = """
mail_owner = {owner}
data_directory = {folder}
mydestination = localhost
inet_interfaces = 127.0.0.1
auth_passdb = passwd-file:{folder}/users
auth_master_passdb = passwd-file:{folder}/masters
virtual_mailbox_base = /vmail
virtual_mailbox_maps = inline:{{ bob@v.example=bob/ }}
virtual_uid_maps = static:4000
virtual_gid_maps = static:4000
"""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Checker]]:
    (tmp_path / "users").write_text(
        "bob@v.example:{PLAIN}pw\nful@x:{PLAIN}pw:5000:5000::/srv/ful\nzero@x:{PLAIN}pw:0:0::/root\n"
    )
    (tmp_path / "masters").write_text("admin:{PLAIN}root\n")
    owner = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()

    def build(text: str = "") -> Checker:
        return Checker(Snapshot.from_text(MAIN.format(folder=tmp_path, owner=owner) + text))

    yield build
    log.LOG.sink = sink


def test_verbs(make: Callable[..., Checker]) -> None:
    check = make()

    def ask(verb: str, user: str, value: bytes = b"", **more: object) -> AuthAnswer:
        return check.answer(AuthTask(5, verb, user, value, "imap", **more))  # type: ignore[arg-type]

    assert ask("verify", "bob@v.example", b"pw").state == "ok"
    assert ask("verify", "bob@v.example", b"px").state == "mismatch"
    assert ask("verify", "admin", b"root").state == "unknown"
    assert ask("verify", "admin", b"root", master=True).state == "ok"
    assert ask("verify", "bob@v.example", b"pw", master=True).state == "unknown"
    assert ask("secret", "bob@v.example", scheme="PLAIN").secret == b"pw"
    assert ask("exists", "bob@v.example").state == "ok"
    assert ask("exists", "nobody@v.example").state == "unknown"
    assert ask("token", "bob@v.example", b"x").state == "temp"
    assert ask("nonsense", "bob@v.example").state == "temp"


def test_who_is_shut_out_is_so_for_every_proof(make: Callable[..., Checker], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("ful@x:\n")
    with (tmp_path / "users").open("a") as file:
        file.write("shut@x:{PLAIN}pw::::::nologin\nnear@x:{PLAIN}pw::::::allow_nets=10.0.0.0/8\n")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "default.secret").write_bytes(b"k" * 32)
    check = make(
        f"auth_passdb = {{ passwd-file:{tmp_path}/out, deny=yes }} passwd-file:{tmp_path}/users\n"
        f"auth_oauth2_key_directory = {tmp_path}/keys\n"
    )
    apps = AppPasswords(f"{tmp_path}/app-passwords")
    for user, state in (
        ("bob@v.example", "ok"), ("ful@x", "disabled"), ("shut@x", "disabled"), ("near@x", "ok"), ("gone@x", "unknown"),
    ):  # fmt: skip
        password = apps.add(user, "phone", ("*",))
        answers = [
            check.answer(AuthTask(1, "verify", user, password.encode(), "imap")),
            check.answer(AuthTask(1, "exists", user)),
            check.answer(AuthTask(1, "token", user, token(user))),
        ]
        # Who is known to the issuer alone may send mail.
        assert [item.state for item in answers] == [state, state, "ok" if state == "unknown" else state], user
        if user == "near@x":
            assert {item.fields["allow_nets"] for item in answers} == {"10.0.0.0/8"}
    assert check.answer(AuthTask(1, "exists", "shut@x", master=True)).state == "ok"


def token(user: str) -> bytes:
    """A signed one for the key `default`."""
    parts = [{"alg": "HS256"}, {"email": user, "exp": time.time() + 600}]
    body = b".".join([base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts])
    return body + b"." + base64.urlsafe_b64encode(hmac.digest(b"k" * 32, body, "sha256")).rstrip(b"=")


def test_places(make: Callable[..., Checker]) -> None:
    check = make()
    place = MailPlace.unpack(check.answer(AuthTask(1, "lookup", "bob@v.example")).place)
    assert (place.uid, place.inbox) == (4000, "/vmail/bob")
    place = MailPlace.unpack(check.answer(AuthTask(1, "lookup", "ful@x")).place)
    assert (place.uid, place.inbox) == (5000, "/srv/ful/Maildir")
    assert check.answer(AuthTask(1, "lookup", "nobody@v.example")).state == "unknown"
    refused = check.answer(AuthTask(1, "lookup", "zero@x"))
    assert refused.state == "temp" and "may not own mail" in refused.reason


def test_ill_back_ends(make: Callable[..., Checker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = make()
    (tmp_path / "users").unlink()
    assert check.answer(AuthTask(1, "verify", "bob@v.example", b"pw")).state == "temp"
    assert check.answer(AuthTask(1, "lookup", "bob@v.example")).state == "temp"

    def bug(*_: object) -> None:
        raise ValueError("holds the secret")

    monkeypatch.setattr(check.chain, "verify", bug)
    assert check.answer(AuthTask(1, "verify", "bob", b"pw")).reason == "internal error"
    text = log.LOG.sink.text  # type: ignore[attr-defined]
    assert "ValueError" in text and "secret" not in text


def test_serving(make: Callable[..., Checker]) -> None:
    near, far = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    thread = threading.Thread(target=make().serve, args=(far,))
    thread.start()
    assert AuthReady.unpack(near.recv(1000)).pid == os.getpid()
    near.send(AuthTask(3, "verify", "bob@v.example", b"pw").pack())
    assert AuthAnswer.unpack(near.recv(1000)).number == 3
    near.send(b"\xff")
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.skipif(os.geteuid() != 0, reason="gives up root")
@pytest.mark.parametrize(
    ("text", "mode", "root"), [("", 0o644, False), ("", 0o600, True), ("auth_passdb = pam", 0o644, True)]
)
def test_root_is_given_up_where_it_can_be(
    make: Callable[..., Checker], tmp_path: Path, text: str, mode: int, root: bool
) -> None:
    for folder in (tmp_path, *list(tmp_path.parents)[:-1]):
        if not os.stat(folder).st_mode & 1 and folder.is_relative_to("/tmp/pytest-of-root"):
            os.chmod(folder, os.stat(folder).st_mode | 0o011)
    for name in ("users", "masters"):
        os.chmod(tmp_path / name, mode)
    check = make(text)
    pid = os.fork()
    if pid == 0:
        check.drop()
        os._exit(0 if (os.getresuid() == (0, 0, 0)) is root and os.getgroups() == [] else 1)
    assert os.waitpid(pid, 0)[1] == 0


def test_a_bad_configuration(make: Callable[..., Checker]) -> None:
    with pytest.raises(ConfigError):
        make("auth_passdb = nonsense")
