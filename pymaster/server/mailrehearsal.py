"""mailrehearsal - POP3 and IMAP sessions on a mailbox in memory, in the nursery, so that workers share what first use builds.

See `server.rehearsal`: nothing is opened, no hub begins.
"""

import codecs
import importlib
from typing import cast

from pymaster.config.snapshot import Snapshot
from pymaster.dialog.imapd.handed import Client
from pymaster.dialog.imapd.handed import World as ImapWorld
from pymaster.dialog.imapd.session import Session as ImapSession
from pymaster.dialog.pop3d.handed import World as Pop3World
from pymaster.dialog.pop3d.session import Session as Pop3Session
from pymaster.server import rehearsal
from pymaster.server.mailsettings import imap_settings, pop3_settings
from pymaster.store.mailbox.contract import Account
from pymaster.store.mailbox.memory import MemoryAccount

# Formats are imported by name when an account of theirs is opened.
LATER = ("pymaster.store.mailbox.mboxaccount", "zlib")
# Character sets of mail, imported when the first text in one is searched: a user may not be able to read their files then.
_CHARSETS = (
    "utf_7", "utf_8", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "ascii", "latin_1", "koi8_r", "koi8_u", "big5", "gb2312",
    "gbk", "gb18030", "hz", "euc_jp", "shift_jis", "iso2022_jp", "euc_kr", "iso2022_kr", "cp437", "cp850", "cp866", "tis_620",
    "mac_roman", "idna", "punycode", *[f"iso8859_{n}" for n in range(1, 17) if n != 12],
    *[f"cp{n}" for n in (874, 932, 936, 949, 950, *range(1250, 1259))],
)  # fmt: skip
_CONTENT = rehearsal.CONTENT.replace(b"\n", b"\r\n")
_APPEND = b"a APPEND INBOX (\\Seen) {%d+}\r\n%s\r\n" % (len(_CONTENT), _CONTENT)
IMAP = (
    b"a SELECT INBOX\r\n", _APPEND, _APPEND, b"a UID FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE ENVELOPE BODYSTRUCTURE)\r\n",
    b"a UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (From To Subject Date)] MODSEQ)\r\n", b"a FETCH 1 (BODY[])\r\n",
    b"a UID STORE 1:* +FLAGS.SILENT (\\Seen $Work)\r\n", b"a UID SEARCH UNSEEN SUBJECT rehearsal BODY hello\r\n",
    b"a UID SORT (DATE SUBJECT) UTF-8 ALL\r\n", b"a UID THREAD REFERENCES UTF-8 ALL\r\n", b'a LIST "" *\r\n',
    b"a STATUS INBOX (MESSAGES UNSEEN UIDNEXT)\r\n", b"a COPY 1 Sent\r\n", b"a IDLE\r\nDONE\r\n", b"a UID EXPUNGE 1\r\n",
    b"a NOOP\r\na CLOSE\r\na LOGOUT\r\n",
)  # fmt: skip
POP3 = (b"STAT\r\nUIDL\r\nLIST\r\n", b"RETR 1\r\nTOP 1 0\r\n", b"QUIT\r\n")


class Scripted(rehearsal.Client):
    """A client whose words are written; nobody wakes it."""

    def send(self, data: bytes | memoryview, deadline: float) -> None:
        """It does not listen."""

    def wake(self) -> None:
        """It has no news."""


def rehearse(snapshot: Snapshot) -> None:
    """All of it, as often as the interpreter wants to see it."""
    for name in LATER:
        importlib.import_module(name)
    for name in _CHARSETS:
        codecs.lookup(name)
    imap, pop3 = imap_settings(snapshot), pop3_settings(snapshot)
    who = Client("user", "127.0.0.1", "127.0.0.1")

    def once(_: int) -> None:
        account = cast(Account, MemoryAccount())
        account.create("Sent")
        ImapSession(ImapWorld(imap, account), Scripted(list(IMAP)), who).run(b"a")
        Pop3Session(Pop3World(pop3, account), Scripted(list(POP3)), who, b"").run()

    rehearsal.rounds(once)
