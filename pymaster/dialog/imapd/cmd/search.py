"""SEARCH and UID SEARCH (RFC 3501 section 6.4.4, RFC 9051; RETURN options: RFC 4731, 5182, 5267, 9394)."""

from pymaster.dialog.imapd import contexts, criteria
from pymaster.dialog.imapd.answer import Answer, bad, ok
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import FLAGS, SELECTED, Verb
from pymaster.proto.imap import returns
from pymaster.proto.imap.server import Command
from pymaster.store.mailbox.contract import MailboxError


def search(session: Session, command: Command) -> Answer:
    """SEARCH: answers sequence numbers."""
    return _search(session, command, uid=False)


def uid_search(session: Session, command: Command) -> Answer:
    """UID SEARCH: answers UIDs."""
    return _search(session, command, uid=True)


def _search(session: Session, command: Command, *, uid: bool) -> Answer:
    args, selected = command.args, session.selected
    assert selected is not None
    args.sp()
    options = returns.parse(args)
    charset = b"US-ASCII"
    if args.take(b"CHARSET "):
        charset = args.astring()
        args.sp()
    try:
        program = criteria.read_program(session, args, charset)
        if b"UPDATE" in options and contexts.in_use(session, command.tag):
            return bad(b"Tag reuse")
        rows = criteria.find(session, selected, program)
    except MailboxError:
        criteria.unsaved(session, options)
        raise
    if not options.extended and session.rev2:
        options = returns.DEFAULT
    if b"UPDATE" in options:
        contexts.begin(session, program, rows, uid=uid)
    criteria.tell(session, b"SEARCH", rows, options, program, uid=uid)
    return ok(b"Search completed.")


VERBS = (
    Verb(
        b"SEARCH", search, SELECTED, FLAGS,
        capabilities=(
            b"ESEARCH", b"SEARCHRES", b"WITHIN", b"CONTEXT=SEARCH", b"PARTIAL", b"INPROGRESS", b"I18NLEVEL=1",
        ),
    ),
    Verb(b"UID SEARCH", uid_search, SELECTED),
)  # fmt: skip
