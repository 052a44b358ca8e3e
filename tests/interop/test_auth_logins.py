"""Whole logins through IMAP: users of slapd, PostgreSQL, MariaDB and SQLite and their mail; tokens, certificates, app passwords."""

import base64
import contextlib
import hashlib
import hmac
import imaplib
import json
import os
import poplib
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from databases import SECRET, Directory, Maria, Postgres
from harness import eventually
from reading import Reading

from pymaster.store.passdb import schemes
from tests.certs import certificate

for module in ("ldap3", "psycopg", "pymysql", "cryptography"):
    pytest.importorskip(module)
WORD, KEY = "wonder land", b"k" * 32
LDIF = """\
dn: uid=lea,ou=people,dc=test
objectClass: inetOrgPerson
objectClass: posixAccount
cn: lea
sn: lea
uid: lea
uidNumber: {uid}
gidNumber: {gid}
homeDirectory: {base}/mail/homes/lea
userPassword: {ssha}

"""
TABLE = """\
CREATE TABLE users (name VARCHAR(200), password VARCHAR(300), mail VARCHAR(200), uid INTEGER, gid INTEGER);
INSERT INTO users VALUES ('{name}', '{stored}', 'maildir:{base}/mail/elsewhere/%n', {uid}, {gid});
INSERT INTO users VALUES ('scram{name}', '{scram}', 'mbox:{base}/mail/boxes/%n:INBOX={base}/mail/%n.box', {uid}, {gid});
"""
QUERIES = """\
password_query = SELECT password FROM users WHERE name = '%n'
user_query = SELECT mail, uid, gid FROM users WHERE name = '%n'
timeout = 2
"""


