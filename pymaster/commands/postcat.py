"""postcat - show a message of the mail queue.

NAME
    postcat - show queue file contents

SYNOPSIS
    postcat [-bdehnoqrv] [-c config_dir] [-s offset] [queue_id ...]

DESCRIPTION
    Prints envelope (-e), header (-h) and body (-b) of the messages named, all three by default. With -q a name is a queue
    id; without, it is a path as mailq's reader might have built it (`deferred/4/4ABC1234`), of which the last part
    counts: messages lie in one store, not in files. -d and -o print each record's type and its offset in the output
    order; -r and -v are accepted; -s skips records before an offset.

SECURITY
    For the superuser and the owner of the queue.

DIAGNOSTICS
    Problems go to standard error; exit status 1.

SEE ALSO
    postqueue(1), postsuper(1)
"""

import getopt
import os
import sys
import time
from collections.abc import Iterator

from pymaster.commands import cmdlog, queueaccess
from pymaster.config.params.qmgr import QmgrParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.envelope import SMTPUTF8
from pymaster.model.stored import Stored
from pymaster.store.contract import CorruptRow
from pymaster.store.queue import Queue
from pymaster.util import log
from pymaster.util.errors import ConfigError, Fatal

_SYNOPSIS = (
    "usage: postcat [-b (body text)] [-c config_dir] [-d (decimal record type)] [-e (envelope records)] [-h (header text)] "
    "[-q (access queue)] [-v] [file(s)...]"
)
# Record types by name, as Postfix numbers them (postcat -d).
TYPES = {
    "message_size": 67,
    "message_arrival_time": 84,
    "create_time": 99,
    "named_attribute": 65,
    "sender": 83,
    "done_recipient": 68,
    "original_recipient": 79,
    "recipient": 82,
    "regular_text": 78,
}


class View:
    """What is to be shown."""

    def __init__(self, flags: set[str], skip: int) -> None:
        everything = not flags & {"-b", "-e", "-h"}
        self.envelope, self.header, self.body = (everything or name in flags for name in ("-e", "-h", "-b"))
        self.types, self.offsets, self.skip = "-d" in flags, "-o" in flags, skip


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    log.setup(log.StderrSink("postcat"), "postcat")
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has seen enough
        return 1
    except (ConfigError, Fatal) as exc:
        log.fatal(str(exc))
        return 1


def _run(argv: list[str]) -> int:
    try:
        options, words = getopt.getopt(argv, "bc:dehnoqrs:v")
    except getopt.GetoptError as exc:
        raise Fatal(_SYNOPSIS) from exc
    given = dict(options)
    if "-q" not in given and not words:
        words = [line.strip(" \t\r\n") for line in sys.stdin]
    skip = given.get("-s", "0")
    if not (skip.isascii() and skip.isdigit() and len(skip) < 16):
        raise Fatal(f"bad offset: {skip}")
    snapshot = queueaccess.load(given.get("-c", ""))
    cmdlog.setup(snapshot, "postcat")
    queue = queueaccess.open_queue(snapshot)
    view = View(set(given), int(skip))
    try:
        for word in words:
            _show(queue, snapshot, os.path.basename(word), view)
        sys.stdout.flush()
    finally:
        queue.close()
    return 0


def _show(queue: Queue, snapshot: Snapshot, queue_id: str, view: View) -> None:
    if not (queue_id.isascii() and queue_id.isalnum() and len(queue_id) <= 64):
        raise Fatal(f"bad mail queue ID: {queue_id}")
    try:
        stored = queue.load(queue_id)
        if stored is None:
            raise Fatal(f"open queue file {queue_id}: No such file or directory")
        for piece in pieces(stored, queue.chunks(queue_id), path_of(stored, snapshot), view):
            sys.stdout.buffer.write(piece)
    except CorruptRow as exc:
        raise Fatal(f"{queue_id}: input is not a valid queue file: {exc}") from exc
    except KeyError as exc:
        raise Fatal(f"open queue file {queue_id}: No such file or directory") from exc


