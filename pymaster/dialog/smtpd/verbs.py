"""verbs - the commands smtpd knows, in the order of the disconnect line, and who answers each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pymaster.dialog.smtpd import bdat, data, forward, hello, mail, misc, rcpt
from pymaster.proto.smtp.command import Command
from pymaster.proto.smtp.reply import Reply

if TYPE_CHECKING:
    from pymaster.dialog.smtpd.session import Session

Run = Callable[["Session", Command], Reply]


class Verb:
    """One command. `name` counts it, `label` names it in log lines, `junk` commands do nothing for a delivery."""

    __slots__ = ("junk", "label", "name", "run")

    def __init__(self, name: str, run: Run, *, junk: bool = False) -> None:
        self.name, self.label, self.run, self.junk = name, name.upper(), run, junk


VERBS: dict[bytes, Verb] = {
    verb.label.encode(): verb
    for verb in (
        Verb("helo", hello.helo, junk=True),
        Verb("ehlo", hello.ehlo, junk=True),
        Verb("xclient", forward.xclient, junk=True),
        Verb("xforward", forward.xforward, junk=True),
        Verb("starttls", misc.starttls, junk=True),
        Verb("auth", misc.auth),
        Verb("mail", mail.mail),
        Verb("rcpt", rcpt.rcpt),
        Verb("data", data.data),
        Verb("bdat", bdat.bdat),
        Verb("rset", misc.rset, junk=True),
        Verb("noop", misc.noop, junk=True),
        Verb("vrfy", misc.vrfy, junk=True),
        Verb("expn", misc.expn, junk=True),
        Verb("etrn", misc.etrn, junk=True),
        Verb("quit", misc.quit_),
        Verb("help", misc.help_, junk=True),
    )
}

# LMTP greets with LHLO; HELO and EHLO are then no commands (RFC 2033 section 4.1).
LMTP_VERBS: dict[bytes, Verb] = {b"LHLO": Verb("lhlo", hello.lhlo, junk=True)} | {
    name: verb for name, verb in VERBS.items() if name not in (b"HELO", b"EHLO")
}
