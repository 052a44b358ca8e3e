"""From parameters to what dialogs are handed; certificates by chain, by pair, by name."""

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.server import mailsettings
from pymaster.util.errors import Fatal
from tests.certs import certificate


def snapshot(text: str = "") -> Snapshot:
    return Snapshot.from_text(text, {}, "/nonexistent", "imapd", "imapd")


def test_defaults_follow_the_smtp_servers_certificate() -> None:
    assert mailsettings.server_tls(snapshot(), "imap") is None
    text = f"smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {certificate()}\n"
    for protocol in ("imap", "pop3"):
        assert mailsettings.server_tls(snapshot(text), protocol) is not None
    assert mailsettings.server_tls(snapshot(text + "imapd_tls_security_level = none\n"), "imap") is None


def test_certificate_and_key_apart_and_by_name() -> None:
    pem = certificate()
    text = (
        f"pop3d_tls_security_level = encrypt\npop3d_tls_cert_file = {pem}.crt\npop3d_tls_key_file = {pem}.key\n"
        f"pop3d_tls_sni_files = other.example.org={certificate('other.example.org')}\n"
    )
    assert mailsettings.server_tls(snapshot(text), "pop3") is not None
    settings = mailsettings.login_settings(snapshot(text), "pop3", tls=True)
    assert settings.tls and settings.tls_required and not settings.plaintext and not settings.apop


@pytest.mark.parametrize(
    "text", ["imapd_tls_security_level = encrypt", "imapd_tls_wrappermode = yes", "imapd_tls_security_level = maybe"]
)
def test_tls_that_cannot_be_is_told(text: str) -> None:
    with pytest.raises(Fatal):
        mailsettings.server_tls(snapshot(text), "imap")


def test_a_bad_name_entry_is_told() -> None:
    with pytest.raises(Fatal, match="sni"):
        mailsettings.by_name("mail.example.org")


def test_session_settings() -> None:
    found = mailsettings.imap_settings(
        snapshot("imapd_disabled_capabilities = notify, COMPRESS=DEFLATE\nmessage_size_limit = 5000")
    )
    assert (
        found.disabled == {b"NOTIFY", b"COMPRESS=DEFLATE"} and found.append_limit == 5000 and found.idle_timeout == 1800
    )
    assert mailsettings.pop3_settings(snapshot()).timeout == 600
    assert mailsettings.session_limit(snapshot()) == 20
    assert mailsettings.login_settings(snapshot("auth_mechanisms = plain, apop"), "pop3", tls=False).apop
