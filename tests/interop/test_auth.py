"""A real Postfix whose smtpd asks our authd, as it would ask Dovecot."""

import base64
import smtplib

import pytest

from tests.interop.peers import Postfix, need_root
from tests.system.harness import MailSystem, eventually

USERS = "user@localhost:{PLAIN}secret\n"


@pytest.fixture
def mail():
    need_root()
    system = MailSystem(master=MailSystem.DEFAULT_MASTER + "auth unix - - n - - authd\n")
    users = system.base / "etc" / "users"
    system.main |= {
        "auth_passdb": f"passwd-file:{users}",
        "auth_mechanisms": "plain, login, cram-md5, scram-sha-256, external, apop",
        "auth_failure_delay": "0s",
    }
    system.write()
    users.write_text(USERS)
    users.chmod(0o644)
    with system:
        path = system.queue / "private/auth"
        eventually(path.exists)
        # Postfix runs as another user than this mail system.
        for folder in (system.queue, path.parent):
            folder.chmod(0o711)
        path.chmod(0o666)
        yield system


def test_postfix_asks_us(mail):
    main = {
        "smtpd_sasl_auth_enable": "yes",
        "smtpd_sasl_type": "dovecot",
        "smtpd_sasl_path": f"{mail.queue}/private/auth",
        "smtpd_relay_restrictions": "permit_sasl_authenticated, reject",
        "smtpd_client_restrictions": "",
        "smtpd_error_sleep_time": "0",
    }
    with Postfix(main) as peer:

        def connect() -> smtplib.SMTP:
            client = smtplib.SMTP("127.0.0.1", peer.port, "client.test.example", 20)
            client.ehlo()
            return client

        with connect() as client:
            # What only our own login stages can do is not offered: APOP, EXTERNAL, channel binding.
            assert sorted(client.esmtp_features["auth"].split()) == ["CRAM-MD5", "LOGIN", "PLAIN", "SCRAM-SHA-256"]
        for mechanism in ("auth_plain", "auth_login", "auth_cram_md5"):
            with connect() as client:
                client.user, client.password = "user@localhost", "secret"
                name = mechanism[5:].upper().replace("_", "-")
                assert client.auth(name, getattr(client, mechanism))[0] == 235
                assert client.mail("s@test.example")[0] == 250
                assert client.rcpt("user@peer.example")[0] == 250
        with connect() as client:
            client.user, client.password = "user@localhost", "wrong"
            with pytest.raises(smtplib.SMTPAuthenticationError) as failed:
                client.auth("PLAIN", client.auth_plain)
            assert failed.value.smtp_code == 535
            assert client.docmd("AUTH", "PLAIN !!!")[0] in (501, 535)
            assert client.docmd("AUTH", "PLAIN " + base64.b64encode(b"\0user@localhost\0secret").decode())[0] == 235
    mail.wait_log(r"auth failed rip=127\.0\.0\.1 user=<user@localhost> method=PLAIN service=smtp")
