from pathlib import Path

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.store.passdb.chain import Chain, build_all
from pymaster.store.passdb.contract import Client, Found
from pymaster.util.errors import ConfigError


class Fixed:
    needs_root, files, name = False, (), "fixed"

    def __init__(self, state: str) -> None:
        self.state, self.asked = state, 0

    def verify(self, user: str, password: bytes, client: Client) -> Found:
        self.asked += 1
        return Found(self.state, self.state)

    def secret(self, user: str, scheme: str, salt: bytes = b"") -> Found:
        return Found(self.state)

    lookup = secret  # type: ignore[assignment]


def ask(*states: str) -> tuple[str, list[int]]:
    backends = [Fixed(state) for state in states]
    found = Chain(backends).verify("bob", b"pw", Client())  # type: ignore[arg-type]
    return found.state, [item.asked for item in backends]


def test_the_first_that_accepts_decides() -> None:
    assert ask("unknown", "mismatch", "ok", "ok") == ("ok", [1, 1, 1, 0])
    assert ask("temp", "ok") == ("ok", [1, 1])
    assert ask("disabled", "ok") == ("disabled", [1, 0])
    assert ask("expired", "ok") == ("expired", [1, 0])


def test_nobody_knows_is_not_wrong() -> None:
    assert ask("temp", "mismatch")[0] == "temp"
    assert ask("mismatch", "temp")[0] == "temp"
    assert ask("mismatch", "unknown")[0] == "mismatch"
    assert ask()[0] == "unknown"


def test_deny(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("bob:\n")
    (tmp_path / "in").write_text("bob:{PLAIN}pw\nalice:{PLAIN}pw\n")
    text = f"auth_passdb = {{ passwd-file:{tmp_path}/out, deny=yes }} passwd-file:{tmp_path}/in\nauth_app_passwords ="
    made = build_all(Snapshot.from_text(text))
    assert made.verify("bob", b"pw", Client()).state == "disabled"
    assert made.secret("bob", "PLAIN").state == "disabled"
    assert made.verify("alice", b"pw", Client()).state == "ok" and made.lookup("bob").state == "ok"
    with pytest.raises(ConfigError, match="unknown option"):
        build_all(Snapshot.from_text("auth_passdb = { passwd, nope=1 }"))


def test_a_list_of_the_denied_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    text = f"auth_passdb = {{ passwd-file:{tmp_path}/out, deny=yes }} static:{{PLAIN}}pw\nauth_app_passwords ="
    made = build_all(Snapshot.from_text(text))
    assert made.verify("bob", b"pw", Client()).state == "temp" and made.standing("bob").state == "temp"


@pytest.mark.parametrize("inner", ["passwd", "pam", "static:x"])
def test_who_cannot_tell_users_denies_nobody(inner: str) -> None:
    with pytest.raises(ConfigError, match="looks users up"):
        build_all(Snapshot.from_text(f"auth_passdb = {{ {inner}, deny=yes }}"))


def test_standing(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("bob:\n")
    (tmp_path / "in").write_text(
        "bob:{PLAIN}pw\nalice:{PLAIN}pw::::::allow_nets=10.0.0.0/8\nshut:{PLAIN}pw::::::nologin\n"
    )
    text = f"{{ passwd-file:{tmp_path}/out, deny=yes }} passwd-file:{tmp_path}/in passwd-file:{tmp_path}/none"
    made = build_all(Snapshot.from_text(f"auth_passdb = {text}\nauth_app_passwords = {tmp_path}/app"))
    assert [made.standing(user).state for user in ("bob", "shut", "alice", "eve")] == [
        "disabled", "disabled", "ok", "temp",
    ]  # fmt: skip
    assert made.standing("alice").fields == {"allow_nets": "10.0.0.0/8"}
    (tmp_path / "none").touch()
    assert made.standing("eve").state == "unknown"


def test_build() -> None:
    made = build_all(
        Snapshot.from_text(
            "auth_passdb = passwd-file:/a, static:{PLAIN}x passwd { passwd-file:/b }\ndata_directory = /d"
        )
    )
    assert [item.name for item in made.backends] == [
        "app-password",
        "passwd-file:/a",
        "static",
        "passwd",
        "passwd-file:/b",
    ]
    made = build_all(Snapshot.from_text("auth_master_passdb = passwd-file:/m"), master=True)
    assert [item.name for item in made.backends] == ["passwd-file:/m"]
    assert build_all(Snapshot.from_text("auth_passdb = pam\nauth_app_passwords =")).backends[0].needs_root


@pytest.mark.parametrize("text", ["nope", "passwd-file:relative", "sql:/nonexistent", "ldap:/nonexistent"])
def test_mistakes(text: str) -> None:
    with pytest.raises(ConfigError):
        build_all(Snapshot.from_text(f"auth_passdb = {text}"))
