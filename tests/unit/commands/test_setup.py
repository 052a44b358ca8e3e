import os
import stat
from pathlib import Path

import pytest

from pymaster.commands import setup
from pymaster.config.snapshot import Snapshot
from pymaster.util.errors import Fatal


def snapshot(folder: Path) -> Snapshot:
    text = f"queue_directory = {folder}/q\ndata_directory = {folder}/d\nmail_owner = nobody\nsetgid_group = mail\n"
    return Snapshot.from_text(text)


def test_missing_folders_are_made_and_a_second_run_says_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    setup.folders(snapshot(tmp_path), said.append)
    assert any("q/maildrop: made" in line for line in said)
    assert stat.S_IMODE((tmp_path / "q/maildrop").stat().st_mode) == 0o730
    again: list[str] = []
    setup.folders(snapshot(tmp_path), again.append, fix=True)
    assert again == []
    assert setup.complaints(snapshot(tmp_path)) == []


def test_what_is_there_is_only_changed_on_request(tmp_path: Path) -> None:
    setup.folders(snapshot(tmp_path), str)
    os.chmod(tmp_path / "q/public", 0o777)
    setup.folders(snapshot(tmp_path), str)
    assert setup.complaints(snapshot(tmp_path)) == [f"world writable: {tmp_path}/q/public"]
    setup.folders(snapshot(tmp_path), str, fix=True)
    assert setup.complaints(snapshot(tmp_path)) == []


def test_users_that_exist_are_honoured() -> None:
    said: list[str] = []
    setup.make_user("nobody", "/", said.append)
    setup.make_group("mail", said.append)
    assert said == ["user nobody: exists", "group mail: exists"]
    with pytest.raises(Fatal, match="must not be root"):
        setup.make_user("root", "/", said.append)


def test_mailname_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "MAILNAME", str(tmp_path / "mailname"))
    said: list[str] = []
    setup.make_mailname("a.example", said.append)
    setup.make_mailname("b.example", said.append)
    assert (tmp_path / "mailname").read_text() == "a.example\n"
    assert said[1].endswith("exists")


def test_the_unit_names_this_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "UNIT", str(tmp_path / "unit"))
    setup.install_unit("/etc/postfix", str)
    text = (tmp_path / "unit").read_text()
    assert "postfix -c /etc/postfix start-fg" in text and "@" not in text


def test_root_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Fatal, match="needs root"):
        setup.run(snapshot(tmp_path), str)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize(("line", "said"), [
    ("mail_owner = no-such-user", "mail_owner no-such-user: no such user; `pymaster setup` makes it"),
    ("mail_owner = nobody\nsetgid_group = no-such", "setgid_group no-such: no such group; `pymaster setup` makes it"),
])  # fmt: skip
def test_who_is_missing_is_named(tmp_path: Path, line: str, said: str) -> None:
    snapshot = Snapshot.from_text(f"queue_directory = {tmp_path}/q\ndata_directory = {tmp_path}/d\n{line}\n")
    with pytest.raises(Fatal) as caught:
        setup.complaints(snapshot)
    assert str(caught.value) == said