class Lab:
    """A mail system whose users are in a file, a directory and three databases; each has WORD for a password."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.mail = Reading()
        stack.callback(self.mail.remove)
        owner = [int(self.mail.main[f"virtual_{kind}_maps"].partition(":")[2]) for kind in ("uid", "gid")]
        self.facts = {
            "base": self.mail.base,
            "uid": owner[0],
            "gid": owner[1],
            "ssha": schemes.make("SSHA", WORD.encode()),
        }
        self.directory = stack.enter_context(Directory(LDIF.format(**self.facts)))
        self.postgres, self.maria = stack.enter_context(Postgres()), stack.enter_context(Maria())
        self.postgres.load(self.table("pia") + "GRANT ALL ON users TO mail;")
        self.maria.load(self.table("mia"))
        database = sqlite3.connect(self.mail.base / "etc/users.db")
        database.executescript(self.table("lia"))
        database.close()
        authority = self.file("authority.pem", Path(f"{certificate('localhost')}.crt").read_text())
        words = ["passwd-file:" + str(self.mail.users)]
        words.append("ldap:" + self.file("ldap.cf", (
            f"uris = ldap://localhost:{self.directory.port}\nstarttls = yes\ntls_ca_file = {authority}\n"
            f"base = ou=people,dc=test\nuser_filter = (uid=%n)\nbind_dn = cn=mail,dc=test\nbind_password = {SECRET}\n"
            "user_attributes = homeDirectory=home, uidNumber=uid, gidNumber=gid\n"
        )))  # fmt: skip
        sqlite = f"driver = sqlite\nconnect = {self.mail.base}/etc/users.db\n{QUERIES}"
        words.append("sql:" + self.file("sqlite.cf", sqlite))
        # Last comes the one that hangs in a test: it must not hold up those before it.
        for server in (self.maria, self.postgres):
            text = f"driver = {server.driver}\nconnect = {server.connect()}\n{QUERIES}"
            words.append("sql:" + self.file(f"{server.driver}.cf", text))
        self.keys = self.mail.base / "etc/keys"
        self.keys.mkdir()
        (self.keys / "shared.secret").write_bytes(KEY)
        for path in [self.mail.base / "etc/users.db", self.keys, self.keys / "shared.secret"]:
            os.chown(path, self.mail.uid, self.mail.gid)
        self.mail.main |= {
            "auth_passdb": ", ".join(words),
            "auth_mechanisms": "plain, login, scram-sha-256, external, oauthbearer, xoauth2",
            "auth_failure_delay": "0",
            "auth_oauth2_key_directory": str(self.keys),
            "auth_oauth2_issuers": "https://issuer.test",
            "imapd_tls_CAfile": self.file("clients.pem", Path(f"{certificate('user@localhost')}.crt").read_text()),
            "auth_worker_processes": "4",
        }
        self.server, self.user = certificate("localhost"), certificate("user@localhost")
        self.mail.main["imapd_tls_chain_files"] = self.file("server.pem", self.server.read_text())
        self.mail.write()
        stack.enter_context(self.mail)

    def table(self, name: str) -> str:
        scram = schemes.make("SCRAM-SHA-256", WORD.encode())
        return TABLE.format(name=name, stored=schemes.make("SSHA256", WORD.encode()), scram=scram, **self.facts)

    def file(self, name: str, text: str) -> str:
        path = self.mail.base / "etc" / name
        path.write_text(text)
        path.chmod(0o600)
        os.chown(path, self.mail.uid, self.mail.gid)
        return str(path)

    def imap(self) -> imaplib.IMAP4:
        return imaplib.IMAP4("127.0.0.1", self.mail.imap, 30)

    def imaps(self, own: Path | None = None) -> imaplib.IMAP4_SSL:
        context = ssl.create_default_context(cafile=f"{self.server}.crt")
        if own is not None:
            context.load_cert_chain(str(own))
        return imaplib.IMAP4_SSL("localhost", self.mail.imaps, ssl_context=context, timeout=30)

    def login(self, user: str, password: str = WORD) -> str:
        """`ok`, or what the server says."""
        client = self.imap()
        try:
            client.login(f'"{user}"', password)
            return "ok"
        except imaplib.IMAP4.error as exc:
            return str(exc)
        finally:
            client.shutdown()


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with contextlib.ExitStack() as stack:
        made = Lab(stack)
        yield made


def put(client: imaplib.IMAP4, text: str) -> bytes:
    """Leave a message in the INBOX, and read it there."""
    client.append("INBOX", "", "", f"Subject: {text}\r\n\r\nhello\r\n".encode())
    client.select("INBOX")
    found = client.fetch("*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1][0]
    assert isinstance(found, tuple)
    return found[1]


@pytest.mark.parametrize(
    ("user", "place"),
    [
        ("lea@localhost", "homes/lea/Maildir/new"),
        ("lia@localhost", "elsewhere/lia/new"),
        ("mia@localhost", "elsewhere/mia/new"),
        ("pia@localhost", "elsewhere/pia/new"),
        ("scrampia@localhost", "scrampia.box"),
    ],
)
def test_mail_is_where_the_back_end_says(lab: Lab, user: str, place: str) -> None:
    with lab.imap() as client:
        client.login(user, WORD)
        assert put(client, user) == f"Subject: {user}\r\n\r\n".encode()
    path = lab.mail.base / "mail" / place
    files = list(path.parent.glob("*/*")) if path.name == "new" else [path]
    assert any(f"Subject: {user}".encode() in file.read_bytes() for file in files if file.is_file())
    assert "AUTHENTICATIONFAILED" in lab.login(user, "wonder")


def test_what_a_user_says_of_himself_is_no_query(lab: Lab) -> None:
    for user in ("' OR 1=1 -- ", "*", "lea)(uid=*", "pia' --", "%u", "pia@localhost' OR '1'='1"):
        assert "AUTHENTICATIONFAILED" in lab.login(user), user


def scram(client: imaplib.IMAP4, user: str, password: str) -> None:
    """A login by SCRAM-SHA-256 (RFC 5802), that wants the server's proof, too; AssertionError when that is wrong."""
    bare, said = f"n={user},r=abc", {}

    def answer(challenge: bytes) -> bytes | None:
        if not challenge:
            return f"n,,{bare}".encode()
        parts = dict(word.split("=", 1) for word in challenge.decode().split(","))
        if "v" in parts:
            said["server"] = parts["v"]
            return b""
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(parts["s"]), int(parts["i"]))
        final = f"c=biws,r={parts['r']}"
        message = f"{bare},{challenge.decode()},{final}".encode()
        key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True))).decode()
        server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
        said["wanted"] = base64.b64encode(server).decode()
        return f"{final},p={proof}".encode()

    client.authenticate("SCRAM-SHA-256", answer)
    assert said["server"] == said["wanted"]


