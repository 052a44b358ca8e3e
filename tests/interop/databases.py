"""databases - a directory and databases for authd, each a server of its own on loopback, with users in it.

with Postgres() as server:
    server.load("CREATE TABLE ...")
    server.pause()                  # it is there, and does not answer
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from harness import eventually, free_port
from peers import PATH, need

from tests.certs import certificate

# The mail system's own password.
SECRET = "of-the-mail-system"


class Server:
    """One process in the foreground, in a folder of its own; `owner` runs it when root may not."""

    owner = ""

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="pymaster-db-"))
        self.base.chmod(0o755)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        if self.user():
            os.chown(self.base, self.user()["user"], self.user()["group"])

    def user(self) -> dict[str, Any]:
        if not self.owner or os.getuid() != 0:
            return {}
        found = pwd.getpwnam(self.owner)
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}

    def run(self, *command: str, stdin: str = "") -> str:
        """A command of the server's; AssertionError with what it said when it fails."""
        done = subprocess.run(
            command,
            input=stdin.encode(),
            capture_output=True,
            timeout=60,
            cwd=self.base,
            env=self.environment(),
            **self.user(),
        )
        assert done.returncode == 0, f"{command}: {done.stdout!r} {done.stderr!r}"
        return done.stdout.decode()

    def environment(self) -> dict[str, str]:
        return {"PATH": PATH, "HOME": str(self.base), "LC_ALL": "C.UTF-8"}

    def command(self) -> list[str]:
        """What starts it."""
        raise NotImplementedError

    def start(self) -> None:
        with (self.base / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.base, env=self.environment(),
                **self.user(),
            )  # fmt: skip
        try:
            eventually(self.answers, 30)
        except AssertionError:
            raise AssertionError((self.base / "log").read_text(errors="replace")) from None

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2):
                return True
        except OSError:
            assert self.process is not None and self.process.poll() is None, (self.base / "log").read_text()
            return False

    def pids(self) -> list[int]:
        """The process and its children."""
        assert self.process is not None
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *[int(child) for child in children]]

    def pause(self) -> None:
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.resume()
            self.process.send_signal(self.ending)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        self.process = None

    ending = signal.SIGTERM

    def __enter__(self) -> "Server":
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.base, ignore_errors=True)


class Directory(Server):
    """slapd with the people of `ldif` below dc=test. `port` is ldap's (with StartTLS), `tls` ldaps's. It reads passwords to
    nobody but cn=mail,dc=test."""

    CONF = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {base}/pid
TLSCertificateFile {pem}.crt
TLSCertificateKeyFile {pem}.key
database mdb
suffix dc=test
rootdn cn=root,dc=test
directory {base}/data
index uid,mail eq
access to attrs=userPassword by dn.exact=cn=mail,dc=test read by anonymous auth by * none
access to * by dn.exact=cn=mail,dc=test read by users read by * none
"""
    TOP = f"""\
dn: dc=test
objectClass: domain
dc: test

dn: ou=people,dc=test
objectClass: organizationalUnit
ou: people

dn: cn=mail,dc=test
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: mail
userPassword: {SECRET}

"""

    def __init__(self, ldif: str) -> None:
        self.slapd = need("slapd")
        super().__init__()
        self.tls = free_port()
        (self.base / "data").mkdir()
        conf = self.base / "slapd.conf"
        conf.write_text(self.CONF.format(base=self.base, pem=certificate("localhost")))
        (self.base / "ldif").write_text(self.TOP + ldif)
        self.run(need("slapadd"), "-f", str(conf), "-l", str(self.base / "ldif"))

    def command(self) -> list[str]:
        # 127.0.0.2 is not in its certificate.
        urls = f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.tls} ldaps://127.0.0.2:{self.tls}"
        return [self.slapd, "-h", urls, "-f", str(self.base / "slapd.conf"), "-d", "0"]


class Database(Server):
    """A database `mail` of a user `mail`."""

    driver = ""

    def load(self, statements: str, database: str = "mail") -> str:
        """Run statements as its administrator; what they print."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make user and database."""
        raise NotImplementedError

    def start(self) -> None:
        super().start()
        if not self.prepared:
            self.prepare()
            self.prepared = True

    prepared = False

    def connect(self) -> str:
        """The setting `connect` of authd's."""
        return f"host=127.0.0.1 port={self.port} user=mail password={SECRET} dbname=mail"


class Postgres(Database):
    """PostgreSQL."""

    driver = "pgsql"

    owner = "postgres"
    # Fast: its clients are not waited for.
    ending = signal.SIGINT

    def __init__(self) -> None:
        need("pg_ctlcluster")
        super().__init__()
        self.bin = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        (self.base / "password").write_text("root")
        self.run(
            f"{self.bin}/initdb", "-D", f"{self.base}/data", "-U", "postgres", "-A", "scram-sha-256", "--no-sync",
            "--no-instructions", f"--pwfile={self.base}/password", "-E", "UTF8",
        )  # fmt: skip

    def command(self) -> list[str]:
        options = {"fsync": "off", "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.base)}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return [f"{self.bin}/postgres", "-D", f"{self.base}/data", "-p", str(self.port), *words]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"PGPASSWORD": "root"}

    def answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, (self.base / "log").read_text()
        ready = [f"{self.bin}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, timeout=10).returncode == 0

    def load(self, statements: str, database: str = "mail") -> str:
        return self.run(
            f"{self.bin}/psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", str(self.base), "-p", str(self.port), "-U", "postgres",
            database, stdin=statements,
        )  # fmt: skip

    def prepare(self) -> None:
        self.load(f"CREATE USER mail PASSWORD '{SECRET}';\nCREATE DATABASE mail;", "postgres")


class Maria(Database):
    """MariaDB."""

    driver = "mysql"

    owner = "mysql"

    def __init__(self) -> None:
        self.server = need("mariadbd")
        super().__init__()
        self.run(
            need("mariadb-install-db"), "--no-defaults", f"--datadir={self.base}/data", "--skip-test-db",
            "--auth-root-authentication-method=normal", "--innodb-flush-method=nosync",
        )  # fmt: skip

    def command(self) -> list[str]:
        return [
            self.server, "--no-defaults", f"--datadir={self.base}/data", f"--socket={self.base}/socket", "--bind-address=127.0.0.1",
            f"--port={self.port}", f"--pid-file={self.base}/pid", "--innodb-flush-method=nosync", "--skip-name-resolve",
        ]  # fmt: skip

    def load(self, statements: str, database: str = "mail") -> str:
        command = [need("mariadb"), "--no-defaults", f"--socket={self.base}/socket", "-u", "root", "-N", database]
        return self.run(*command, stdin=statements)

    def prepare(self) -> None:
        self.load(
            f"CREATE DATABASE mail; CREATE USER mail@'%' IDENTIFIED BY '{SECRET}'; GRANT ALL ON mail.* TO mail@'%';",
            "mysql",
        )
