"""criteria - what SEARCH, SORT, THREAD and ESEARCH share: charset and search program, the search of the selected mailbox,
and the data that an order of messages needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from pymaster.dialog.imapd.cmd.enable import apply
from pymaster.dialog.imapd.searching import FEW, SLICE, SLICE_TIME, Search, heavy
from pymaster.dialog.imapd.selected import Selected
from pymaster.dialog.imapd.session import Session
from pymaster.proto.imap import charsets
from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.returns import Returns, asked, esearch, plain
from pymaster.proto.imap.searchkeys import Program, parse
from pymaster.proto.message.digest import Digest
from pymaster.store.mailbox.contract import Mailbox, MailboxError
from pymaster.store.mailbox.state import State

T = TypeVar("T")


def read_program(session: Session, args: Cursor, charset: bytes) -> Program:
    """The search program at the cursor. Raises BadSyntax, MailboxError BADCHARSET.

    With UTF8=ACCEPT strings are UTF-8, whatever else a charset says (RFC 9755 section 3).
    """
    decode = charsets.decoder(charset)
    if decode is not None and b"UTF8=ACCEPT" in session.enabled and charset.upper() not in (b"UTF-8", b"US-ASCII"):
        raise BadSyntax("With UTF8=ACCEPT only UTF-8 is possible")
    program = parse(args, decode or _any)
    if decode is None:
        raise MailboxError(charsets.BADCHARSET.decode(), "Unknown charset")
    if program.modseq and not session.condstore:
        # Whoever asks for modseqs is to be told them from now on (RFC 7162 section 3.1).
        session.enabled.add(b"CONDSTORE")
        apply(session)
    return program


def _any(text: bytes) -> str:
    return text.decode("latin-1")


def find(session: Session, selected: Selected, program: Program) -> list[int]:
    """The rows of the view that match."""
    now = session.world.clock.now()
    return Search(program, selected.mailbox, selected.view, now, selected.recent, selected.saved).run(session)


def highest(state: State, rows: Sequence[int]) -> int:
    """The highest modseq of these rows, 0 for none."""
    return max([state.modseqs[row] for row in rows], default=0)


def tell(session: Session, word: bytes, rows: Sequence[int], returns: Returns, program: Program, *, uid: bool) -> None:
    """Answer SEARCH or SORT (`word`) with rows of the view in their order, and keep what SAVE asks for."""
    selected = session.selected
    assert selected is not None
    view = selected.view
    told = asked(rows, returns)
    if b"SAVE" in returns:
        selected.saved = sorted([view.uids[row] for row in told])
    numbers = [view.uids[row] for row in rows] if uid else [row + 1 for row in rows]
    modseq = highest(view, told) if program.modseq else 0
    if not returns.extended:
        session.write(plain(word, numbers, modseq))
    elif not returns.silent:
        session.write(esearch(correlator(session.tag), numbers, returns, uid=uid, modseq=modseq))


def correlator(tag: bytes) -> bytes:
    """What stands in the first parentheses of an ESEARCH response."""
    return b'TAG "%s"' % tag


def unsaved(session: Session, returns: Returns) -> None:
    """A SEARCH that was to be saved failed with NO: nothing is saved any more (RFC 5182 section 2.1)."""
    if b"SAVE" in returns and session.selected is not None:
        session.selected.saved = []


def gather(
    session: Session, mailbox: Mailbox, view: State, rows: Sequence[int], take: Callable[[int, Digest], T]
) -> dict[int, T]:
    """What `take` takes from the digests of these rows, slice by slice, in a thread; messages that are gone are left out."""
    found: dict[int, T] = {}
    done = 0

    def work() -> None:
        nonlocal done
        until = time.monotonic() + SLICE_TIME
        for row in rows[done : done + SLICE]:
            digest = mailbox.digest(view.uids[row])
            done += 1
            if digest is not None:
                found[row] = take(row, digest)
            if time.monotonic() > until:
                return

    alone = heavy(view, rows[: FEW + 1])
    while done < len(rows):
        if alone:
            session.perform(mailbox, mailbox.prepare, [view.uids[row] for row in rows[done : done + SLICE]])
            session.world.run(work)
        else:
            work()
        session.breathe(done, len(rows))
    return found
