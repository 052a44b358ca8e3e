"""auth - the parts of pymaster(1) about logins: `pw`, `auth test`, `auth flush`, `user`, `app-password`.

Passwords are read from a terminal without being shown, or as one line of standard input; never from the command line,
which everybody on the machine can see.
"""

from __future__ import annotations

import getpass
import json
import os
import pwd
import socket
import sys
import time
from collections.abc import Sequence

from pymaster.commands.aligned import aligned
from pymaster.config.params.auth import AuthParams
from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.authtask import TEMPORARY
from pymaster.model.mailplace import MailPlace
from pymaster.rules.auth.dovecotproto import BadLine, Line, Lines, base64_out, build
from pymaster.rules.auth.username import BadName, Names
from pymaster.rules.mailplaces import MailPlaces, NoMail
from pymaster.store.passdb import chain, schemes
from pymaster.store.passdb.apppasswords import AppPasswords, Bad
from pymaster.tables import TableSet
from pymaster.util import passwd
from pymaster.util.errors import Fatal, LookupFailed
from pymaster.util.text import printable

SOCKET = "private/auth"
# A failure is told late, to whoever asks.
TIMEOUT = 60.0
MAX_INPUT = 4096


def secret(prompt: str, *, twice: bool = False) -> bytes:
    """A password from the terminal or from standard input; raises Fatal for an empty one."""
    if sys.stdin.isatty():
        typed = getpass.getpass(prompt)
        if twice and getpass.getpass("Once more: ") != typed:
            raise Fatal("the two are not the same")
        found = typed.encode("utf-8", "surrogateescape")
    else:
        found = sys.stdin.buffer.readline(MAX_INPUT).rstrip(b"\r\n")
    if not found or b"\0" in found:
        raise Fatal("no password")
    return found


def pw(scheme: str) -> int:
    """Print a password as passwd-file and SQL want it."""
    try:
        print(schemes.make(scheme or schemes.DEFAULT, secret("Password: ", twice=True)))
    except schemes.BadScheme as exc:
        raise Fatal(str(exc)) from None
    except ImportError as exc:
        raise Fatal(f"the package {exc.name} is not installed") from None
    return 0


def test(snapshot: Snapshot, user: str, service: str) -> int:
    """Ask the running authd, as a server would; 0 when the user may log in."""
    word = base64_out(b"\0" + user.encode("utf-8", "surrogateescape") + b"\0" + secret("Password: "))
    fields = [(b"service", (service or "imap").encode()), (b"resp", word)]
    line = _asked(snapshot, build(b"AUTH", 1, b"PLAIN", b"secured", b"nologin", fields=fields))
    name = line.text(b"user") or user
    if line.verb == b"OK":
        print(f"{name}: login ok (service {service or 'imap'})")
        return 0
    why = "nobody knows just now" if b"temp" in line.words else "login failed"
    reason = printable(line.text(b"reason")) or "the log of authd says why"
    print(f"{name}: {'password expired' if b'pass_expired' in line.words else why}: {reason}", file=sys.stderr)
    return 1


def flush(snapshot: Snapshot, names: Sequence[str]) -> int:
    """Have authd forget remembered logins, all or some users'."""
    line = _asked(snapshot, build(b"CACHE-FLUSH", 1, *[name.encode("utf-8", "surrogateescape") for name in names]))
    count = printable(line.words[0]) if line.words else "?"
    print(f"{count} remembered login{'' if count == '1' else 's'} forgotten")
    return 0


def _asked(snapshot: Snapshot, text: bytes) -> Line:
    """The answer to question number 1 of the running authd; raises Fatal."""
    path = os.path.join(snapshot[CoreParams].queue_directory, SOCKET)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(TIMEOUT)
        try:
            sock.connect(path)
            sock.sendall(build(b"VERSION", 1, 2) + build(b"CPID", os.getpid()) + text)
            lines = Lines()
            while data := sock.recv(65536):
                for line in lines.feed(data):
                    if line.verb in (b"OK", b"FAIL", b"CONT") and line.number == 1:
                        return line
        except PermissionError:
            raise Fatal(f"{path}: only the user who runs the mail system may ask") from None
        except (OSError, BadLine) as exc:
            raise Fatal(f"{path}: {getattr(exc, 'strerror', '') or exc}: is authd running?") from None
    raise Fatal(f"{path}: the connection was closed")


