"""Settings: what is told before login says nothing about the version."""

from pymaster.dialog.imapd.settings import BEFORE_LOGIN, Settings


def test_defaults() -> None:
    settings = Settings()
    assert settings.idle_timeout == 1800
    assert settings.bad_commands == 20
    assert settings.disabled == frozenset()


def test_list_before_login_is_short() -> None:
    assert BEFORE_LOGIN[0] == b"IMAP4rev1"
    assert len(b" ".join(BEFORE_LOGIN)) < 120
