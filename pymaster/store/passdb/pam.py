"""pam - the system's own passwords through libpam: the authentication and account phases, under the service's name.

PAM is a conversation: only the question that hides its answer is answered, with the password; whoever asks for more cannot
be answered by a mail program. PAM's delay after a failure is taken off (we have our own, and it would keep a checker busy).
Sources: pam(3), pam_conv(3), pam_fail_delay(3).
"""

from __future__ import annotations

import ctypes
import os
import statistics
import time
from collections import deque
from typing import Any

from pymaster.store.passdb.contract import DISABLED, EXPIRED, MISMATCH, OK, TEMPORARY, UNKNOWN, Client, Found
from pymaster.store.passdb.passwdfile import check, parse, typical

SERVICES = {"imap": b"imap", "pop3": b"pop3", "smtp": b"smtp"}
# _pam_types.h
SUCCESS, PERM_DENIED, AUTH_ERR, USER_UNKNOWN, MAXTRIES, NEW_AUTHTOK, ACCT_EXPIRED = 0, 6, 7, 10, 11, 12, 13
CONV_ERR, CRED_INSUFFICIENT = 19, 8
ECHO_OFF, ECHO_ON = 1, 2
RHOST, TTY, FAIL_DELAY = 4, 3, 10
SILENT, DISALLOW_NULL = 0x8000, 0x1
MAX_MESSAGES = 32
MAX_SHADOW = 16 << 20
# Seconds that a checker pretends at most.
LONGEST = 1.0
_WRONG = {
    AUTH_ERR: "password mismatch",
    USER_UNKNOWN: "unknown user",
    MAXTRIES: "too many tries",
    CONV_ERR: "not answered",
}


class _Message(ctypes.Structure):
    _fields_ = (("style", ctypes.c_int), ("text", ctypes.c_char_p))


class _Response(ctypes.Structure):
    _fields_ = (("text", ctypes.c_void_p), ("code", ctypes.c_int))


_CONVERSE = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_int,
    ctypes.POINTER(ctypes.POINTER(_Message)),
    ctypes.POINTER(ctypes.POINTER(_Response)),
    ctypes.c_void_p,
)
_DELAY = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)


class _Conversation(ctypes.Structure):
    _fields_ = (("converse", _CONVERSE), ("data", ctypes.c_void_p))


def _libraries() -> tuple[Any, Any]:
    pam, libc = ctypes.CDLL("libpam.so.0"), ctypes.CDLL(None)
    libc.calloc.restype = libc.strdup.restype = ctypes.c_void_p
    libc.calloc.argtypes = (ctypes.c_size_t, ctypes.c_size_t)
    pam.pam_set_item.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    for name in ("pam_authenticate", "pam_acct_mgmt", "pam_end"):
        getattr(pam, name).argtypes = (ctypes.c_void_p, ctypes.c_int)
    pam.pam_strerror.restype = ctypes.c_char_p
    pam.pam_strerror.argtypes = (ctypes.c_void_p, ctypes.c_int)
    return pam, libc


