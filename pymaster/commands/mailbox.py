"""mailbox - what an administrator does with a user's mail: `pymaster mailbox`, `search`, `fetch`, `flags`, `expunge`,
`copy`, `move`, `import`, `resync`, `quota`.

Works on the store itself, beside running sessions and without them; in a process with the owner's rights.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pymaster.commands import auth, mailfind, mailimport
from pymaster.commands.aligned import aligned
from pymaster.commands.mailowner import as_owner
from pymaster.commands.progress import Progress
from pymaster.config.params.mailbox import MailboxParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.mailplace import MailPlace
from pymaster.rules import mailplaces
from pymaster.store.mailbox.account import open_account
from pymaster.store.mailbox.contract import Account
from pymaster.store.mailbox.indexed import IndexedMailbox
from pymaster.store.mailbox.resync import drop_index
from pymaster.store.mailbox.state import SYSTEM_FLAGS, canonical
from pymaster.util.errors import Fatal

_FLAG = re.compile(r"\\?[^\x00-\x20\x7f-\U0010ffff(){%*\"\\\]]+")
USAGE = {
    "mailbox": "mailbox list|status|create|delete|rename|subscribe|unsubscribe USER [NAME...]",
    "search": "search USER [--mailbox NAME] QUERY...",
    "fetch": "fetch USER MAILBOX UIDS [--headers|--mbox|--json]",
    "flags": "flags USER MAILBOX UIDS --add FLAGS | --remove FLAGS",
    "expunge": "expunge USER MAILBOX [UIDS]",
    "copy": "copy USER MAILBOX UIDS TO",
    "move": "move USER MAILBOX UIDS TO",
    "import": "import USER SOURCE [MAILBOX]",
    "resync": "resync USER [MAILBOX...]",
    "quota": "quota USER [--set storage=1G:messages=1000]",
}


@dataclass(slots=True)
class Job:
    """What an action is handed: the account and where it lies, the job.words behind the user's name, the options."""

    account: Account
    place: MailPlace
    words: list[str]
    options: dict[str, str]

    @property
    def as_json(self) -> bool:
        """Whether a script reads it."""
        return "--json" in self.options


def main(verb: str, snapshot: Snapshot, options: dict[str, str], words: Sequence[str]) -> int:
    """One of the commands; its exit status. Raises Fatal."""
    words = list(words)
    if verb == "mailbox":
        run = _MAILBOX.get(words.pop(0) if words else "")
    else:
        run = _COMMANDS[verb]
    if run is None or not words:
        raise usage(verb)
    place = auth.lookup(snapshot, words[0])
    if place is None:
        raise Fatal(f"{words[0]}: unknown user")
    rest = words[1:]
    if verb == "import" and rest and rest[0] != "-":
        rest[0] = os.path.abspath(rest[0])
    group = snapshot[MailboxParams].mailbox_privileged_group
    return as_owner(place, group, lambda account: run(Job(account, place, rest, options)))


def usage(verb: str) -> Fatal:
    """How the command is written."""
    return Fatal(f"usage: pymaster {USAGE[verb]}")


def selectable(account: Account) -> list[str]:
    """The names of all mailboxes that hold messages."""
    return [entry.name for entry in account.entries() if entry.selectable]


