"""commands - what each POP3 command does (RFC 1939, 2449, 6856). The loop that calls them is `session`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from pymaster.proto.message.digest import HEADER
from pymaster.proto.pop3 import reply
from pymaster.proto.pop3.downgrade import downgraded, needed
from pymaster.proto.pop3.stuffing import END, header_end, stuffed, top
from pymaster.store.mailbox.contract import MailboxError
from pymaster.store.mailbox.state import SEEN

if TYPE_CHECKING:
    from pymaster.dialog.pop3d.session import Session

# Octets of a message up to which it is read without a thread.
SMALL = 65536
_NUMBER = re.compile(rb"[0-9]{1,255}")
# Who we are is told after login only, and never which version.
_AFTER_LOGIN = (*reply.CAPABILITIES, b"IMPLEMENTATION pymaster")


class Refused(Exception):
    """The command is understood, but not done: an answer with `text` and response code `code`."""

    def __init__(self, text: bytes, code: bytes = b"") -> None:
        super().__init__(text.decode("ascii"))
        self.text, self.code = text, code


class BadCommand(Exception):
    """The arguments are none; the text is fit for the client."""


def number_of(session: Session, words: list[bytes], count: int = 1) -> int:
    """The message number that is the first of `count` arguments. Raises Refused, BadCommand."""
    if len(words) != count:
        raise BadCommand("Wrong number of arguments." if words else "Message number missing.")
    if not _NUMBER.fullmatch(words[0]):
        raise BadCommand("Invalid message number.")
    number, maildrop = int(words[0]), session.maildrop
    if not 1 <= number <= len(maildrop):
        raise Refused(b"There is no such message.")
    if number in maildrop.deleted:
        raise Refused(b"Message is deleted.")
    return number


def none(words: list[bytes]) -> None:
    """No argument may be there. Raises BadCommand."""
    if words:
        raise BadCommand("No arguments are allowed.")


def capa(session: Session, words: list[bytes]) -> None:
    """CAPA."""
    none(words)
    session.write(reply.listing(b"Capability list follows", _AFTER_LOGIN))


def stat(session: Session, words: list[bytes]) -> None:
    """STAT."""
    none(words)
    session.write(b"+OK %d %d\r\n" % (session.maildrop.count, session.maildrop.octets))


def scan_list(session: Session, words: list[bytes]) -> None:
    """LIST."""
    maildrop = session.maildrop
    if words:
        number = number_of(session, words)
        session.write(b"+OK %d %d\r\n" % (number, maildrop.sizes[number - 1]))
        return
    session.write(b"+OK %d messages (%d octets):\r\n" % (maildrop.count, maildrop.octets))
    session.write(maildrop.listing())
    session.write(END)


def uidl(session: Session, words: list[bytes]) -> None:
    """UIDL."""
    maildrop = session.maildrop
    number = number_of(session, words) if words else 0
    if not maildrop.ids_made:
        try:
            session.change(maildrop.ids)
        except (MailboxError, OSError) as exc:
            raise Refused(b"Unique ids cannot be told now.", reply.TEMPORARY) from exc
    if number:
        session.write(b"+OK %d %b\r\n" % (number, maildrop.ids()[number - 1]))
        return
    session.write(b"+OK\r\n")
    session.write(maildrop.uidl_listing())
    session.write(END)


def for_client(session: Session, message: bytes) -> bytes:
    """A message as this client can take it. Raises Refused."""
    if not session.utf8 and session.settings.utf8_fallback != "raw" and needed(message):
        if session.settings.utf8_fallback == "refuse":
            raise Refused(b"The message needs a client with UTF8.", reply.UTF8)
        message = downgraded(message)
    workarounds = session.settings.workarounds
    if workarounds:
        if "outlook-no-nuls" in workarounds:
            message = message.replace(b"\0", b"\x80")
        if "oe-ns-eoh" in workarounds and header_end(message) == len(message) and message[-4:] != b"\r\n\r\n":
            message += b"\r\n" if message.endswith(b"\r\n") or not message else b"\r\n\r\n"
    return message


def retr(session: Session, words: list[bytes]) -> None:
    """RETR."""
    number = number_of(session, words)
    message = for_client(session, session.fetch(number))
    text = stuffed(message)
    session.write(b"+OK %d octets\r\n" % len(message))
    session.write(text)
    session.write(END)
    session.retr += 1
    session.retr_octets += len(text)
    session.last = max(session.last, number)
    if number not in session.maildrop.old:
        session.maildrop.read.add(number)


def top_lines(session: Session, words: list[bytes]) -> None:
    """TOP; does not make a message read."""
    number = number_of(session, words, 2)
    if not _NUMBER.fullmatch(words[1]):
        raise BadCommand("Invalid number of lines.")
    lines = int(words[1])
    message = (None if lines else _header(session, number)) or session.fetch(number)
    text = stuffed(top(for_client(session, message), lines))
    session.write(b"+OK\r\n")
    session.write(text)
    session.write(END)
    session.top += 1
    session.top_octets += len(text)
    session.last = max(session.last, number)


def _header(session: Session, number: int) -> bytes | None:
    """The header from the digest that is kept of the message: clients that only list mail never have it read."""
    maildrop = session.maildrop
    if maildrop.sizes[number - 1] > SMALL:
        return None
    try:
        digest = maildrop.mailbox.digest(maildrop.uids[number - 1])
    except (MailboxError, OSError):
        return None
    if digest is None:
        raise Refused(b"The message is no longer there.")
    header = digest[HEADER]
    return header if len(header) == digest.header_size else None


def dele(session: Session, words: list[bytes]) -> None:
    """DELE."""
    number = number_of(session, words)
    if session.maildrop.mailbox.read_only:
        raise Refused(b"The mailbox cannot be written to.", reply.PERMANENT)
    session.maildrop.delete(number)
    session.last = max(session.last, number)
    session.write(reply.ok(b"Marked to be deleted."))


def rset(session: Session, words: list[bytes]) -> None:
    """RSET."""
    none(words)
    maildrop = session.maildrop
    maildrop.undelete()
    if session.settings.enable_last:
        # RFC 1460: as if nothing had been read.
        session.last = 0
        maildrop.read.clear()
        seen, maildrop.old = sorted(maildrop.old), set()
        if seen and not session.settings.no_flag_updates:
            session.change(maildrop.mailbox.store, [maildrop.uids[number - 1] for number in seen], "-", [SEEN])
    session.write(b"+OK\r\n")


def noop(session: Session, words: list[bytes]) -> None:
    """NOOP."""
    session.write(b"+OK\r\n")


def last(session: Session, words: list[bytes]) -> None:
    """LAST (RFC 1460): the highest number that was asked for."""
    none(words)
    session.write(b"+OK %d\r\n" % session.last)


def utf8(session: Session, words: list[bytes]) -> None:
    """UTF8; its place is before login, where some clients do not know it."""
    none(words)
    session.utf8 = True
    session.write(reply.ok(b"UTF8 enabled."))


def lang(session: Session, words: list[bytes]) -> None:
    """LANG."""
    session.write(reply.language(words))


def quit_update(session: Session, words: list[bytes]) -> None:
    """QUIT: the UPDATE state."""
    none(words)
    marked = bool(session.maildrop.deleted)
    done = session.update()
    session.end("Logged out")
    if done:
        session.write(reply.ok(b"Logging out, messages deleted." if marked else b"Logging out."))
    else:
        session.write(reply.err(b"some deleted messages not removed", reply.TEMPORARY))


Run = Callable[["Session", list[bytes]], None]
_COMMANDS: dict[bytes, Run] = {
    b"STAT": stat, b"LIST": scan_list, b"UIDL": uidl, b"RETR": retr, b"TOP": top_lines, b"DELE": dele, b"RSET": rset,
    b"NOOP": noop, b"CAPA": capa, b"UTF8": utf8, b"LANG": lang, b"QUIT": quit_update,
}  # fmt: skip
_WITH_LAST = {**_COMMANDS, b"LAST": last}


def table(*, last: bool) -> dict[bytes, Run]:
    """The commands by name."""
    return _WITH_LAST if last else _COMMANDS