def test_scram_with_keys_in_databases(lab: Lab) -> None:
    for user in ("scrampia@localhost", "scrammia@localhost", "user@localhost"):
        with lab.imap() as client:
            scram(client, user, Reading.PASSWORD if user.startswith("user") else WORD)
            assert client.select("INBOX")[0] == "OK"
    # A wrong password, keys in another form, and nobody: they look alike.
    for user, password in (("scrampia@localhost", "wonder"), ("pia@localhost", WORD), ("nobody@localhost", WORD)):
        with lab.imap() as client, pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            scram(client, user, password)


def test_a_clients_certificate(lab: Lab) -> None:
    with lab.imaps(lab.user) as client:
        assert "AUTH=EXTERNAL" in client.capabilities
        client.authenticate("EXTERNAL", lambda _: b"")
        assert put(client, "by certificate") == b"Subject: by certificate\r\n\r\n"
    with lab.imaps(lab.user) as client, pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.authenticate("EXTERNAL", lambda _: b"lea@localhost")
    with lab.imaps() as client:
        assert "AUTH=EXTERNAL" not in client.capabilities and "AUTH=PLAIN" in client.capabilities
        with pytest.raises(imaplib.IMAP4.error, match=r"(?i)auth|mechanism"):
            client.authenticate("EXTERNAL", lambda _: b"user@localhost")
        client.login("user@localhost", Reading.PASSWORD)
    # A certificate that nobody vouches for ends the connection.
    with pytest.raises((ssl.SSLError, OSError, imaplib.IMAP4.error)):
        lab.imaps(certificate("lea@localhost")).noop()
    assert not any(word.startswith(b"AUTH=EXTERNAL") for word in capability(lab))


def capability(lab: Lab) -> list[bytes]:
    """What is offered in clear."""
    with lab.imap() as client:
        return [word.encode() for word in client.capabilities]


