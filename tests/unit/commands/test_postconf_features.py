"""What this mail system says it supports."""

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
