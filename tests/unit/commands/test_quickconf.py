"""Parameters without the registry."""

from pathlib import Path

import pytest

from pymaster.commands import quickconf
from pymaster.config.snapshot import Snapshot
from pymaster.util.errors import ConfigError

NAMES = ("queue_directory", "sendmail_fix_line_endings")


def test_defaults_are_the_registrys(tmp_path: Path) -> None:
    snapshot = Snapshot.from_text("")
    assert {name: snapshot.text(name) for name in quickconf.DEFAULTS} == quickconf.DEFAULTS
    (tmp_path / "main.cf").write_text("# nothing\n")
    assert quickconf.get(str(tmp_path), NAMES) == quickconf.DEFAULTS


@pytest.mark.parametrize(
    "text",
    [
        "queue_directory = /a\nqueue_directory=/q\n",
        "base = /\nqueue_directory = ${base}q\n",
        "queue_directory =\n  /q\n",
        "queue_directory = /q\n# comment\n",
        "queue_directory_other = x\nqueue_directory = /q",
    ],
)
def test_same_answer_as_the_snapshot(text: str, tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text(text)
    assert quickconf.get(str(tmp_path), NAMES)["queue_directory"] == "/q"
    assert Snapshot.load(str(tmp_path)).text("queue_directory") == "/q"


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        quickconf.get(str(tmp_path), NAMES)


def test_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIL_CONFIG", raising=False)
    assert quickconf.directory() == "/etc/postfix"
    assert quickconf.directory("/x/main.cf") == "/x"
    monkeypatch.setenv("MAIL_CONFIG", "/y")
    assert quickconf.directory() == "/y" and quickconf.directory("/z") == "/z"
