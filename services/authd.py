"""NAME
    authd - check passwords, for POP3, IMAP and SMTP

SYNOPSIS
    auth unix - - n - - authd

DESCRIPTION
    Asks the back ends of auth_passdb in order whether a user and a password belong together, and tells where the mail of
    a user lies. It offers the SASL mechanisms of auth_mechanisms; a mechanism that needs a secret in a special form
    (CRAM-MD5, APOP: in clear; SCRAM-*: its keys, or in clear) works for users whose secret is stored so.

    Where the mail of a user lies is decided by the parameters with which local(8) and virtual(8) deliver it (home_mailbox,
    mail_spool_directory, virtual_mailbox_maps and its kin), unless a back end says it.

    What was right a moment ago is remembered (auth_cache_ttl), so that a webmail's logins cost no hashing. Failures are
    told late, and a network that guesses waits longer each time (auth_failure_delay).

PROTOCOL
    Dovecot's authentication protocol, version 1.2, on a unix socket: what Postfix (smtpd_sasl_type = dovecot,
    smtpd_sasl_path = private/auth) and Exim speak. Root may also ask REQUEST, USER and CACHE-FLUSH there, as on Dovecot's
    master socket.

SECURITY
    The process that speaks is an ordinary one. Passwords are checked in others (auth_worker_processes), which keep root's
    rights only when a back end needs them: PAM, or a file that the mail system's owner may not read. No password is ever
    logged.

DIAGNOSTICS
    auth failed rip=ADDRESS user=<NAME> method=MECHANISM service=SERVICE reason=TEXT

SEE ALSO
    imapd(8), pop3d(8), smtpd(8), postconf(5), Postfix's SASL_README
"""

import os
from collections.abc import Callable
from typing import Any

import gevent

from pymaster.config.params.auth import AuthParams
from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.rules.auth.mechanisms import offered
from pymaster.server import authkeeper
from pymaster.server.authcheck import Checker
from pymaster.server.authconn import Session, Settings
from pymaster.server.authpool import Pool
from pymaster.server.authservice import Front
from pymaster.server.service import Connection, Multi, run
from pymaster.store.passdb import chain, saltkey
from pymaster.tables import TableSet

# Seconds that a process which leaves gives its clients, and what they were told, to be done with.
GRACE = 5.0


class Authd(Multi):
    """authd(8)."""

    name = "authd"
    params = (CoreParams, AuthParams)
    solitary = True
    lasting = True
    min_procs = 1

    def before_jail(self) -> None:
        # A mistake in the configuration is told at once, and not by a checker at the first login.
        backends = [*chain.build_all(self.snapshot).backends, *chain.build_all(self.snapshot, master=True).backends]
        params, core = self.snapshot[AuthParams], self.snapshot[CoreParams]
        self.settings = Settings(offered(params.auth_mechanisms), os.getpid(), core.myhostname)
        self.master_uids = {0} if os.getuid() == 0 else {0, os.geteuid()}
        files = {name for backend in backends for name in backend.files} | {params.auth_app_passwords}
        self.stamps = {name: stamp(name) for name in files if name}
        count = params.auth_worker_processes or max(os.cpu_count() or 1, 4)
        self.ends = authkeeper.launch(checker(self.snapshot), count)

    def start(self) -> None:
        self.tables = TableSet(self.snapshot)
        self.pool = Pool(self.ends)
        key = saltkey.load(os.path.join(self.snapshot[CoreParams].data_directory, "auth-salt"))
        self.front = Front(self.snapshot, self.pool, self.tables.open, key, self.clock)

    def serve(self, conn: Connection) -> None:
        assert conn.spawn is not None
        session = Session(self.front, self.settings, conn.raw, conn.number, conn.spawn, master=self.may_ask(conn))
        conn.on_drain = lambda: conn.spawn and conn.spawn(self.leave, session)
        session.run()

    def may_ask(self, conn: Connection) -> bool:
        """Whether the peer is master's side: root, or whoever runs a rootless mail system."""
        try:
            return conn.peercred()[1] in self.master_uids
        except OSError:
            return False

    def leave(self, session: Session) -> None:
        """End a connection when its answers are given; open tickets are handed on."""
        until = self.clock.monotonic() + GRACE
        while self.clock.monotonic() < until and session.busy:
            gevent.sleep(0.05)
        session.end()

    def every(self) -> dict[float, Callable[[], None]]:
        return {10.0: self.front.sweep, 1.0: self.pool.watch, 2.0: self.look}

    def look(self) -> None:
        """Forget what is remembered when a file of passwords changed: somebody may have been shut out."""
        for name, known in self.stamps.items():
            found = stamp(name)
            if found != known:
                self.stamps[name] = found
                self.front.cache.flush()

    def outdated(self) -> str:
        changed = self.tables.changed()
        return f"table {changed[0]}" if changed else ""

    def drain(self) -> None:
        self.front.tickets.leave()

    def stop(self) -> None:
        self.pool.close()
        self.tables.close()


def stamp(path: str) -> tuple[int, int, int]:
    """What changes when a file does; zeros for one that cannot be seen."""
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0, 0
    return found.st_mtime_ns, found.st_size, found.st_ino


def checker(snapshot: Snapshot) -> Callable[[Any, Callable[[], None]], None]:
    """A checker's life."""

    def work(sock: Any, bind: Callable[[], None]) -> None:
        made = Checker(snapshot)
        made.drop()
        bind()
        made.serve(sock)

    return work


if __name__ == "__main__":
    run(Authd)
