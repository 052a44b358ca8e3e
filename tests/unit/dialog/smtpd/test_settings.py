"""Values made once."""

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.dialog.smtpd.settings import NORMALIZE, Settings


def settings(text: str = "") -> Settings:
    return Settings(Snapshot.from_text("myhostname = mx.test\n" + text))


def test_defaults() -> None:
    made = settings()
    assert made.timeout == 300 and made.bare_newline == NORMALIZE and made.forbid_pipelining
    assert made.banner.encode() == b"220 mx.test ESMTP pymaster\r\n"
    assert settings("stress = yes\n").timeout == 10


@pytest.mark.parametrize(
    ("text", "mode"), [("no", "allow"), ("yes", NORMALIZE), ("note", "note"), ("reject", "reject")]
)
def test_bare_newline(text: str, mode: str) -> None:
    assert settings(f"smtpd_forbid_bare_newline = {text}\n").bare_newline == mode


def test_the_same_offer_is_the_same_reply() -> None:
    made = settings("smtpd_discard_ehlo_keywords = dsn, etrn\n")
    first = made.ehlo(made.discarded(), False, False)
    assert made.ehlo(made.discarded(), False, False) is first
    assert "DSN" not in first.lines and "ETRN" not in first.lines
    assert "DSN" in made.ehlo(made.discarded(""), False, False).lines
