"""mailfind - messages of a user by IMAP SEARCH, and what is told of them: `pymaster search` and `pymaster fetch`.

The query runs through the IMAP session itself, over no connection: it means here what it means to a client.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from typing import Any

from pymaster.commands.aligned import aligned
from pymaster.dialog.imapd.handed import Client, World
from pymaster.dialog.imapd.names import string
from pymaster.dialog.imapd.session import Session
from pymaster.dialog.imapd.settings import Settings
from pymaster.proto.imap.sets import SequenceSet, expand, slices
from pymaster.proto.imap.utf7 import encode_utf7
from pymaster.proto.message.digest import HEADER, MESSAGE_ID
from pymaster.proto.message.fields import fields
from pymaster.proto.message.words import decode_words
from pymaster.proto.pop3.stuffing import header_end
from pymaster.store.mailbox.contract import Account, Mailbox
from pymaster.store.mailbox.mboxmessage import laid
from pymaster.store.mailbox.mboxscan import from_text
from pymaster.util.errors import Fatal
from pymaster.util.text import printable

# A program in one word: strings, and what stands between them.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"]+|"', re.DOTALL)
# Words of a query that need no quoting: keys, sets, dates, parentheses.
_PLAIN = re.compile(r"[^\x00-\x20\x7f-\U0010ffff\"\\{}%]+")
_FOUND = re.compile(rb"\* ESEARCH \(TAG \"q\"\) UID ALL ([0-9:,]+)\r\n")
_REFUSED = re.compile(rb"(?m)^[sq] (?:NO|BAD) (?:\[[^\]]*\] )?([^\r\n]*)")
FROM_WIDTH, SUBJECT_WIDTH = 30, 60


class _Script:
    """A client that says all it has to say at once."""

    def __init__(self, words: bytes) -> None:
        self.words, self.heard = words, bytearray()

    def recv(self, deadline: float) -> bytes:
        words, self.words = self.words, b""
        return words

    def send(self, data: bytes | memoryview, deadline: float) -> None:
        self.heard += data

    def wake(self) -> None:
        """Nothing to be woken for."""


def query_of(words: Sequence[str]) -> bytes:
    """The words of a command line as a search program. A word with a blank is one string; a single word is a whole program,
    with strings in double quotes. Raises Fatal.
    """
    tokens = [_unquoted(token) for token in _TOKEN.findall(words[0])] if len(words) == 1 else list(words)
    out = []
    for token in tokens:
        raw = token.encode("utf-8", "surrogateescape")
        if b"\0" in raw:
            raise Fatal("NUL in the query")
        out.append(raw if _PLAIN.fullmatch(token) else b"{%d+}\r\n%s" % (len(raw), raw))
    return b" ".join(out)


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL) if token[:1] == token[-1:] == '"' else token


def search(account: Account, name: str, query: bytes) -> list[int]:
    """UIDs of the messages of a mailbox that match. Raises Fatal for a query that is none."""
    script = _Script(
        b"s EXAMINE %s\r\nq UID SEARCH RETURN (ALL) CHARSET UTF-8 %s\r\n" % (string(encode_utf7(name)), query)
    )
    Session(World(Settings(idle_timeout=1e9, send_timeout=1e9), account), script, Client(account.user)).run(b"login")
    heard = bytes(script.heard)
    refused = _REFUSED.search(heard)
    if refused is not None:
        raise Fatal(f"{name}: {printable(refused[1])}")
    found = _FOUND.search(heard)
    return list(expand(SequenceSet.parse(found[1]).resolved(0))) if found is not None else []


def chosen(mailbox: Mailbox, text: str) -> list[int]:
    """The UIDs of a set (`1,5:7,9:*`) that are there. Raises Fatal."""
    state = mailbox.state
    try:
        wanted = SequenceSet.parse(text.encode("ascii"))
        if wanted.saved:
            raise ValueError(text)
    except ValueError:
        raise Fatal(f"{text}: not a set of UIDs, such as 1,5:7,9:*") from None
    ranges = wanted.resolved(state.uids[-1] if len(state) else 0)
    return [uid for each in slices(state.uids, ranges) for uid in state.uids[each.start : each.stop]]


def about(mailbox: Mailbox, uid: int) -> dict[str, Any]:
    """What is told of a message."""
    state, digest = mailbox.state, mailbox.digest(uid)
    row = state.position(uid)
    header = digest[HEADER] if digest is not None else b""
    found = fields(header, (b"from", b"to", b"subject"))
    text = {name: printable(decode_words(values[0])) for name, values in found.items()}
    return {
        "mailbox": mailbox.name,
        "uid": uid,
        "date": state.dates[row],
        "size": state.sizes[row],
        "flags": mailbox.flags.text[state.flags[row]].decode("ascii", "replace").split(),
        "from": text.get(b"from", ""),
        "to": text.get(b"to", ""),
        "subject": text.get(b"subject", ""),
        "message_id": printable(digest[MESSAGE_ID]) if digest is not None else "",
    }


def print_found(account: Account, names: Sequence[str], query: bytes, *, as_json: bool) -> int:
    """The messages that match, of these mailboxes; 1 when there are none."""
    rows = []
    for name in names:
        uids = search(account, name, query)
        if not uids:
            continue
        mailbox = account.open(name)
        try:
            mailbox.prepare(uids)
            rows += [about(mailbox, uid) for uid in uids if mailbox.state.position(uid) >= 0]
        finally:
            mailbox.close()
    print_rows(rows, as_json=as_json)
    return 0 if rows else 1


def print_rows(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Messages as a table, or as JSON."""
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = [["MAILBOX", "UID", "DATE", "SIZE", "FLAGS", "FROM", "SUBJECT"]]
    for row in rows:
        date = time.strftime("%Y-%m-%d %H:%M", time.localtime(row["date"]))
        head = [row["mailbox"], str(row["uid"]), date, str(row["size"]), " ".join(row["flags"])]
        table.append([*head, row["from"][:FROM_WIDTH], row["subject"][:SUBJECT_WIDTH]])
    sys.stdout.write(aligned(table))


def fetch(account: Account, name: str, text: str, options: dict[str, str]) -> int:
    """Messages on standard output: as text, with `--headers` their headers, with `--mbox` as an mbox, or JSON."""
    mailbox = account.open(name)
    rows: list[dict[str, Any]] = []
    try:
        uids = chosen(mailbox, text)
        out = sys.stdout.buffer
        for uid in uids:
            message = mailbox.read(uid)
            if message is None:
                continue
            if "--headers" in options:
                message = message[: header_end(message)]
            if "--json" in options:
                rows.append({**about(mailbox, uid), "text": message.decode("utf-8", "replace")})
            elif "--mbox" in options:
                date = mailbox.state.dates[mailbox.state.position(uid)]
                out.write(laid(from_text(date), ended(message), b""))
            else:
                out.write(message.replace(b"\r\n", b"\n"))
        if "--json" in options:
            print(json.dumps(rows, indent=2))
        out.flush()
    finally:
        mailbox.close()
    return 0 if uids else 1


def ended(message: bytes) -> bytes:
    """A message with LF line ends that ends in one."""
    text = message.replace(b"\r\n", b"\n")
    return text if text.endswith(b"\n") else text + b"\n"