class Shadow:
    """The hashes of shadow(5), as far as they tell what a check costs. Where it cannot be read nothing is done."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._stamp = (0, 0)
        self._users: frozenset[str] = frozenset()
        self._typical = ""
        # How long it took to refuse those who have a password; pam_unix may hash once or twice.
        self._costs: deque[float] = deque(maxlen=9)

    def pretend(self, user: str, password: bytes, begin: float) -> None:
        """Take as long as for a user with a password, if this one has none. `begin` is when PAM was asked (monotonic)."""
        try:
            found = os.stat(self._path)
            if (found.st_mtime_ns, found.st_ino) != self._stamp:
                self._read()
                self._stamp = (found.st_mtime_ns, found.st_ino)
        except OSError:
            return
        if user in self._users:
            self._costs.append(time.monotonic() - begin)
        elif self._costs:
            time.sleep(max(0.0, min(statistics.median(self._costs) - (time.monotonic() - begin), LONGEST)))
        elif self._typical:
            check(password, self._typical, True)

    def _read(self) -> None:
        with open(self._path, encoding="utf-8", errors="surrogateescape") as file:
            entries = parse(file.read(MAX_SHADOW))
        stored = {name: entry.stored for name, entry in entries.items() if entry.stored[:1] not in ("", "*", "!", "x")}
        self._users, self._typical = frozenset(stored), typical(list(stored.values()))


class Pam:
    """The back end `pam`, or `pam:SERVICE` for one PAM service whatever the client uses."""

    needs_root = True
    tells = False
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def __init__(self, service: str = "", shadow: str = "/etc/shadow") -> None:
        """Raises OSError when there is no libpam."""
        self.name = f"pam:{service}" if service else "pam"
        self._service = service.encode()
        self._pam, self._libc = _libraries()
        self._shadow = Shadow(shadow)

    def verify(self, user: str, password: bytes, client: Client) -> Found:
        """Whether PAM lets the user in. Who has no password costs as much as others: pam_unix does not hash for them."""
        if b"\0" in password or "\0" in user:
            return Found(MISMATCH, "invalid input")
        begin = time.monotonic()
        found = self._ask(user, password, client)
        if found.state in (MISMATCH, UNKNOWN):
            self._shadow.pretend(user, password, begin)
        return found

    def _ask(self, user: str, password: bytes, client: Client) -> Found:
        service = self._service or SERVICES.get(client.service, b"imap")
        converse = _CONVERSE(self._answerer(password))
        conversation, handle = _Conversation(converse, None), ctypes.c_void_p()
        no_delay = _DELAY(lambda code, microseconds, data: None)
        code = self._pam.pam_start(service, user.encode(), ctypes.byref(conversation), ctypes.byref(handle))
        if code != SUCCESS:
            return Found(TEMPORARY, f"pam_start: error {code}")
        try:
            self._pam.pam_set_item(handle, FAIL_DELAY, ctypes.cast(no_delay, ctypes.c_void_p))
            if client.address:
                rhost = client.address.encode()
                self._pam.pam_set_item(handle, RHOST, ctypes.cast(ctypes.c_char_p(rhost), ctypes.c_void_p))
            self._pam.pam_set_item(handle, TTY, ctypes.cast(ctypes.c_char_p(b"mail"), ctypes.c_void_p))
            code = self._pam.pam_authenticate(handle, SILENT | DISALLOW_NULL)
            phase = "authenticate"
            if code == SUCCESS:
                code, phase = self._pam.pam_acct_mgmt(handle, SILENT | DISALLOW_NULL), "account"
            return self._result(handle, code, phase)
        finally:
            self._pam.pam_end(handle, code)

    def _answerer(self, password: bytes) -> Any:
        libc = self._libc

        def answer(count: int, messages: Any, responses: Any, _: Any) -> int:
            if not 0 < count <= MAX_MESSAGES:
                return CONV_ERR
            styles = [messages[at].contents.style for at in range(count)]
            if ECHO_ON in styles:
                return CONV_ERR
            # libpam frees the array and the texts in it.
            made = libc.calloc(count, ctypes.sizeof(_Response))
            array = ctypes.cast(made, ctypes.POINTER(_Response))
            for at, style in enumerate(styles):
                if style == ECHO_OFF:
                    array[at].text = libc.strdup(password)
            responses[0] = array
            return SUCCESS

        return answer

    def _result(self, handle: Any, code: int, phase: str) -> Found:
        if code == SUCCESS:
            return Found(OK)
        text = (self._pam.pam_strerror(handle, code) or b"").decode("utf-8", "replace")
        reason = f"pam {phase}: {text}"
        if phase == "account" and code in (NEW_AUTHTOK, ACCT_EXPIRED):
            return Found(EXPIRED, reason)
        if phase == "account" and code in (PERM_DENIED, AUTH_ERR, USER_UNKNOWN):
            return Found(DISABLED, reason)
        if code in _WRONG or code == PERM_DENIED:
            return Found(UNKNOWN if code == USER_UNKNOWN else MISMATCH, reason)
        return Found(TEMPORARY, reason)

    def secret(self, user: str, scheme: str, salt: bytes = b"") -> Found:
        """PAM never tells."""
        return Found(MISMATCH, "PAM does not tell passwords")

    def lookup(self, user: str) -> Found:
        """Nothing beyond what the user database has."""
        return Found(UNKNOWN)