def show(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Rows as a table, or as JSON; the keys are the columns."""
    if as_json:
        print(json.dumps(rows, indent=2))
    elif rows:
        table = [[key.upper() for key in rows[0]]]
        table += [[_cell(value) for value in row.values()] for row in rows]
        sys.stdout.write(aligned(table))


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "-"
    if isinstance(value, list):
        return " ".join(value) or "-"
    return str(value)


# `pymaster mailbox ...`


def list_names(job: Job) -> int:
    """Every mailbox."""
    subscribed = set(job.account.subscriptions())
    rows = [
        {
            "name": entry.name,
            "selectable": entry.selectable,
            "children": entry.children,
            "subscribed": entry.name in subscribed,
            "special": list(entry.special),
        }
        for entry in job.account.entries()
        if not job.words or entry.name in job.words
    ]
    show(rows, as_json=job.as_json)
    return 0


def status(job: Job) -> int:
    """Counts of these mailboxes, or of all."""
    rows = []
    for name in job.words or selectable(job.account):
        found = job.account.counts(name)
        rows.append(
            {
                "mailbox": name,
                "messages": found.messages,
                "unseen": found.unseen,
                "recent": found.recent,
                "deleted": found.deleted,
                "size": found.size,
                "uidnext": found.uidnext,
                "uidvalidity": found.uidvalidity,
                "modseq": found.highest,
            }
        )
    show(rows, as_json=job.as_json)
    return 0


def create(job: Job) -> int:
    """New mailboxes, subscribed."""
    if not job.words:
        raise usage("mailbox")
    for name in job.words:
        job.account.create(name, [use for use in job.options.get("--special", "").split(",") if use])
        job.account.subscribe(name)
    return 0


def delete(job: Job) -> int:
    """Remove mailboxes with all that is in them."""
    if not job.words:
        raise usage("mailbox")
    for name in job.words:
        job.account.delete(name)
        job.account.subscribe(name, on=False)
    return 0


def rename(job: Job) -> int:
    """A new name for a mailbox and its children; a subscription goes with it."""
    if len(job.words) != 2:
        raise Fatal("usage: pymaster mailbox rename USER OLD NEW")
    old, new = job.words
    below = old + job.account.separator
    job.account.rename(old, new)
    for name in job.account.subscriptions():
        if name != "INBOX" and (name == old or name.startswith(below)):
            job.account.subscribe(name, on=False)
            job.account.subscribe(new + name[len(old) :])
    return 0


def subscribe(job: Job) -> int:
    """Subscribe."""
    for name in job.words:
        job.account.subscribe(name)
    return 0


def unsubscribe(job: Job) -> int:
    """Take subscriptions back."""
    for name in job.words:
        job.account.subscribe(name, on=False)
    return 0


# Messages.


def search(job: Job) -> int:
    """Messages by IMAP's SEARCH."""
    if not job.words:
        raise usage("search")
    names = [job.options["--mailbox"]] if "--mailbox" in job.options else selectable(job.account)
    return mailfind.print_found(job.account, names, mailfind.query_of(job.words), as_json=job.as_json)


def fetch(job: Job) -> int:
    """Messages on standard output."""
    if len(job.words) != 2:
        raise usage("fetch")
    return mailfind.fetch(job.account, job.words[0], job.words[1], job.options)


def flags(job: Job) -> int:
    """Change flags; tells how many messages have them now."""
    given = [(sign, flag_list(job.options.get(option, ""))) for sign, option in (("+", "--add"), ("-", "--remove"))]
    if len(job.words) != 2 or not any(wanted for _, wanted in given):
        raise usage("flags")
    mailbox = job.account.open(job.words[0])
    try:
        uids = mailfind.chosen(mailbox, job.words[1])
        for sign, wanted in given:
            if wanted:
                mailbox.store(uids, sign, wanted)
    finally:
        mailbox.close()
    print(f"{len(uids)} message{'' if len(uids) == 1 else 's'}")
    return 0


def flag_list(text: str) -> list[bytes]:
    """Flags of a list with commas. Raises Fatal for one that none can have."""
    found = [flag for flag in text.split(",") if flag]
    for flag in found:
        system = flag[:1] == "\\"
        if not _FLAG.fullmatch(flag) or (system and canonical(flag.encode()) not in SYSTEM_FLAGS):
            raise Fatal(f"{flag}: not a flag or keyword")
    return [flag.encode("ascii") for flag in found]


def expunge(job: Job) -> int:
    """Remove these messages, or without UIDs those marked as deleted."""
    if len(job.words) not in (1, 2):
        raise usage("expunge")
    mailbox = job.account.open(job.words[0])
    try:
        gone = mailbox.remove(mailfind.chosen(mailbox, job.words[1])) if len(job.words) == 2 else mailbox.expunge()
    finally:
        mailbox.close()
    print(f"{len(gone)} message{'' if len(gone) == 1 else 's'} removed")
    return 0


def copy(job: Job) -> int:
    """Copy messages to another mailbox."""
    return _carry(job, move=False)


def move(job: Job) -> int:
    """Move messages to another mailbox."""
    return _carry(job, move=True)


def _carry(job: Job, *, move: bool) -> int:
    if len(job.words) != 3:
        raise usage("move" if move else "copy")
    name, text, to = job.words
    source = job.account.open(name)
    try:
        target = job.account.open(to)
        try:
            pairs = source.copy(mailfind.chosen(source, text), target, move=move)
        finally:
            target.close()
    finally:
        source.close()
    print(f"{len(pairs)} message{'' if len(pairs) == 1 else 's'} {'moved' if move else 'copied'}")
    return 0


def import_mail(job: Job) -> int:
    """Messages from elsewhere."""
    if len(job.words) not in (1, 2):
        raise usage("import")
    return mailimport.run(job.account, job.words[0], job.words[1] if len(job.words) == 2 else mailimport.INBOX)


# The account.


def resync(job: Job) -> int:
    """Build indexes anew, of these mailboxes or of all."""
    names = job.words or selectable(job.account)
    first = open_account(job.place)
    try:
        places = {name: _index_of(first, name) for name in names}
    finally:
        # An account keeps what it has opened: the next one looks at the disk.
        first.close()
    progress = Progress("mailboxes", len(places))
    second = open_account(job.place)
    try:
        for name, place in places.items():
            if place:
                drop_index(place)
            mailbox = second.open(name)
            print(f"{name}: {len(mailbox.state)} messages")
            mailbox.close()
            progress.step()
    finally:
        progress.end()
        second.close()
    return 0


def _index_of(account: Account, name: str) -> str:
    """The folder of a mailbox's index files, "" for none."""
    mailbox = account.open(name)
    mailbox.close()
    return mailbox.place if isinstance(mailbox, IndexedMailbox) else ""


def quota(job: Job) -> int:
    """What is used of the quota; `--set` changes it where the configuration does not."""
    if "--set" in job.options:
        limits = dict(item.split("=") for item in mailplaces.quota(job.options["--set"]).split(":") if item)
        if not limits and job.options["--set"] not in ("0", "none"):
            raise Fatal(f"{job.options['--set']}: not a quota, such as storage=1G:messages=1000")
        job.account.set_quota(int(limits.get("storage", 0)), int(limits.get("messages", 0)))
    used = job.account.usage()
    rows = [
        {"resource": "storage", "used": used.storage, "limit": used.storage_limit},
        {"resource": "messages", "used": used.messages, "limit": used.messages_limit},
    ]
    if job.as_json:
        show(rows, as_json=True)
        return 0
    show([{**row, "limit": row["limit"] or "none"} for row in rows], as_json=False)
    return 0


_MAILBOX: dict[str, Callable[[Job], int]] = {
    "list": list_names,
    "status": status,
    "create": create,
    "delete": delete,
    "rename": rename,
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
}
_COMMANDS: dict[str, Callable[[Job], int]] = {
    "search": search,
    "fetch": fetch,
    "flags": flags,
    "expunge": expunge,
    "copy": copy,
    "move": move,
    "import": import_mail,
    "resync": resync,
    "quota": quota,
}
