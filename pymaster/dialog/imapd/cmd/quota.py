"""GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208, RFC 2087): one root for all mailboxes of the user."""

from pymaster.dialog.imapd import foreign, tree
from pymaster.dialog.imapd.answer import Answer, no, ok
from pymaster.dialog.imapd.names import decode, encode, string
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap.cursor import U63, Cursor
from pymaster.proto.imap.server import Command
from pymaster.store.mailbox.contract import Usage

# Dovecot's name for it, which clients show.
ROOT = b"User quota"
# STORAGE is counted in units of 1024 octets (RFC 9208 section 5.1).
UNIT = 1024


def get_quota(session: Session, command: Command) -> Answer:
    """Usage and limits of a root."""
    args = command.args
    args.sp()
    root = args.astring()
    args.end()
    if root != ROOT:
        return no(b"Quota root doesn't exist.", b"NONEXISTENT")
    _tell(session)
    return ok(b"Getquota completed.")


def get_quota_root(session: Session, command: Command) -> Answer:
    """The root that counts for a mailbox."""
    args = command.args
    args.sp()
    raw = args.astring()
    args.end()
    name = decode(session, raw)
    tree.existing(session, name)
    if foreign.is_foreign(session, name):
        # What goes there counts for its owner, whose numbers are nobody else's business.
        session.write(b"* QUOTAROOT %s\r\n" % encode(session, name))
        return ok(b"Getquotaroot completed.")
    session.write(b"* QUOTAROOT %s %s\r\n" % (encode(session, name), string(ROOT)))
    _tell(session)
    return ok(b"Getquotaroot completed.")


def set_quota(session: Session, command: Command) -> Answer:
    """Set limits; a resource that is not named has none afterwards. Refused where limits come from the administrator."""
    args = command.args
    args.sp()
    root = args.astring()
    args.sp()
    limits = dict(args.items(lambda: _limit(args)))
    args.end()
    if root != ROOT:
        return no(b"Quota root doesn't exist.", b"NONEXISTENT")
    if limits.keys() - {b"STORAGE", b"MESSAGE"}:
        return no(b"Unsupported quota resource.", b"CANNOT")
    if 0 in limits.values():
        # To the store it means that there is none.
        return no(b"A limit of zero is not possible.", b"CANNOT")
    storage = min(limits.get(b"STORAGE", 0) * UNIT, U63)
    session.world.run(session.account.set_quota, storage, limits.get(b"MESSAGE", 0))
    _tell(session)
    return ok(b"Setquota completed.")


def _limit(args: Cursor) -> tuple[bytes, int]:
    resource = args.word()
    args.sp()
    return resource, args.number64()


def _tell(session: Session) -> None:
    session.write(b"* QUOTA %s (%s)\r\n" % (string(ROOT), resources(session.world.run(session.account.usage))))


def resources(usage: Usage) -> bytes:
    """Resources that have a limit; what is used of a unit counts as all of it."""
    parts = []
    if usage.storage_limit:
        parts.append(b"STORAGE %d %d" % (-(-usage.storage // UNIT), usage.storage_limit // UNIT))
    if usage.messages_limit:
        parts.append(b"MESSAGE %d %d" % (usage.messages, usage.messages_limit))
    return b" ".join(parts)


VERBS = (
    Verb(b"GETQUOTA", get_quota, capabilities=(b"QUOTA", b"QUOTA=RES-STORAGE", b"QUOTA=RES-MESSAGE")),
    Verb(b"GETQUOTAROOT", get_quota_root),
    Verb(b"SETQUOTA", set_quota, capabilities=(b"QUOTASET",)),
)
