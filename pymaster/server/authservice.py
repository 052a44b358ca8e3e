"""authservice - the front of authd: what a step of a mechanism needs is asked for, from the cache or a checker; penalties.

Everything slow is the checkers' (`authpool`). Whoever calls waits in a greenlet of its own.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from typing import Protocol

import gevent

from pymaster.config.params.auth import AuthParams
from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.authtask import (
    DISABLED,
    EXISTS,
    EXPIRED,
    LOOKUP,
    MISMATCH,
    OK,
    SECRET,
    TEMPORARY,
    TOKEN,
    UNKNOWN,
    VERIFY,
    AuthAnswer,
    AuthTask,
)
from pymaster.model.lookup import OpenMaps
from pymaster.model.mailplace import MailPlace
from pymaster.rules.auth.cache import Cache
from pymaster.rules.auth.mechanism import Ask, Challenge, Mechanism, Passed, Refused, Step
from pymaster.rules.auth.penalty import Penalty
from pymaster.rules.auth.scram import pretence
from pymaster.rules.auth.username import BadName, Names
from pymaster.rules.matchlist import MatchList
from pymaster.server.authtickets import HandedTickets
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock
from pymaster.util.errors import LookupFailed
from pymaster.util.network import BadNetwork, parse_address, parse_network
from pymaster.util.record import BadRecord
from pymaster.util.text import printable

# How a login ended badly, as the protocol's FAIL says it.
FAILED, TEMP, PASS_EXPIRED, USER_DISABLED = "", "temp", "pass_expired", "user_disabled"
_ENDS = {TEMPORARY: TEMP, EXPIRED: PASS_EXPIRED, DISABLED: USER_DISABLED}


class Asks(Protocol):
    """The part of `authpool.Pool` that counts here."""

    def ask(self, task: AuthTask) -> AuthAnswer:
        """The answer to a question. Never raises."""


@dataclass(slots=True)
class Login:
    """One authentication under way. `user` is who it is about, as far as is known; `end` how it failed."""

    mechanism: Mechanism
    method: str
    service: str
    address: str
    session: str = ""
    user: str = ""
    end: str = FAILED
    fingerprint: bytes = b""
    fields: dict[str, str] = field(default_factory=dict)


class Front:
    """Shared by all connections of the process."""

    def __init__(
        self, snapshot: Snapshot, pool: Asks, open_maps: OpenMaps, salt_key: bytes, clock: Clock = SYSTEM
    ) -> None:
        """`salt_key` is a secret that outlives the process."""
        params = snapshot[AuthParams]
        self.pool, self.clock = pool, clock
        self.names = Names(
            frozenset(params.auth_username_chars), params.auth_username_lower, params.auth_master_user_separator
        )
        self._masters = bool(split_list(params.auth_master_passdb))
        self.cache = Cache(params.auth_cache_size, params.auth_cache_ttl, params.auth_cache_negative_ttl, clock)
        self._networks = MatchList(
            params.auth_trusted_networks, open_maps, parents=False, param="auth_trusted_networks"
        )
        self.penalty = Penalty(params.auth_failure_delay, self._trusted, clock)
        self.tickets = HandedTickets(os.path.join(snapshot[CoreParams].data_directory, "auth-tickets"), clock)
        self._salt_key = salt_key

    def _trusted(self, address: str) -> bool:
        try:
            return self._networks.match_host(b"", address)
        except LookupFailed as exc:
            log.warning(f"auth_trusted_networks: {exc}")
            return False

    def run(self, login: Login, step: Step) -> Challenge | Passed | Refused:
        """Go on until the client has to speak, or it is over. Waits."""
        while isinstance(step, Ask):
            step = self._asked(login, step)
        if isinstance(step, Refused):
            self._failed(login, step)
        return step

    def _asked(self, login: Login, ask: Ask) -> Step:
        # A proof without the password cannot be compared with an earlier one: each counts.
        login.fingerprint = os.urandom(16) if ask.verb == SECRET else self.cache.key(ask.user, ask.value, ask.verb)
        try:
            login.user, master = self._whom(ask)
        except BadName as exc:
            login.user = ask.user
            return Refused(str(exc))
        if master and (not self._masters or ask.verb != VERIFY):
            return Refused("master users are not configured")
        answer = self._answer(login, ask, master)
        if answer.state == OK and master:
            answer = self.pool.ask(AuthTask(0, EXISTS, login.user, master=True))
        return self._judged(login, ask, answer)

    def _whom(self, ask: Ask) -> tuple[str, str]:
        """(user, master or ""); raises BadName. Only a token may leave it open who its user is."""
        if ask.verb == TOKEN and not ask.user:
            return "", ""
        return self.names.split(ask.user, ask.authzid)

    def _judged(self, login: Login, ask: Ask, answer: AuthAnswer) -> Step:
        """What an answer means for the mechanism."""
        if answer.state in _ENDS:
            login.end = _ENDS[answer.state]
            return Refused(answer.reason or answer.state, counts=answer.state != TEMPORARY)
        if answer.state == OK:
            try:
                login.user, login.fields = self.names.clean(answer.user or login.user), answer.fields
            except BadName as exc:
                return login.mechanism.refused(str(exc))
            if not allowed(answer.fields, login.address):
                return login.mechanism.refused("address is not in allow_nets")
        elif ask.verb != SECRET:
            return login.mechanism.refused(answer.reason or answer.state)
        elif ask.scheme.startswith("SCRAM"):
            answer.secret = pretence(self.salt(login.user), 20 if ask.scheme == "SCRAM-SHA-1" else 32)
        return login.mechanism.told(answer)

    def _answer(self, login: Login, ask: Ask, master: str) -> AuthAnswer:
        if ask.verb == VERIFY:
            return self._verified(login, ask, master)
        gevent.sleep(self.penalty.before(login.address))
        value = ask.value
        if ask.verb == SECRET:
            # The salt of keys that are made on the way; the same that an unknown user would get.
            value = self.salt(login.user)
        return self.pool.ask(AuthTask(0, ask.verb, login.user, value, login.service, login.address, ask.scheme))

    def _verified(self, login: Login, ask: Ask, master: str) -> AuthAnswer:
        """A password's answer, perhaps remembered. A right one that is remembered does not wait for a penalty."""
        who = master or login.user
        key = self.cache.key(who, ask.value, login.service, "master" if master else "")
        known = self.cache.get(key)
        if known is not None and known.right:
            return AuthAnswer(0, OK, known.fields, login.user if master else known.user)
        gevent.sleep(self.penalty.before(login.address))
        if known is not None:
            return AuthAnswer(0, MISMATCH, {}, login.user, "password mismatch (remembered)")
        task = AuthTask(0, VERIFY, who, ask.value, login.service, login.address, master=bool(master))
        answer = self.pool.ask(task)
        if answer.state == OK:
            self.cache.put(key, who, right=True, user=answer.user, fields=answer.fields)
        elif answer.state in (MISMATCH, UNKNOWN):
            self.cache.put(key, who, right=False)
        if master:
            answer.user = login.user
        return answer

    def salt(self, user: str) -> bytes:
        """A salt for a user that nobody outside can tell from a random one."""
        return hmac.digest(self._salt_key, b"salt:" + user.encode("utf-8", "replace"), "sha256")[:16]

    def _failed(self, login: Login, step: Refused) -> None:
        """Log a failure, and let the client wait."""
        user = printable(login.user, 100).replace(" ", "?")
        session = f" session=<{printable(login.session, 60)}>" if login.session else ""
        # Who watches for guesses must not see one where we are ill ourselves.
        word = "deferred" if login.end == TEMP else "failed"
        log.info(
            f"auth {word} rip={printable(login.address, 60) or '-'} user=<{user}> method={login.method}"
            f" service={printable(login.service, 20)} reason={step.reason}{session}"
        )
        if step.counts:
            gevent.sleep(self.penalty.failed(login.address, login.fingerprint))

    def place(self, user: str, service: str = "") -> MailPlace | str:
        """Where a user's mail lies; a state of model.authtask when that is not known."""
        try:
            name = self.names.clean(user)
        except BadName:
            return UNKNOWN
        answer = self.pool.ask(AuthTask(0, LOOKUP, name, service=service))
        if answer.state != OK:
            return answer.state
        try:
            return MailPlace.unpack(answer.place)
        except BadRecord:
            return TEMPORARY

    def sweep(self) -> None:
        """Forget what is over."""
        self.cache.sweep()
        self.penalty.sweep()
        self.tickets.sweep()


def allowed(fields: dict[str, str], address: str) -> bool:
    """Whether a user's allow_nets holds a client's address; without one, everything."""
    nets = fields.get("allow_nets")
    if nets is None:
        return True
    found = parse_address(address)
    if found is None:
        return "local" in nets.split(",") and not address
    for word in nets.split(","):
        try:
            if parse_network(word).holds(*found):
                return True
        except BadNetwork:
            continue
    return False
