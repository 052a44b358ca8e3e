"""Entries, fields and settings of master.cf."""

from pathlib import Path

import pytest

from pymaster.commands import postconf, postconf_master
from pymaster.util.errors import ConfigError

MASTER = "a inet n - n - - smtpd -o x=1 -o { y = $mydomain }\nb unix - - n - - smtp\nb inet n - n - - smtpd\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "main.cf").write_text("mydomain = d\n")
    (tmp_path / "master.cf").write_text(MASTER)
    return tmp_path


def lines(place: Path, *words: str) -> list[str]:
    shown: list[str] = []
    postconf_master.show(postconf.parse(["-c", str(place), *words], {}), shown.append)
    return shown


def test_patterns(place: Path) -> None:
    assert len(lines(place, "-M", "b")) == 2
    assert lines(place, "-F", "*/inet/service") == ["a/inet/service = a", "b/inet/service = b"]
    assert lines(place, "-F", "b/unix/*")[-1] == "b/unix/command = smtp"
    assert lines(place, "-P") == ["a/inet/x = 1", "a/inet/y = $mydomain"]
    assert lines(place, "-PH", "a/inet/x") == ["a/inet/x"]
    assert lines(place, "-Px", "a/inet/y") == ["a/inet/y = d"]


def test_bad_requests(place: Path) -> None:
    for words in (["-M", "a/inet/x"], ["-F", "a/inet/nosuch"]):
        with pytest.raises(ConfigError):
            lines(place, *words)
    for words in (["-F", "a/inet=x"], ["-P#", "a/inet/x"], ["-FX", "a/inet/chroot"], ["-PX", "a/inet/x=y"]):
        with pytest.raises(ConfigError):
            postconf_master.edit(postconf.parse(["-c", str(place), *words], {}))
    assert (place / "master.cf").read_text() == MASTER
