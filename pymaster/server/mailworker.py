"""mailworker - the service inside a mail worker: POP3 and IMAP sessions of one uid on shared accounts.

All sessions of a user share one Account and so one index; calls that change it take turns by one lock per account. News
come from the kernel (inotify) and from the other sessions of the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, cast

import gevent
from gevent.lock import RLock

from pymaster.config.params.local import LocalParams
from pymaster.config.params.mailbox import MailboxParams
from pymaster.deliver import files
from pymaster.dialog.imapd.handed import Client
from pymaster.dialog.imapd.handed import World as ImapWorld
from pymaster.dialog.imapd.session import Session as ImapSession
from pymaster.dialog.pop3d.handed import World as Pop3World
from pymaster.dialog.pop3d.session import Session as Pop3Session
from pymaster.model.mailplace import MailPlace
from pymaster.model.mailsession import MailSession, MailWork
from pymaster.runtime.inotify import Inotify
from pymaster.runtime.mailstream import MailStream
from pymaster.runtime.turns import sleep
from pymaster.runtime.work import work
from pymaster.server.mailloop import MailConnection
from pymaster.server.mailsettings import imap_settings, pop3_settings, session_limit
from pymaster.server.skeleton import Connection, Multi
from pymaster.store.mailbox.account import open_account
from pymaster.store.mailbox.accountbase import StoredAccount
from pymaster.store.mailbox.contract import Account, Mailbox, MailboxError
from pymaster.store.mailbox.sharedaccount import SharedAccount
from pymaster.store.mailbox.shares import Shares
from pymaster.util import log
from pymaster.util.errors import ConnectionLost, DeadlineExceeded, Fatal

# Seconds for a last word to a client that is not served.
LAST_WORD = 2.0
# Seconds between two looks for accounts that nobody uses, and how many of these are kept open.
SWEEP, KEPT = 10.0, 200


class Guarded:
    """An account whose calls take turns: each method holds the account's lock, by which its mailboxes are changed too.

    A call that goes to a thread (`Shared.run`) takes the lock before, for it belongs to greenlets.
    """

    def __init__(self, account: Account, lock: Any) -> None:
        self.inner, self.lock = account, lock
        self.separator, self.user, self.shared = account.separator, account.user, account.shared

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.inner, name)

        def call(*arguments: Any) -> Any:
            with self.lock:
                return function(*arguments)

        setattr(call, "inner", function)
        self.__dict__[name] = call
        return call


class Shared:
    """One user's account in this process, with its lock and who follows which mailbox."""

    def __init__(self, account: Account) -> None:
        self.lock = RLock()
        self.inner = account
        self.account = cast(Account, Guarded(account, self.lock))
        self.followers: dict[int, dict[object, Callable[[], None]]] = {}
        self.popping = False
        # Sessions that use it now, and when the last of them left (monotonic seconds).
        self.sessions, self.left = 0, 0.0

    def follow(self, mailbox: Mailbox, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after a session of this process changed the mailbox; returns what ends it."""
        token, key = object(), id(mailbox)
        self.followers.setdefault(key, {})[token] = callback

        def end() -> None:
            waiting = self.followers.get(key, {})
            waiting.pop(token, None)
            if not waiting:
                self.followers.pop(key, None)

        return end

    def changed(self, mailbox: Mailbox) -> None:
        """Tell who follows."""
        for callback in list(self.followers.get(id(mailbox), {}).values()):
            callback()

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A call in a thread; one of the account's own methods under the lock."""
        inner = getattr(function, "inner", None)
        if inner is None:
            return work(function, *arguments)
        with self.lock:
            return work(inner, *arguments)

    def reserve(self) -> Callable[[], None] | None:
        """The user's one POP3 session (pop3_lock_session): what gives it back, None when somebody has it."""
        if self.popping:
            return None
        self.popping = True

        def release() -> None:
            self.popping = False

        return release

    def locked(self, mailbox: Mailbox) -> AbstractContextManager[Any]:
        """The lock around changes of any mailbox of this account: one for all, so that no two can wait for each other."""
        return self.lock


class MailWorker(Multi):
    """Sessions of one uid."""

    name = "mailbox"
    lasting = True

    def start(self) -> None:
        self.imap, self.pop3 = imap_settings(self.snapshot), pop3_settings(self.snapshot)
        self.most = session_limit(self.snapshot)
        local = self.snapshot[LocalParams]
        self.locks = files.locking(local.mailbox_delivery_lock, local, "mailbox_delivery_lock").methods
        self.news = Inotify()
        self.accounts: dict[str, Shared] = {}
        self.counts: dict[tuple[str, str, str], int] = {}
        self.shares = open_shares(self.snapshot[MailboxParams].mailbox_shared_directory)

    def serve(self, conn: Connection) -> None:
        assert isinstance(conn, MailConnection)
        client, place = conn.work.client, conn.work.place
        stream = MailStream(conn.raw)
        conn.kick = lambda text: kick(stream, client, text)
        conn.on_drain = None
        key = (client.service, place.user, client.address)
        self.counts[key] = self.counts.get(key, 0) + 1
        try:
            if self.most and self.counts[key] > self.most:
                refuse(stream, client, "LIMIT", "Too many simultaneous connections.")
                return
            shared = self.shared(place)
            shared.sessions += 1
            try:
                self.session(conn.work, stream, shared)
            finally:
                shared.sessions -= 1
                shared.left = self.clock.monotonic()
        except MailboxError as exc:
            log.warning(f"{client.service}({place.user})<{client.session}>: mailbox cannot be opened: {exc.text}")
            refuse(stream, client, exc.code or "UNAVAILABLE", exc.text)
        except OSError as exc:
            log.warning(f"{client.service}({place.user})<{client.session}>: mailbox cannot be opened: {exc.strerror}")
            refuse(stream, client, "UNAVAILABLE", "Mailbox cannot be opened now.")
        finally:
            stream.close()
            self.counts[key] -= 1
            if not self.counts[key]:
                del self.counts[key]

    def shared(self, place: MailPlace) -> Shared:
        """The user's account, opened at first use and kept as long as the process. Raises MailboxError, OSError."""
        key = f"{place.user}\0{place.inbox}"
        found = self.accounts.get(key)
        if found is None:
            account = work(self.opened, place)
            # Another session of this user may have been faster while we waited.
            found = self.accounts.setdefault(key, Shared(account))
            if found.inner is not account:
                account.close()
        return found

    def every(self) -> dict[float, Callable[[], None]]:
        return {SWEEP: self.sweep}

    def sweep(self) -> None:
        """Close accounts that nobody has used for a while, and earlier where there are many: users may share this uid."""
        now, idle = self.clock.monotonic(), self.snapshot[MailboxParams].mailbox_max_idle
        unused = sorted([item for item in self.accounts.items() if not item[1].sessions], key=lambda item: item[1].left)
        for number, (key, shared) in enumerate(unused):
            if now - shared.left >= idle or len(unused) - number > KEPT:
                del self.accounts[key]
                shared.inner.close()

    def opened(self, place: MailPlace) -> Account:
        """A user's account, with what others share. Raises MailboxError, OSError."""
        account = self.own(place)
        return account if self.shares is None else SharedAccount(account, place, self.shares, self.own)

    def own(self, place: MailPlace) -> Account:
        """The account at a place. Raises OSError."""
        account = open_account(place, self.clock, self.locks)
        if isinstance(account, StoredAccount):
            account.attachments = self.snapshot[MailboxParams].mailbox_attachment_keywords
        return account

    def session(self, job: MailWork, stream: MailStream, shared: Shared) -> None:
        """One session from its OK to its end."""
        session, place = job.client, job.place
        client = Client(
            place.user, session.address, session.local, session.tls, session.session, session.number, session.method
        )
        log.info(
            f"{session.service}-login: Login: user=<{place.user}>, method={session.method}, rip={session.address}, "
            f"lip={session.local}{', TLS' if session.tls else ''}, session=<{session.session}>",
            session.number,
        )
        if session.service == "pop3":
            pop3 = Pop3World(
                self.pop3,
                shared.account,
                self.clock,
                shared.run,
                shared.locked,
                shared.changed,
                shared.reserve,
                sleep,
            )
            Pop3Session(pop3, stream, client, session.rest, session.tag).run()
            return
        world = ImapWorld(
            self.imap, shared.account, self.clock, sleep, shared.run, shared.locked, self.news.watch, shared.follow,
            shared.changed,
        )  # fmt: skip
        ImapSession(world, stream, client, session.rest).run(session.tag)

    def stop(self) -> None:
        for shared in getattr(self, "accounts", {}).values():
            shared.inner.close()


def open_shares(directory: str) -> Shares | None:
    """Who shares what; None when nobody does. That it cannot be had is in the log, and nobody's mail waits for it."""
    if not directory:
        return None
    if not directory.startswith("/"):
        log.warning(f"mailbox_shared_directory: {directory}: not an absolute path: nothing is shared")
        return None
    try:
        return Shares(directory)
    except OSError as exc:
        log.warning(f"mailbox_shared_directory: {directory}: {exc.strerror}: nothing is shared")
    except Fatal as exc:
        log.warning(f"mailbox_shared_directory: {exc}: nothing is shared")
    return None


def refuse(stream: MailStream, client: MailSession, code: str, text: str) -> None:
    """The client has logged in but cannot be served."""
    if client.service == "pop3":
        word = {"LIMIT": "IN-USE", "INUSE": "IN-USE"}.get(code, "SYS/TEMP")
        line = f"-ERR [{word}] {text}\r\n".encode("ascii", "replace")
    else:
        line = client.tag + f" NO [{code}] {text}\r\n* BYE {text}\r\n".encode("ascii", "replace")
    say(stream, line)


def kick(stream: MailStream, client: MailSession, text: str) -> None:
    """End a session from outside."""
    if client.service == "imap":
        gevent.spawn(_goodbye, stream, f"* BYE {text}\r\n".encode("ascii", "replace"))
    else:
        gevent.spawn(_goodbye, stream, b"")


def _goodbye(stream: MailStream, line: bytes) -> None:
    say(stream, line)
    stream.hang_up()


def say(stream: MailStream, line: bytes) -> None:
    """A last word to a client that may not be listening."""
    try:
        stream.send(line, time.monotonic() + LAST_WORD)
    except (ConnectionLost, DeadlineExceeded):
        log.debug("client went away before the last word")
