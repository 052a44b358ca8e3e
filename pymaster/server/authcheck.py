"""authcheck - one checker of authd: takes a question off its socket, asks back ends (which may block), answers.

It is a plain process, forked before any hub exists, and does one thing at a time: its front counts on that. It stays root
only where a back end needs it.
"""

from __future__ import annotations

import importlib
import os
import pwd
from collections.abc import Callable
from typing import Any

from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.authtask import (
    DISABLED,
    EXISTS,
    LOOKUP,
    MAX_MESSAGE,
    OK,
    SECRET,
    TEMPORARY,
    TOKEN,
    UNKNOWN,
    VERIFY,
    AuthAnswer,
    AuthReady,
    AuthTask,
)
from pymaster.rules.mailplaces import MailPlaces, NoMail
from pymaster.store.passdb import chain
from pymaster.store.passdb.contract import Client, Found
from pymaster.tables import TableSet
from pymaster.util import log, passwd
from pymaster.util.errors import ConfigError, LookupFailed
from pymaster.util.record import BadRecord


class Checker:
    """The back ends of one configuration, and the user lookup."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Raises ConfigError."""
        self.snapshot = snapshot
        self.chain = chain.build_all(snapshot)
        self.masters = chain.build_all(snapshot, master=True)
        for backend in (*self.chain.backends, *self.masters.backends):
            for name in backend.modules:
                load(name)
        self.owner = _owner(snapshot)
        self.tables = TableSet(snapshot, renewing=True)
        refused = frozenset([self.owner[0]]) if self.owner and os.geteuid() == 0 else frozenset[int]()
        self.places = MailPlaces(snapshot, self.tables.open, passwd.by_name, refused)
        self.tokens: Any = None
        self._verbs: dict[str, Callable[[AuthTask], AuthAnswer]] = {
            VERIFY: self.verify,
            SECRET: self.secret,
            TOKEN: self.token,
            EXISTS: self.exists,
            LOOKUP: self.lookup,
        }

    def drop(self) -> None:
        """Give up root unless a back end needs it."""
        if os.geteuid() != 0 or self.owner is None:
            return
        uid, gid = self.owner
        backends = [*self.chain.backends, *self.masters.backends]
        os.setgroups([])
        if any(backend.needs_root for backend in backends):
            return
        files = [name for backend in backends for name in backend.files]
        os.setegid(gid)
        os.seteuid(uid)
        readable = all(os.access(name, os.R_OK, effective_ids=True) for name in files)
        os.seteuid(0)
        os.setegid(0)
        if readable:
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)

    def answer(self, task: AuthTask) -> AuthAnswer:
        """The answer to one question; never raises."""
        verb = self._verbs.get(task.verb)
        if verb is None:
            return AuthAnswer(task.number, TEMPORARY, {}, reason=f"unknown verb {task.verb}")
        try:
            return verb(task)
        except LookupFailed as exc:
            log.warning(f"user lookup: {exc}")
            return AuthAnswer(task.number, TEMPORARY, {}, reason=str(exc))
        except Exception as exc:
            # A back end's library may raise anything; the next question is another one. No text: it may hold secrets.
            log.error(f"{task.verb} for {task.user}: unexpected {type(exc).__name__} in {_place(exc)}")
            return AuthAnswer(task.number, TEMPORARY, {}, reason="internal error")

    def verify(self, task: AuthTask) -> AuthAnswer:
        """A password."""
        client = Client(task.service, task.address)
        if task.master:
            return _told(task, self.masters.verify(task.user, task.value, client))
        found = self.chain.verify(task.user, task.value, client)
        if found.state == OK and "app" in found.fields:
            # It must not outlive the user, nor open a door that is shut.
            return _told(task, self.admitted(found, self.standing(task.user)))
        return _told(task, found)

    def secret(self, task: AuthTask) -> AuthAnswer:
        """A stored secret."""
        return _told(task, self.chain.secret(task.user, task.scheme, task.value))

    def token(self, task: AuthTask) -> AuthAnswer:
        """A bearer token."""
        from pymaster.store.passdb.tokens import Tokens

        if self.tokens is None:
            self.tokens = Tokens(self.snapshot)
        found = self.tokens.verify(task.user, task.value)
        if found.state != OK:
            return _told(task, found)
        standing = self.chain.standing(found.fields["user"])
        # Whom the issuer knows need not be known here: who only sends has no mail place.
        return _told(task, found if standing.state == UNKNOWN else self.admitted(found, standing))

    def exists(self, task: AuthTask) -> AuthAnswer:
        """Whether there is such a user: one whom a certificate proves, or (`master`) whom a master wants to be, which being
        shut out does not prevent."""
        if task.master:
            return _told(task, self.known(task.user))
        return _told(task, self.admitted(self.known(task.user), self.standing(task.user)))

    def known(self, user: str) -> Found:
        """OK for a user of whom a back end or the mail system knows something besides a password."""
        found = self.chain.lookup(user)
        if found.state in (TEMPORARY, DISABLED):
            return found
        known = found.state == OK or self.places.find(user, {}) is not None
        return Found(OK) if known else Found(UNKNOWN, "unknown user")

    def standing(self, user: str) -> Found:
        """The chain's word, and where no back end knows the user that of the user lookup."""
        found = self.chain.standing(user)
        return self.known(user) if found.state == UNKNOWN else found

    @staticmethod
    def admitted(found: Found, standing: Found) -> Found:
        """What proved the user, unless the user is shut out; `allow_nets` holds for every proof."""
        if found.state != OK or standing.state != OK:
            return standing if found.state == OK else found
        nets = {"allow_nets": standing.fields["allow_nets"]} if "allow_nets" in standing.fields else {}
        return Found(OK, fields=found.fields | nets)

    def lookup(self, task: AuthTask) -> AuthAnswer:
        """Where the user's mail lies."""
        found = self.chain.lookup(task.user)
        if found.state == TEMPORARY:
            return _told(task, found)
        try:
            place = self.places.find(task.user, found.fields)
        except NoMail as exc:
            log.warning(f"user {task.user}: {exc}")
            return AuthAnswer(task.number, TEMPORARY, {}, task.user, str(exc))
        if place is None:
            return AuthAnswer(task.number, UNKNOWN, {}, task.user, "unknown user")
        return AuthAnswer(task.number, OK, {}, task.user, place=place.pack())

    def serve(self, sock: Any) -> None:
        """Answer until the front is gone. `sock` is a blocking SOCK_SEQPACKET socket."""
        sock.send(AuthReady(os.getpid()).pack())
        while data := sock.recv(MAX_MESSAGE):
            try:
                task = AuthTask.unpack(data)
            except BadRecord:
                return
            answer = self.answer(task).pack()
            if len(answer) > MAX_MESSAGE:
                answer = AuthAnswer(task.number, TEMPORARY, {}, reason="answer too large").pack()
            sock.send(answer)


def load(name: str) -> None:
    """Import a back end's library; one that cannot be makes its back end alone "nobody knows", each time it is asked."""
    try:
        importlib.import_module(name)
    except ImportError as exc:
        log.error(f"{name}: {exc}")


def _told(task: AuthTask, found: Found) -> AuthAnswer:
    user = found.fields.get("user") or task.user
    return AuthAnswer(
        task.number, found.state, found.fields, user, found.reason, found.secret.encode("utf-8", "surrogateescape")
    )


def _owner(snapshot: Snapshot) -> tuple[int, int] | None:
    try:
        found = pwd.getpwnam(snapshot[CoreParams].mail_owner)
    except KeyError:
        if os.geteuid() == 0:
            raise ConfigError(f"mail_owner {snapshot[CoreParams].mail_owner}: no such user") from None
        return None
    return found.pw_uid, found.pw_gid


def _place(exc: BaseException) -> str:
    trace = exc.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"
