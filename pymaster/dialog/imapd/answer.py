"""answer - how a command ends: a tagged OK, NO or BAD with an optional response code (RFC 3501 7.1, RFC 5530)."""

from dataclasses import dataclass

from pymaster.store.mailbox.contract import MailboxError


@dataclass(slots=True)
class Answer:
    """The tagged response. `code` without brackets; `text` never holds a path or a program's error text."""

    word: bytes
    text: bytes
    code: bytes = b""

    def line(self, tag: bytes) -> bytes:
        """The response as it is sent."""
        if self.code:
            return b"%s %s [%s] %s\r\n" % (tag, self.word, self.code, self.text)
        return b"%s %s %s\r\n" % (tag, self.word, self.text)


def ok(text: bytes, code: bytes = b"") -> Answer:
    """It was done."""
    return Answer(b"OK", text, code)


def no(text: bytes, code: bytes = b"") -> Answer:
    """It was refused."""
    return Answer(b"NO", text, code)


def bad(text: bytes) -> Answer:
    """It was no command."""
    return Answer(b"BAD", text)


def refusal(error: MailboxError) -> Answer:
    """The store's refusal."""
    return no(error.text.encode("ascii", "replace"), error.code.encode())