def path_of(stored: Stored, snapshot: Snapshot) -> str:
    """Where the message would lie as a file: `deferred/4/4ABC1234`, by hash_queue_names and hash_queue_depth."""
    queue_id, queue = stored.envelope.queue_id, stored.state.queue
    params = snapshot[QmgrParams]
    hashed = queue in split_list(params.hash_queue_names)
    return "/".join([queue, *queue_id[: params.hash_queue_depth if hashed else 0], queue_id])


def pieces(stored: Stored, body: Iterator[bytes], path: str, view: View) -> Iterator[bytes]:
    """The text of a message, section by section."""
    out = _Records(view)
    yield out.marker(f"ENVELOPE RECORDS {path}", view.envelope)
    if view.envelope:
        yield from (out.record(name, value) for name, value in envelope_records(stored))
    yield out.marker(f"MESSAGE CONTENTS {path}", view.envelope)
    if view.header or view.body:
        yield from _content(body, out, view)
    yield out.marker(f"HEADER EXTRACTED {path}", view.envelope)
    yield out.marker(f"MESSAGE FILE END {path}", view.envelope)


class _Records:
    """Formats records, keeping count of the offset."""

    def __init__(self, view: View) -> None:
        self.view, self.offset = view, 0

    def marker(self, text: str, shown: bool) -> bytes:
        return b"*** " + text.encode() + b" ***\n" if shown else b""

    def record(self, name: str, value: bytes, shown: bool = True) -> bytes:
        """`name: value` for an envelope record, the bare line for text; b"" before the offset asked for."""
        view, offset = self.view, self.offset
        self.offset += len(value) + 2
        if offset < view.skip or not shown:
            return b""
        head = b"%9d " % offset if view.offsets else b""
        if view.types:
            head += b"%3d " % TYPES[name]
        return head + (value if name == "regular_text" else name.encode() + b": " + value) + b"\n"


def envelope_records(stored: Stored) -> Iterator[tuple[str, bytes]]:
    """The envelope as (record name, value)."""
    envelope, origin = stored.envelope, stored.envelope.origin
    count, utf8 = len(envelope.recipients), int(bool(envelope.flags & SMTPUTF8))
    numbers = (envelope.size, 0, count, 0, envelope.size, utf8)
    yield "message_size", " ".join([f"{number:15d}" for number in numbers]).encode()
    yield "message_arrival_time", time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(envelope.arrival)).encode()
    yield "create_time", time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(envelope.arrival)).encode()
    named = {
        "log_ident": envelope.queue_id,
        "rewrite_context": envelope.context,
        "encoding": envelope.encoding,
        "content_filter": envelope.content_filter,
        "log_client_name": origin.client_name,
        "log_client_address": origin.client_address,
        "log_client_port": origin.client_port,
        "log_helo_name": origin.helo,
        "log_protocol_name": origin.protocol,
        "sasl_method": origin.sasl_method,
        "sasl_username": origin.sasl_username,
    }
    for name, value in named.items():
        if value:
            yield "named_attribute", f"{name}={value}".encode("utf-8", "replace")
    if envelope.envid:
        yield "named_attribute", b"envelope_id=" + envelope.envid
    yield "sender", envelope.sender
    left = set(stored.remaining())
    for n, recipient in enumerate(envelope.recipients):
        if recipient.orcpt:
            yield "named_attribute", b"dsn_orig_rcpt=" + recipient.orcpt
        if recipient.orig_to:
            yield "original_recipient", recipient.orig_to
        yield "recipient" if n in left else "done_recipient", recipient.address


def _content(blocks: Iterator[bytes], out: _Records, view: View) -> Iterator[bytes]:
    """Header and body lines; only in this one place is content taken apart by lines."""
    in_header, rest = True, b""
    for block in blocks:
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        for line in lines:
            in_header = in_header and _is_header(line)
            yield out.record("regular_text", line, view.header if in_header else view.body)
    if rest:
        in_header = in_header and _is_header(rest)
        yield out.record("regular_text", rest, view.header if in_header else view.body)


def _is_header(line: bytes) -> bool:
    name = line.split(b":", 1)[0].rstrip(b" \t")
    return line[:1] in (b" ", b"\t") or (b":" in line and bool(name) and not set(name) & set(b" \t"))


if __name__ == "__main__":
    sys.exit(main())
