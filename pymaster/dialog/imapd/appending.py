"""appending - messages that a client uploads, for APPEND and REPLACE: flags, date, and the octets as they stream in.

(RFC 3501 6.3.11, MULTIAPPEND RFC 3502, CATENATE RFC 4469, literal8 RFC 3516, UTF8 RFC 9755, APPENDLIMIT RFC 7889.) What is too
large, or too much for the quota, is refused before the client is told to go on; nothing becomes visible before all is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pymaster.dialog.imapd.catenate import fetch_url
from pymaster.proto.imap import internaldate
from pymaster.proto.imap.cursor import BadSyntax, Literal
from pymaster.proto.imap.flags import flag_list
from pymaster.proto.imap.literal8 import fit
from pymaster.proto.imap.url import MAX_URL
from pymaster.store.mailbox.contract import Draft, Mailbox, MailboxError
from pymaster.store.mailbox.reading import told

if TYPE_CHECKING:
    from pymaster.dialog.imapd.session import Session

Uploads = list[tuple[Draft, list[bytes]]]
# A literal8 with NUL is held whole while it is rewritten; messages in one MULTIAPPEND; pieces of one CATENATE.
MAX_BINARY = 64 << 20
MAX_MESSAGES = 1000
MAX_PIECES = 1000
MAX_NAME = 1024


def streamed_astring(session: Session, largest: int = MAX_NAME) -> bytes:
    """An astring of a streamed command, whose literals are read here."""
    literal = session.cursor.at_literal()
    if literal is None:
        return session.cursor.astring()
    if literal.binary or literal.size > largest:
        raise BadSyntax("Literal too large")
    text = b"".join(session.literal(literal))
    session.more()
    if b"\0" in text:
        raise BadSyntax("NUL in a literal")
    return text


@contextmanager
def uploads(session: Session, mailbox: Mailbox, *, many: bool) -> Iterator[Uploads]:
    """The messages that follow in the command; abandoned unless what is done with them comes to an end."""
    upload = Upload(session, mailbox)
    try:
        upload.receive(many=many)
        yield upload.drafts
    except BaseException:
        for draft, _ in upload.drafts:
            draft.abandon()
        raise


def commit(session: Session, mailbox: Mailbox, drafts: Uploads) -> list[int]:
    """Make them messages, all or none; their UIDs."""

    def finish() -> None:
        for draft, _ in drafts:
            draft.finish()

    def work() -> list[int]:
        mailbox.refresh()
        return mailbox.append(drafts)

    with told(mailbox.name):
        session.world.run(finish)
    try:
        return session.perform(mailbox, work)
    except MailboxError as exc:
        # Deleted while the message came in.
        if exc.code == "NONEXISTENT":
            raise MailboxError("TRYCREATE", "Mailbox doesn't exist") from exc
        raise


class Upload:
    """The messages of one command as they come in."""

    def __init__(self, session: Session, mailbox: Mailbox) -> None:
        self._session, self._mailbox = session, mailbox
        self.drafts: Uploads = []
        self._limit = session.settings.append_limit
        self._room = _room(session)
        # Octets of the message that is being gathered.
        self._size = 0

    def receive(self, *, many: bool) -> None:
        """Everything from behind the mailbox name to the end of the command."""
        while True:
            self._one()
            if self._session.cursor.at_end:
                return
            if not many or len(self.drafts) >= MAX_MESSAGES:
                raise BadSyntax("Junk after the message")

    def _one(self) -> None:
        session, args = self._session, self._session.cursor
        args.sp()
        # IMAPClient sends a second space before a further message.
        args.take(b" ")
        flags: list[bytes] = []
        date: int | None = None
        if args.peek() == 40:
            flags = flag_list(args)
            args.sp()
        if args.peek() == 34:
            date = _date(args.string())
            args.sp()
        self._size = 0
        if args.take(b"CATENATE "):
            self._catenate(self._begin(date, flags))
        elif args.take(b"UTF8 ("):
            if not session.utf8:
                raise BadSyntax("UTF8 is not enabled")
            self._literal(self._expect(binary=True), date, flags)
            if not session.cursor.leave():
                raise BadSyntax("Expected )")
        else:
            self._literal(self._expect(), date, flags)
        if not self._size:
            raise MailboxError("", "Can't save a zero byte message")

    def _begin(self, date: int | None, flags: list[bytes]) -> Draft:
        with told(self._mailbox.name):
            draft = self._mailbox.draft(date)
        self.drafts.append((draft, flags))
        return draft

    def _expect(self, *, binary: bool = False) -> Literal:
        """The literal that comes next, if it may come."""
        literal = self._session.cursor.at_literal()
        if literal is None or (binary and not literal.binary):
            raise BadSyntax("Expected a literal")
        self._admit(literal.size)
        return literal

    def _admit(self, size: int) -> None:
        """Whether the message may grow by so much."""
        self._size += size
        if self._limit and self._size > self._limit:
            raise MailboxError("TOOBIG", "Maximum message size exceeded")
        if self._room is not None:
            self._room -= size
            if self._room < 0:
                raise MailboxError("OVERQUOTA", "Quota exceeded")

    def _literal(self, literal: Literal, date: int | None, flags: list[bytes]) -> None:
        if not literal.size:
            raise MailboxError("", "Can't save a zero byte message")
        self._copy(literal, self._begin(date, flags))

    def _copy(self, literal: Literal, draft: Draft) -> None:
        """A literal's octets into the draft; a binary one's may have to be rewritten."""
        session = self._session
        if literal.binary and literal.size <= MAX_BINARY:
            data = b"".join(session.literal(literal))
            try:
                data = session.world.run(fit, data)
            except ValueError as exc:
                raise MailboxError("UNKNOWN-CTE", "NUL outside of binary parts") from exc
            self._write(draft, data)
        else:
            for block in session.literal(literal):
                if b"\0" in block:
                    if literal.binary:
                        raise MailboxError("UNKNOWN-CTE", "Binary message too large")
                    raise BadSyntax("NUL in a literal")
                self._write(draft, block)
        session.more()

    def _write(self, draft: Draft, block: bytes) -> None:
        with told(self._mailbox.name):
            draft.write(block)

    def _catenate(self, draft: Draft) -> None:
        session = self._session
        session.cursor.enter()
        for _ in range(MAX_PIECES):
            args = session.cursor
            if args.take(b"TEXT "):
                self._copy(self._expect(), draft)
            else:
                args.need(b"URL")
                args.sp()
                data = fetch_url(session, streamed_astring(session, MAX_URL))
                self._admit(len(data))
                self._write(draft, data)
            if session.cursor.leave():
                return
            session.cursor.sp()
        raise BadSyntax("Too many pieces")


def _room(session: Session) -> int | None:
    """Octets that the quota leaves, None without one; so that a message is refused before it is sent."""
    if not session.settings.quota:
        return None
    usage = session.world.run(session.account.usage)
    return usage.storage_limit - usage.storage if usage.storage_limit else None


def _date(text: bytes) -> int:
    try:
        return internaldate.parse(text)
    except ValueError as exc:
        raise BadSyntax("Invalid date") from exc
