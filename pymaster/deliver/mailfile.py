"""mailfile - what is put before a message when it comes to rest: From_ line, Return-Path, X-Original-To, Delivered-To.

The order and the forms are Postfix's (local(8), virtual(8), pipe(8)); addresses are in external form, Delivered-To in
lower case because loops are found by comparing it.
"""

import re
import time
from collections.abc import Iterable, Iterator

from pymaster.deliver import content
from pymaster.proto.address import quote_local

MAILER_DAEMON = b"MAILER-DAEMON"
_HARMFUL = re.compile(rb"[\x00\r\n]")


def external(address: bytes) -> bytes:
    """An address in external form that cannot begin a line of its own."""
    quoted = quote_local(address)
    return _HARMFUL.sub(b"?", quoted) if _HARMFUL.search(quoted) else quoted


def from_line(sender: bytes, now: float) -> bytes:
    """The line that begins a message in an mbox; `now` is wall seconds."""
    return b"From %s  %s\n" % (external(sender) or MAILER_DAEMON, time.asctime(time.localtime(now)).encode())


def head(sender: bytes, orig_to: bytes = b"", delivered: bytes = b"") -> bytes:
    """Return-Path, and X-Original-To and Delivered-To where given."""
    lines = b"Return-Path: <%s>\n" % external(sender)
    if orig_to:
        lines += b"X-Original-To: %s\n" % external(orig_to)
    if delivered:
        lines += delivered_line(delivered)
    return lines


def delivered_line(address: bytes) -> bytes:
    """The header that loops are found by."""
    return b"Delivered-To: %s\n" % external(address).lower()


def mbox(from_: bytes, head_: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """A message as an mbox holds it: quoted, with an empty line at the end."""
    quoted = content.quote_from(blocks)
    return content.finish_line(content.with_head(from_ + head_, quoted), b"\n")


def maildir(head_: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """A message as a Maildir holds it: one file, nothing quoted."""
    return content.with_head(head_, blocks)
