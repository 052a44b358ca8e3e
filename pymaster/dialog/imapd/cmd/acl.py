"""SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS (RFC 4314): who may do what with a mailbox.

A user owns all mailboxes but those below `account.shared`; owners keep all rights, the lists say what others are given.
Where nothing can be shared, nobody else is given anything; but clients ask for MYRIGHTS, so the commands are there.
"""

from pymaster.dialog.imapd import foreign, tree
from pymaster.dialog.imapd.answer import Answer, bad, no, ok
from pymaster.dialog.imapd.names import decode, encode, word
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import Verb
from pymaster.proto.imap import rights
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.server import Command
from pymaster.store.mailbox.contract import MailboxError

MAX_ENTRIES = 256


def set_acl(session: Session, command: Command) -> Answer:
    """Replace, add or remove rights of an identifier."""
    args = command.args
    name, who = _mailbox_and_identifier(session, args)
    args.sp()
    change = args.astring()
    args.end()
    _existing(session, name)
    entries = session.account.acl(name)
    try:
        after = rights.changed(entries.get(who, ""), change)
    except ValueError:
        return bad(b"Invalid ACL right")
    if _locked_out(foreign.owner(session, name), who, after):
        return no(b"The owner keeps all rights.", b"CANNOT")
    if after and not session.account.shared and who != session.account.user:
        return no(b"Mailboxes can't be shared here.", b"CANNOT")
    if who not in entries and len(entries) >= MAX_ENTRIES:
        return no(b"Too many entries", b"LIMIT")
    # An entry without rights says nothing.
    session.world.run(session.account.set_acl, name, who, after or None)
    return ok(b"Setacl complete.")


def delete_acl(session: Session, command: Command) -> Answer:
    """Remove an identifier's entry."""
    args = command.args
    name, who = _mailbox_and_identifier(session, args)
    args.end()
    _existing(session, name)
    if who == foreign.owner(session, name):
        return no(b"The owner keeps all rights.", b"CANNOT")
    session.world.run(session.account.set_acl, name, who, None)
    return ok(b"Deleteacl complete.")


def get_acl(session: Session, command: Command) -> Answer:
    """The whole list, the owner first."""
    name = _mailbox(session, command)
    _existing(session, name)
    entries, owner = session.account.acl(name), foreign.owner(session, name)
    order = sorted(entries, key=lambda who: (who != owner, who))
    parts = [b" %s %s" % (word(who.encode()), rights.told(entries[who]) or b'""') for who in order]
    session.write(b"* ACL %s%s\r\n" % (encode(session, name), b"".join(parts)))
    return ok(b"Getacl completed.")


def list_rights(session: Session, command: Command) -> Answer:
    """What an identifier always has, and what it can be given."""
    args = command.args
    name, who = _mailbox_and_identifier(session, args)
    args.end()
    _existing(session, name)
    # Who may not give rights is not told about them.
    session.account.acl(name)
    owner = who == foreign.owner(session, name)
    always, optional = (
        (rights.told(rights.ALL), b"")
        if owner
        else (b'""', b" " + b" ".join([b"%c" % each for each in rights.told(rights.ALL)]))
    )
    session.write(b"* LISTRIGHTS %s %s %s%s\r\n" % (encode(session, name), word(who.encode()), always, optional))
    return ok(b"Listrights completed.")


def get_my_rights(session: Session, command: Command) -> Answer:
    """The rights of the session's own user."""
    name = _mailbox(session, command)
    _existing(session, name)
    session.write(my_rights(session, name))
    return ok(b"Myrights completed.")


def my_rights(session: Session, name: str) -> bytes:
    """The MYRIGHTS response of a mailbox. Raises MailboxError."""
    mine = foreign.rights(session, name)
    return b"* MYRIGHTS %s %s\r\n" % (encode(session, name), rights.told(mine))


def _mailbox(session: Session, command: Command) -> str:
    args = command.args
    args.sp()
    raw = args.astring()
    args.end()
    return decode(session, raw)


def _mailbox_and_identifier(session: Session, args: Cursor) -> tuple[str, str]:
    args.sp()
    raw = args.astring()
    args.sp()
    try:
        who = rights.identifier(args.astring())
    except ValueError as exc:
        raise BadSyntax("Invalid identifier") from exc
    return decode(session, raw), who


def _existing(session: Session, name: str) -> None:
    """Somebody else's mailbox is one to whom has any right to it (RFC 4314 section 4). Raises MailboxError NONEXISTENT."""
    if not foreign.is_foreign(session, name):
        tree.existing(session, name)
    elif not foreign.rights(session, name):
        raise MailboxError("NONEXISTENT", "Mailbox doesn't exist")


def _locked_out(owner: str, who: str, after: str) -> bool:
    """Whether a change would take something from the owner."""
    if who == owner:
        return not frozenset(after) >= rights.ALL
    return who in ("-owner", "-" + owner) and bool(after)


VERBS = (
    Verb(b"SETACL", set_acl, capabilities=(b"ACL", b"RIGHTS=texk")),
    Verb(b"DELETEACL", delete_acl),
    Verb(b"GETACL", get_acl),
    Verb(b"LISTRIGHTS", list_rights),
    Verb(b"MYRIGHTS", get_my_rights),
)
