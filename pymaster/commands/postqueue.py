"""postqueue - the mail queue for everybody: list it, have it flushed.

NAME
    postqueue - queue control for unprivileged users

SYNOPSIS
    postqueue [-v] [-c config_dir] -f | -i queue_id | -j | -p | -s site

DESCRIPTION
    -p and -j list the queue, as a table or as JSON lines, by asking showq(8). While the mail system is down the superuser
    and the owner of the queue read it directly. -f has all deferred mail tried now, -i one message, -s the mail for one
    destination, by asking qmgr(8).

DIAGNOSTICS
    Problems go to standard error and the mail log. Exit status 64 for wrong use, 69 when the mail system is down, 77 for users that
    authorized_mailq_users or authorized_flush_users do not list.

SEE ALSO
    showq(8), qmgr(8), postsuper(1), mailq(1)
"""

from __future__ import annotations

import getopt
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pymaster.commands import cmdlog, listing, queueaccess
from pymaster.config.snapshot import Snapshot
from pymaster.model.greeting import Flush
from pymaster.model.queuelist import Listed, ListPage, ListQuery
from pymaster.runtime.ask import Asker
from pymaster.util import log
from pymaster.util.errors import ConfigError, ConnectionLost, Fatal
from pymaster.util.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

USAGE, UNAVAILABLE, NOPERM = 64, 69, 77
VIEW, FLUSH = "authorized_mailq_users", "authorized_flush_users"
_SYNOPSIS = "usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site"
PATIENCE = 60.0


class Refused(Exception):
    """The command ends with this exit status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    log.setup(log.StderrSink("postqueue"), "postqueue")
    try:
        _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has seen enough, as `| head` does
    except Refused as exc:
        log.fatal(str(exc))
        return exc.status
    except queueaccess.NotPermitted as exc:
        log.fatal(str(exc))
        return NOPERM
    except (ConfigError, Fatal) as exc:
        log.fatal(str(exc))
        return 1
    return 0


def _run(argv: list[str]) -> None:
    try:
        options, words = getopt.getopt(argv, "c:fi:jps:v")
    except getopt.GetoptError:
        raise Refused(_SYNOPSIS, USAGE) from None
    given = dict(options)
    actions = [name for name, _ in options if name in ("-f", "-i", "-j", "-p", "-s")]
    if len(actions) != 1 or words:
        raise Refused(_SYNOPSIS, USAGE)
    snapshot = queueaccess.load(given.get("-c", ""))
    cmdlog.setup(snapshot, "postqueue")
    look = actions[0] in ("-p", "-j")
    queueaccess.permit(snapshot, VIEW if look else FLUSH, "view" if look else "flush")
    if look:
        show(snapshot, as_json=actions[0] == "-j")
    elif actions[0] == "-i":
        flush(snapshot, Flush(queue_id=_checked_id(given["-i"])))
    elif actions[0] == "-s":
        flush(snapshot, Flush(site=_checked_site(given["-s"])))
    else:
        flush(snapshot, Flush())


def show(snapshot: Snapshot, as_json: bool = False) -> None:
    """Print the queue. Raises Refused, Fatal."""
    items = _items(snapshot)
    null_sender = snapshot.text("empty_address_recipient")
    long_ids = snapshot.text("enable_long_queue_ids") == "yes"
    text = listing.as_json(items, null_sender) if as_json else listing.traditional(items, long_ids, null_sender)
    for piece in text:
        sys.stdout.write(piece)


def _items(snapshot: Snapshot) -> Iterator[Listed]:
    try:
        asker = Asker(queueaccess.socket_of(snapshot, "showq_service_name"), "showq", (ListPage,), PATIENCE)
    except (OSError, ConnectionLost) as exc:
        service = f"{snapshot.text('mail_name')} {snapshot.text('showq_service_name')}"
        return _pages(_direct(snapshot, f"Connect to the {service} service: {_why(exc)}"))
    return _pages(lambda query: _ask(asker, query))


def _ask(asker: Asker, query: ListQuery) -> ListPage:
    try:
        return asker.ask(query, ListPage)
    except (OSError, ConnectionLost) as exc:
        raise Fatal(f"malformed showq server response: {_why(exc)}") from exc


def _direct(snapshot: Snapshot, why: str) -> Callable[[ListQuery], ListPage]:
    """Read the queue ourselves, for nobody else does."""
    if not queueaccess.is_privileged(snapshot):
        raise Refused(f"Queue report unavailable - mail system is down ({why})", UNAVAILABLE)
    log.warning(f"Mail system is down -- accessing queue directly ({why})")
    from pymaster.commands import waiting

    # Before root's rights go: submissions belong to those who made them.
    drop = tuple(waiting.listed(os.path.join(snapshot.text("queue_directory"), "maildrop")))
    if not os.path.exists(os.path.join(queueaccess.home(snapshot), "data.mdb")):
        return lambda query: ListPage(drop, last=True)
    from pymaster.store import listing as pages

    queue = queueaccess.open_queue(snapshot)

    def page(query: ListQuery) -> ListPage:
        found = pages.page(queue, query)
        return ListPage(found.items + drop, last=True) if found.last else found

    return page


def _pages(ask: Callable[[ListQuery], ListPage]) -> Iterator[Listed]:
    query = ListQuery()
    while True:
        page = ask(query)
        yield from page.items
        if page.last:
            return
        query = ListQuery(page.after, page.skip)


def flush(snapshot: Snapshot, request: Flush) -> None:
    """Ask the queue manager to try deferred mail. Raises Refused when it is not there."""
    try:
        with Asker(queueaccess.socket_of(snapshot, "queue_service_name"), "queue", (), PATIENCE) as asker:
            asker.send(request)
    except (OSError, ConnectionLost) as exc:
        raise Refused("Cannot flush mail queue - mail system is down", UNAVAILABLE) from exc


def _checked_id(text: str) -> str:
    if not (text.isascii() and text.isalnum() and len(text) <= 64):
        raise Refused(f'Cannot flush queue ID - invalid name: "{printable(text, 100)}"', USAGE)
    return text


def _checked_site(text: str) -> str:
    name = text[1:-1] if text.startswith("[") and text.endswith("]") else text.lower()
    if (
        not name
        or len(name) > 255
        or not name.isascii()
        or not name.replace("-", "a").replace(".", "a").replace(":", "a").isalnum()
    ):
        raise Refused(f'Cannot flush mail queue - invalid destination: "{printable(text, 100)}"', USAGE)
    return text


def _why(exc: Exception) -> str:
    return getattr(exc, "strerror", None) or str(exc)


if __name__ == "__main__":
    sys.exit(main())
