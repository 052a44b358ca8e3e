"""STORE and UID STORE (RFC 3501 section 6.4.6; UNCHANGEDSINCE: RFC 7162 section 3.1.3)."""

import re

from pymaster.dialog.imapd import foreign
from pymaster.dialog.imapd.answer import Answer, bad, no, ok
from pymaster.dialog.imapd.cmd.enable import apply
from pymaster.dialog.imapd.selected import Selected
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.verbs import FLAGS, SELECTED, Verb
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.flags import flags_to_end
from pymaster.proto.imap.rights import right_for
from pymaster.proto.imap.server import Command
from pymaster.proto.imap.sets import written
from pymaster.store.mailbox.state import State

# So many messages are changed at once without a thread of their own.
FEW = 30
_ITEM = re.compile(rb"(?i)([+-]?)FLAGS(\.SILENT)?(?= )")
PORTION = 500


def store(session: Session, command: Command) -> Answer:
    """STORE."""
    return _store(session, command.args, uid=False)


def uid_store(session: Session, command: Command) -> Answer:
    """UID STORE."""
    return _store(session, command.args, uid=True)


def _store(session: Session, args: Cursor, *, uid: bool) -> Answer:
    selected = session.selected
    assert selected is not None
    args.sp()
    numbers = args.sequence_set()
    args.sp()
    unchanged_since = _modifier(args)
    item = args.match(_ITEM)
    if item is None:
        raise BadSyntax("Expected FLAGS")
    operation, silent = item.group(1).decode() or "=", bool(item.group(2))
    args.sp()
    flags = flags_to_end(args)
    try:
        uids = selected.uids(selected.rows(numbers, uid=uid))
    except ValueError:
        return bad(b"No such message.")
    if selected.read_only:
        return no(b"Mailbox is read-only.", b"READ-ONLY")
    if unchanged_since is not None:
        session.enabled.add(b"CONDSTORE")
        apply(session)
    if not uids:
        return ok(b"Store completed.")
    mailbox, before = selected.mailbox, selected.view
    # In somebody else's mailbox a file of the user's own is written and flushed as well.
    heavy = len(uids) > FEW or foreign.is_foreign(session, mailbox.name)
    done = session.perform(mailbox, mailbox.store, uids, operation, flags, unchanged_since, heavy=heavy)
    for line in selected.new_keywords():
        session.write(line)
    selected.absorb(done.changed)
    # A keyword that may not be set here is none of the mailbox's.
    known = [mailbox.flags.known(flag) if right_for(flag) in mailbox.rights else flag for flag in flags]
    Report(session, selected, before, operation, known, uid).tell(done.changed, silent)
    return _answer(selected, uids, done.changed, done.modified, uid)


def _modifier(args: Cursor) -> int | None:
    """(UNCHANGEDSINCE n), if it is there."""
    if args.peek() != 40:
        return None
    args.enter()
    args.need(b"UNCHANGEDSINCE ")
    value = args.number64()
    if not args.leave():
        raise BadSyntax("Unknown STORE modifier")
    args.sp()
    return value


class Report:
    """What is said of the messages that a STORE changed."""

    __slots__ = ("_before", "_flags", "_modseq", "_operation", "_selected", "_session", "_uid")

    def __init__(
        self, session: Session, selected: Selected, before: State, operation: str, flags: list[bytes], uid: bool
    ) -> None:
        self._session, self._selected, self._before = session, selected, before
        self._operation, self._flags = operation, frozenset(flags)
        self._uid = uid or selected.qresync or selected.uid_required
        self._modseq = selected.condstore

    def tell(self, uids: list[int], silent: bool) -> None:
        """A FETCH response each; `silent`: only where flags are not what the client expects, and new modseqs."""
        view = self._selected.view
        lines: list[bytes] = []
        for count, uid in enumerate(uids, 1):
            row = view.position(uid)
            if row >= 0:
                line = self._line(row, uid, silent and self._expected(row))
                if line:
                    lines.append(line)
            if count % PORTION == 0:
                self._session.write(b"".join(lines))
                lines.clear()
                self._session.breathe(count, len(uids))
        if lines:
            self._session.write(b"".join(lines))

    def _line(self, row: int, uid: int, quiet: bool) -> bytes:
        view = self._selected.view
        modseq = self._modseq
        if quiet and (not modseq or view.modseqs[row] == self._before.modseqs[row]):
            return b""
        parts = [b"UID %d" % uid] if self._uid else []
        if modseq:
            parts.append(b"MODSEQ (%d)" % view.modseqs[row])
        if not quiet:
            parts.append(b"FLAGS (%s)" % self._selected.flags_text(row))
        return b"* %d FETCH (%s)\r\n" % (row + 1, b" ".join(parts))

    def _expected(self, row: int) -> bool:
        """Whether the flags are now what the client makes of what it was told before."""
        sets = self._selected.mailbox.flags.sets
        now, then = sets[self._selected.view.flags[row]], sets[self._before.flags[row]]
        if self._operation == "+":
            return now == then | self._flags
        return now == (then - self._flags if self._operation == "-" else self._flags)


def _answer(selected: Selected, uids: list[int], changed: list[int], modified: list[int], uid: bool) -> Answer:
    view = selected.view
    if modified:
        numbers = modified if uid else [view.position(each) + 1 for each in modified]
        return ok(b"Conditional store failed for some messages.", b"MODIFIED " + written(numbers))
    if len(changed) < len(uids) and not uid:
        # RFC 2180 section 4.2: the others were changed all the same.
        return no(b"Some of the messages no longer exist.", b"EXPUNGEISSUED")
    return ok(b"Store completed.")


VERBS = (Verb(b"STORE", store, SELECTED, FLAGS), Verb(b"UID STORE", uid_store, SELECTED))