def signed(claims: dict[str, object], header: dict[str, str], sign: Callable[[bytes], bytes]) -> str:
    """A JWT (RFC 7519)."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    body = b".".join(parts)
    return (body + b"." + base64.urlsafe_b64encode(sign(body)).rstrip(b"=")).decode()


def test_tokens(lab: Lab) -> None:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    pair = ec.generate_private_key(ec.SECP256R1())
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    (lab.keys / "curve.pem").write_bytes(pair.public_key().public_bytes(serialization.Encoding.PEM, spki))

    def curve(body: bytes) -> bytes:
        r, s = utils.decode_dss_signature(pair.sign(body, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def shared(body: bytes) -> bytes:
        return hmac.digest(KEY, body, "sha256")

    claims = {"iss": "https://issuer.test", "email": "pia@localhost", "exp": int(time.time()) + 600}
    good = signed(claims, {"alg": "HS256", "kid": "shared"}, shared)
    curved = signed(claims, {"alg": "ES256", "kid": "curve"}, curve)
    for token in (good, curved):
        for mechanism, word in (
            ("OAUTHBEARER", f"n,a=pia@localhost,\1host=x\1auth=Bearer {token}\1\1"),
            ("OAUTHBEARER", f"n,,\1auth=Bearer {token}\1\1"),
            ("XOAUTH2", f"user=pia@localhost\1auth=Bearer {token}\1\1"),
        ):
            with lab.imap() as client:
                client.authenticate(mechanism, lambda _, word=word: word.encode())
                assert put(client, mechanism) == f"Subject: {mechanism}\r\n\r\n".encode()
    bad = [
        signed(claims | {"exp": int(time.time()) - 600}, {"alg": "HS256", "kid": "shared"}, shared),
        signed(claims | {"iss": "https://other.test"}, {"alg": "HS256", "kid": "shared"}, shared),
        signed(claims | {"email": "mia@localhost"}, {"alg": "HS256", "kid": "shared"}, shared),
        signed(claims, {"alg": "none", "kid": "shared"}, lambda _: b"x"),
        signed(claims, {"alg": "HS256", "kid": "curve"}, shared),
        good[:-4] + "AAAA",
    ]
    for token in bad:
        said: list[bytes] = []

        def answer(challenge: bytes, token: str = token, said: list[bytes] = said) -> bytes:
            said.append(challenge)
            return b"\1" if challenge else f"n,a=pia@localhost,\1auth=Bearer {token}\1\1".encode()

        with lab.imap() as client, pytest.raises(imaplib.IMAP4.error):
            client.authenticate("OAUTHBEARER", answer)
    log = lab.mail.log_text()
    assert "method=OAUTHBEARER service=imap reason=token: wrong signature" in log and good not in log


def test_app_passwords(lab: Lab) -> None:
    made = lab.mail.command("pymaster", "app-password", "add", "pia@localhost", "phone", "--scope", "imap")
    assert made.returncode == 0, made.stderr
    password = made.stdout.decode().strip().split("\n")[-1].strip()
    with lab.imap() as client:
        client.login("pia@localhost", password)
        assert put(client, "by phone") == b"Subject: by phone\r\n\r\n"
    assert lab.login("pia@localhost", password.replace("-", " ")) == "ok" and lab.login("pia@localhost") == "ok"
    pop = poplib.POP3("127.0.0.1", lab.mail.pop3, 30)
    pop.user("pia@localhost")
    with pytest.raises(poplib.error_proto):
        pop.pass_(password)
    pop.close()
    assert "AUTHENTICATIONFAILED" in lab.login("mia@localhost", password)
    listed = lab.mail.command("pymaster", "app-password", "list", "pia@localhost").stdout
    assert b"phone" in listed and password.encode() not in listed
    assert lab.mail.command("pymaster", "app-password", "revoke", "pia@localhost", "phone").returncode == 0
    eventually(lambda: "AUTHENTICATIONFAILED" in lab.login("pia@localhost", password), 10, 0.1)


def test_what_is_remembered_can_be_forgotten(lab: Lab) -> None:
    new = schemes.make("SSHA256", b"another word")
    assert lab.login("mia@localhost") == "ok"
    lab.maria.load(f"UPDATE users SET password = '{new}' WHERE name = 'mia';")
    assert lab.login("mia@localhost") == "ok"
    assert lab.mail.command("pymaster", "auth", "flush", "mia@localhost").returncode == 0
    assert "AUTHENTICATIONFAILED" in lab.login("mia@localhost")
    assert lab.login("mia@localhost", "another word") == "ok"
    old = schemes.make("SSHA256", WORD.encode())
    lab.maria.load(f"UPDATE users SET password = '{old}' WHERE name = 'mia';")
    assert lab.mail.command("pymaster", "auth", "flush").returncode == 0
    assert lab.login("mia@localhost") == "ok"


def test_a_database_that_hangs_holds_up_its_own_users_only(lab: Lab) -> None:
    lab.mail.command("pymaster", "auth", "flush")
    lab.postgres.pause()
    try:
        said: list[str] = []
        threads = [threading.Thread(target=lambda: said.append(lab.login("pia@localhost"))) for _ in range(3)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(lab.mail.workers("authd")) >= 1)
        for user, password in (("user@localhost", Reading.PASSWORD), ("lea@localhost", WORD), ("lia@localhost", WORD)):
            began = time.monotonic()
            assert lab.login(user, password) == "ok"
            assert time.monotonic() - began < 1.5
        for thread in threads:
            thread.join(20)
        assert len(said) == 3 and all("UNAVAILABLE" in text for text in said)
        # More of them than there are checkers: others wait for one time-out, and not for all.
        threads = [threading.Thread(target=lab.login, args=("pia@localhost",)) for _ in range(16)]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        assert lab.login("lia@localhost") == "ok"
        assert time.monotonic() - began < 4
        for thread in threads:
            thread.join(20)
    finally:
        lab.postgres.resume()
    eventually(lambda: lab.login("pia@localhost") == "ok", 15, 0.1)


def test_a_database_that_is_down_is_no_wrong_password(lab: Lab) -> None:
    lab.postgres.stop()
    lab.mail.command("pymaster", "auth", "flush")
    assert "UNAVAILABLE" in lab.login("pia@localhost")
    assert lab.login("lea@localhost") == "ok"
    # Nobody can say of an unknown user that there is none.
    assert "UNAVAILABLE" in lab.login("nobody@localhost")
    lab.postgres.start()
    eventually(lambda: lab.login("pia@localhost") == "ok", 15, 0.1)
    lab.mail.wait_log(r"auth deferred rip=127\.0\.0\.1 user=<pia@localhost> method=PLAIN")