def lookup(snapshot: Snapshot, name: str) -> MailPlace | None:
    """Where a user's mail lies, by the configuration alone; None for an unknown user. Raises Fatal, ConfigError."""
    params = snapshot[AuthParams]
    try:
        user = Names(frozenset(params.auth_username_chars), params.auth_username_lower).clean(name)
        found = chain.build_all(snapshot).lookup(user)
        if found.state == TEMPORARY:
            raise Fatal(f"{name}: {found.reason}")
        tables = TableSet(snapshot, strict=False)
        try:
            return MailPlaces(snapshot, tables.open, passwd.by_name, refused(snapshot)).find(user, found.fields)
        finally:
            tables.close()
    except (BadName, NoMail, LookupFailed) as exc:
        raise Fatal(f"{name}: {exc}") from None


def refused(snapshot: Snapshot) -> frozenset[int]:
    """Uids that own no mail in a mail system that root started."""
    if os.geteuid() != 0:
        return frozenset()
    try:
        return frozenset([pwd.getpwnam(snapshot[CoreParams].mail_owner).pw_uid])
    except KeyError:
        return frozenset()


def user(snapshot: Snapshot, names: Sequence[str], *, as_json: bool) -> int:
    """Print where users' mail lies; 1 when one of them is unknown."""
    found = {name: lookup(snapshot, name) for name in names}
    if as_json:
        fields = MailPlace.__annotations__
        rows = {name: {key: getattr(place, key) for key in fields} if place else None for name, place in found.items()}
        print(json.dumps(rows, indent=2))
        return 0 if all(found.values()) else 1
    for name, place in found.items():
        if place is None:
            print(f"{name}: unknown user", file=sys.stderr)
            continue
        print(f"user     {place.user}")
        for key in ("uid", "gid", "home", "format", "inbox", "folders", "index", "quota", "special"):
            print(f"  {key:8} {getattr(place, key) or '-'}")
    return 0 if all(found.values()) else 1


def app_password(snapshot: Snapshot, words: Sequence[str], scope: str, *, as_json: bool) -> int:
    """`list [USER]`, `add USER NAME`, `revoke USER NAME`."""
    path = snapshot[AuthParams].auth_app_passwords
    if not path:
        raise Fatal("auth_app_passwords is not set")
    keeper = AppPasswords(path)
    try:
        if words[:1] == ["list"] and len(words) <= 2:
            return _list(keeper, words[1] if len(words) == 2 else "", as_json=as_json)
        if words[:1] == ["add"] and len(words) == 3:
            scopes = tuple(scope.split(",")) if scope else ("*",)
            print(keeper.add(words[1], words[2], scopes))
            return 0
        if words[:1] == ["revoke"] and len(words) == 3:
            if not keeper.revoke(words[1], words[2]):
                raise Fatal(f"{words[1]} has no app password called {words[2]}")
            return 0
    except OSError as exc:
        raise Fatal(f"{path}: {exc.strerror}") from None
    except Bad as exc:
        raise Fatal(str(exc)) from None
    raise Fatal("usage: pymaster app-password list [USER] | add USER NAME [--scope imap,smtp] | revoke USER NAME")


def _list(keeper: AppPasswords, name: str, *, as_json: bool) -> int:
    rows = keeper.entries(name)
    if as_json:
        facts = [
            {"user": row.user, "name": row.name, "scope": row.scope, "created": row.created, "used": row.used or None}
            for row in rows
        ]
        print(json.dumps(facts, indent=2))
        return 0
    cells = [["USER", "NAME", "SCOPE", "CREATED", "LAST USED"]]
    cells += [[row.user, row.name, ",".join(row.scope), _day(row.created), _day(row.used)] for row in rows]
    sys.stdout.write(aligned(cells))
    return 0


def _day(stamp: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(stamp)) if stamp else "never"
