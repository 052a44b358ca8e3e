"""foreign - mailboxes of other users in a session: whose they are, what may be done with them (RFC 4314)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pymaster.proto.imap.rights import ALL
from pymaster.store.mailbox.contract import Mailbox
from pymaster.store.mailbox.sharedaccount import SharedAccount

if TYPE_CHECKING:
    from pymaster.dialog.imapd.session import Session


def is_foreign(session: Session, name: str) -> bool:
    """Whether a name is one of somebody else's mailboxes, or of the levels above them."""
    prefix = session.account.shared
    return bool(prefix) and (name + session.account.separator).startswith(prefix)


def _account(session: Session) -> SharedAccount:
    return cast(SharedAccount, session.account)


def owner(session: Session, name: str) -> str:
    """Whose mailbox it is. Raises MailboxError."""
    return _account(session).owner_of(name) if is_foreign(session, name) else session.account.user


def rights(session: Session, name: str) -> frozenset[str]:
    """What the session's user may do with a mailbox. Raises MailboxError."""
    return _account(session).my_rights(name) if is_foreign(session, name) else ALL


def open_for(session: Session, name: str, right: str) -> Mailbox:
    """A mailbox for something else than reading, to be closed again. Raises MailboxError."""
    if not is_foreign(session, name):
        return session.open(name)
    mailbox: Mailbox = session.world.run(_account(session).open_for, name, right)
    return mailbox
