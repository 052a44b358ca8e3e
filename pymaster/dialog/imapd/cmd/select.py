"""SELECT and EXAMINE (RFC 3501 sections 6.3.1-2; CONDSTORE and QRESYNC parameters: RFC 7162)."""

from pymaster.dialog.imapd.answer import Answer, ok
from pymaster.dialog.imapd.cmd.enable import apply
from pymaster.dialog.imapd.names import decode, encode
from pymaster.dialog.imapd.selected import Selected
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import SILENT, Verb
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.server import Command
from pymaster.proto.imap.sets import SequenceSet, intersected, merged, slices, without, written_ranges
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.state import SEEN


class Resync:
    """The QRESYNC parameter: what the client knew (RFC 7162 section 3.2.5)."""

    __slots__ = ("known", "match", "modseq", "uidvalidity")

    def __init__(self, args: Cursor) -> None:
        args.sp()
        args.enter()
        self.uidvalidity = args.nz_number()
        args.sp()
        self.modseq = args.number64()
        self.known: SequenceSet | None = None
        self.match: tuple[SequenceSet, SequenceSet] | None = None
        if not args.leave():
            args.sp()
            if args.peek() != 40:
                self.known = _plain(args)
                if args.leave():
                    return
                args.sp()
            args.enter()
            numbers = _plain(args)
            args.sp()
            self.match = numbers, _plain(args)
            if not args.leave() or not args.leave():
                raise BadSyntax("Bad QRESYNC parameter")


def _plain(args: Cursor) -> SequenceSet:
    found = args.sequence_set()
    if found.saved or any(0 in pair for pair in found.ranges):
        raise BadSyntax("* and $ are not allowed here")
    return found


def select(session: Session, command: Command) -> Answer:
    """SELECT."""
    return _open(session, command.args, read_only=False)


def examine(session: Session, command: Command) -> Answer:
    """EXAMINE."""
    return _open(session, command.args, read_only=True)


def _open(session: Session, args: Cursor, *, read_only: bool) -> Answer:
    args.sp()
    raw = args.astring()
    condstore, resync = _parameters(session, args)
    args.end()
    if session.selected is not None:
        session.close_mailbox()
        # RFC 7162 section 3.2.11: where the answers about the old mailbox end.
        session.write(b"* OK [CLOSED] Previous mailbox is now closed.\r\n")
    # From here on no mailbox is selected, whatever is wrong with the name or the mailbox.
    name = decode(session, raw)
    mailbox = session.open(name)
    try:
        session.look(mailbox)
    except MailboxError:
        mailbox.close()
        raise
    selected = session.selected = Selected(mailbox, read_only)
    if condstore:
        session.enabled.add(b"CONDSTORE")
    apply(session)
    if not selected.read_only:
        selected.recent = mailbox.claim_recent()
    _describe(session, selected, name)
    if resync is not None and resync.uidvalidity == mailbox.uidvalidity:
        _resync(session, selected, resync)
    mode = b"READ-ONLY" if selected.read_only else b"READ-WRITE"
    return ok(b"Examine completed." if read_only else b"Select completed.", mode)


def _parameters(session: Session, args: Cursor) -> tuple[bool, Resync | None]:
    """(CONDSTORE wanted, QRESYNC parameter)."""
    condstore, resync = False, None
    if args.at_end:
        return condstore, resync
    args.sp()
    args.enter()
    while True:
        word = args.word()
        if word == b"CONDSTORE":
            condstore = True
        elif word == b"QRESYNC":
            if b"QRESYNC" not in session.enabled:
                raise BadSyntax("QRESYNC is not enabled")
            resync = Resync(args)
        else:
            raise BadSyntax("Unknown SELECT parameter")
        if args.leave():
            return condstore, resync
        args.sp()


def _describe(session: Session, selected: Selected, name: str) -> None:
    """The untagged answers that SELECT must give."""
    mailbox, view = selected.mailbox, selected.view
    for line in selected.flag_lines():
        session.write(line)
    session.write(b"* %d EXISTS\r\n" % len(view))
    if session.rev2:
        session.write(b"* LIST () %s %s\r\n" % (_delimiter(session), encode(session, name)))
    else:
        session.write(b"* %d RECENT\r\n" % (len(selected.recent) if not selected.read_only else mailbox.recent_count()))
        unseen = _first_unseen(selected)
        if unseen:
            session.write(b"* OK [UNSEEN %d] First unseen.\r\n" % unseen)
    session.write(b"* OK [UIDVALIDITY %d] UIDs valid\r\n" % mailbox.uidvalidity)
    session.write(b"* OK [UIDNEXT %d] Predicted next UID\r\n" % view.uidnext)
    session.write(b"* OK [HIGHESTMODSEQ %d] Highest\r\n" % view.highest)
    session.write(b"* OK [MAILBOXID (%s)] Ok\r\n" % mailbox.mailbox_id.encode())


def _delimiter(session: Session) -> bytes:
    return b'"%s"' % session.account.separator.encode().replace(b"\\", b"\\\\")


def _first_unseen(selected: Selected) -> int:
    """The sequence number of the first message without \\Seen, 0 for none."""
    seen = selected.mailbox.flags.having(SEEN)
    for row, number in enumerate(selected.view.flags):
        if number not in seen:
            return row + 1
    return 0


def _resync(session: Session, selected: Selected, resync: Resync) -> None:
    """What was expunged, then what changed, since the client's modseq (RFC 7162 section 3.2.5.1)."""
    view, mailbox = selected.view, selected.mailbox
    given = [(1, view.uidnext - 1)] if view.uidnext > 1 else []
    within = intersected(resync.known.resolved(view.uidnext), given) if resync.known else given
    # The sequence match data say nothing that the modseq does not, as long as the log reaches back; where it does not,
    # every UID that is not there is told of, among those the client may know.
    gone = mailbox.vanished(resync.modseq)
    missing = without(within if gone is None else intersected(within, merged(gone)), view.uids)
    if missing:
        session.write(b"* VANISHED (EARLIER) %s\r\n" % written_ranges(missing))
    for rows in slices(view.uids, within):
        for row in rows:
            if view.modseqs[row] > resync.modseq:
                session.write(b"* %d FETCH (%s)\r\n" % (row + 1, selected.flags_item(row)))


VERBS = (
    Verb(b"SELECT", select, tells=SILENT, capabilities=(b"OBJECTID",)),
    Verb(b"EXAMINE", examine, tells=SILENT),
)
