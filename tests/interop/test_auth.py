"""A real Postfix whose smtpd asks our authd, as it would ask Dovecot; a real Dovecot that our client asks."""

import base64
import hashlib
import hmac
import shutil
import smtplib
import subprocess
import tempfile
from pathlib import Path

import pytest

from pymaster.model.login import About
from pymaster.runtime.authclient import AuthClient
from tests.interop.peers import Postfix, need, need_root
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


def scram(client):
    """SCRAM-SHA-256, where the server's last word has to reach the client (RFC 5802)."""
    bare = b"n=user@localhost,r=abc"
    code, text = client.docmd("AUTH", "SCRAM-SHA-256 " + base64.b64encode(b"n,," + bare).decode())
    first = base64.b64decode(text)
    assert code == 334
    parts = dict(word.split(b"=", 1) for word in first.split(b","))
    salted = hashlib.pbkdf2_hmac("sha256", b"secret", base64.b64decode(parts[b"s"]), int(parts[b"i"]))
    key, final = hmac.digest(salted, b"Client Key", "sha256"), b"c=biws,r=" + parts[b"r"]
    message = b",".join([bare, first, final])
    signature = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True)))
    code, text = client.docmd(base64.b64encode(final + b",p=" + proof).decode())
    server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
    assert (code, base64.b64decode(text)) == (334, b"v=" + base64.b64encode(server))
    assert client.docmd("")[0] == 235


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
            scram(client)
        with connect() as client:
            client.user, client.password = "user@localhost", "wrong"
            with pytest.raises(smtplib.SMTPAuthenticationError) as failed:
                client.auth("PLAIN", client.auth_plain)
            assert failed.value.smtp_code == 535
            assert client.docmd("AUTH", "PLAIN !!!")[0] in (501, 535)
            assert client.docmd("AUTH", "PLAIN " + base64.b64encode(b"\0user@localhost\0secret").decode())[0] == 235
    mail.wait_log(r"auth failed rip=127\.0\.0\.1 user=<user@localhost> method=PLAIN service=smtp")


DOVECOT = """\
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols =
ssl = no
default_internal_user = dovecot
default_login_user = dovenull
auth_mechanisms = plain login cram-md5 scram-sha-256
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = {base}/users
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={base}/home/%n
}}
"""


@pytest.fixture
def dovecot():
    """A real Dovecot's authentication service; the path of its socket."""
    need_root()
    base = Path(tempfile.mkdtemp(prefix="dovecot-auth-"))
    base.chmod(0o755)
    (base / "conf").write_text(DOVECOT.format(base=base))
    (base / "users").write_text("bob:{PLAIN}secret\n")
    (base / "users").chmod(0o644)
    process = subprocess.Popen([need("dovecot"), "-F", "-c", str(base / "conf")], stdin=subprocess.DEVNULL)
    try:
        path = base / "run" / "auth-client"
        eventually(path.exists, 20)
        yield str(path)
    finally:
        process.terminate()
        process.wait(15)
        shutil.rmtree(base, ignore_errors=True)


def test_our_client_asks_dovecot(dovecot):
    client = AuthClient(dovecot, connect_timeout=10.0, answer_timeout=10.0)
    about = About("smtp", "192.0.2.1", 1234, "192.0.2.2", 25, secured=True, session="abc")
    names = client.mechanisms(secured=True)
    assert {b"PLAIN", b"LOGIN", b"CRAM-MD5", b"SCRAM-SHA-256"} <= set(names) and b"PLAIN" not in client.mechanisms(
        secured=False
    )
    assert client.start(b"PLAIN", b"\0bob\0secret", about)[1].user == "bob"
    assert client.start(b"PLAIN", b"\0bob\0wrong", about)[1].code == "AUTHENTICATIONFAILED"
    exchange, verdict = client.start(b"LOGIN", None, about)
    assert (verdict.state, verdict.data) == ("continue", b"Username:")
    assert exchange.respond(b"bob").data == b"Password:" and exchange.respond(b"secret").state == "ok"
    exchange, verdict = client.start(b"CRAM-MD5", None, about)
    digest = hmac.new(b"secret", verdict.data, "md5").hexdigest().encode()
    assert exchange.respond(b"bob " + digest).user == "bob"
    exchange, verdict = client.start(b"LOGIN", None, about)
    exchange.abort()
    assert client.start(b"PLAIN", b"\0bob\0secret", about)[1].state == "ok"
    client.close()
