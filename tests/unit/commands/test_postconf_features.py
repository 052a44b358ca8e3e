"""What this mail system says it supports."""

from pathlib import Path

import pytest

from pymaster.commands import postconf, postconf_features


def lines(*words: str) -> list[str]:
    shown: list[str] = []
    postconf_features.show(postconf.parse(list(words), {}), shown.append)
    return shown


def test_lists() -> None:
    assert {"hash", "lmdb", "cidr", "regexp", "static", "texthash"} <= set(lines("-m"))
    assert lines("-m") == sorted(lines("-m"))
    assert "dovecot" in lines("-a")
    assert lines("-A") == ["cyrus"]


def test_tls(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines("-T", "run-version")[0].startswith("OpenSSL")
    assert "rsa" in lines("-T", "public-key-algorithms")
    assert lines("-T", "x") == []
    assert "unknown 'postconf -T' mode: x" in capsys.readouterr().err


def test_templates(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("myhostname = mx.lab.example\n")
    (built_in,) = lines("-c", str(tmp_path), "-t")
    path = tmp_path / "templates"
    path.write_text(built_in + "\n")
    # What is printed is a template file itself.
    assert lines("-c", str(tmp_path), "-t", str(path)) == [built_in]
    assert lines("-c", str(tmp_path), "-t", "") == [built_in]
    (texts,) = lines("-c", str(tmp_path), "-b")
    assert texts.startswith("expanded_failure_text = <<EOF\nThis is the mail system at host mx.lab.example.\n")
