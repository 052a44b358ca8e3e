"""columns - FETCH items compiled to columns: each gives one item's values for a batch of messages at once.

A column has a format (`ENVELOPE %b`) and a function from a batch to values, so that the answers of hundreds of messages are
one format applied to a zip of columns: of the work a message costs, little is left to the interpreter. Columns of message
contents hand out octets and a function that says what stands before them; they are rendered piece by piece and not copied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pymaster.dialog.imapd.batch import Batch
from pymaster.dialog.imapd.objectid import email_id, thread_id
from pymaster.proto.imap import internaldate
from pymaster.proto.imap.fetch_items import Item
from pymaster.proto.imap.fields import picker
from pymaster.proto.imap.section import FIELDS_NOT, HEADER, Section, cut, part_of, picked
from pymaster.proto.message import digest as fields
from pymaster.proto.message import parttree, transfer
from pymaster.proto.message.digest import Digest

Values = Sequence[Any]


@dataclass(slots=True)
class Column:
    """`format` of the item with its label; `values` of a batch. `head` is set where values are octets (or None, for NIL)
    that follow `format` and what `head` says of them. What the values are made from: `digests`, `bodies`. `known` tells
    whether the transfer encoding of the part of a message is one that can be undone; `seen`: to ask for it sets \\Seen."""

    format: bytes
    values: Callable[[Batch], Values]
    head: Callable[[bytes | None], bytes] | None = None
    digests: bool = False
    bodies: bool = False
    seen: bool = False
    known: Callable[[Batch, int], bool] | None = None


def compile_item(item: Item, utf8: bool) -> Column:
    """The column of one item."""
    if item.section is not None:
        return _sectioned(item, item.section)
    if item.kind in _FROM_STATE:
        form, values = _FROM_STATE[item.kind]
        return Column(form, values)
    if item.kind == b"FLAGS":
        return Column(b"FLAGS (%b)", flags)
    if item.kind == b"PREVIEW":
        return Column(
            b"PREVIEW %b", lambda batch: [_text(each[fields.PREVIEW], utf8) for each in batch.digests], digests=True
        )
    form, number_or_function = _FROM_DIGEST[item.kind]
    if isinstance(number_or_function, int):
        return Column(form, _field(number_or_function), digests=True)
    function = number_or_function
    return Column(form, lambda batch: [function(each) for each in batch.digests], digests=True)


def _field(number: int) -> Callable[[Batch], Values]:
    return lambda batch: [each[number] for each in batch.digests]


def flags(batch: Batch) -> Values:
    """What stands between the parentheses of FLAGS."""
    selected = batch.selected
    recent = selected.recent
    if recent and not selected.rev2 and not recent.isdisjoint(batch.uids):
        text = selected.flags_text
        return [text(row) for row in batch.rows]
    texts = selected.mailbox.flags.text
    return [texts[number] for number in batch.column(selected.view.flags)]


_FROM_STATE: dict[bytes, tuple[bytes, Callable[[Batch], Values]]] = {
    b"UID": (b"UID %d", lambda batch: batch.uids),
    b"RFC822.SIZE": (b"RFC822.SIZE %d", lambda batch: batch.column(batch.selected.view.sizes)),
    b"INTERNALDATE": (
        b'INTERNALDATE "%b"',
        lambda batch: [internaldate.written(date) for date in batch.column(batch.selected.view.dates)],
    ),
    b"SAVEDATE": (
        b"SAVEDATE %b",
        lambda batch: [
            b'"%s"' % internaldate.written(date) if date > 0 else b"NIL"
            for date in batch.column(batch.selected.view.saved)
        ],
    ),
    b"MODSEQ": (b"MODSEQ (%d)", lambda batch: batch.column(batch.selected.view.modseqs)),
}


def _thread(digest: Digest) -> bytes:
    found = thread_id(digest)
    return b"NIL" if found is None else b"(%s)" % found


_FROM_DIGEST: dict[bytes, tuple[bytes, int | Callable[[Digest], bytes]]] = {
    b"ENVELOPE": (b"ENVELOPE %b", fields.ENVELOPE),
    b"BODY": (b"BODY %b", fields.BODY),
    b"BODYSTRUCTURE": (b"BODYSTRUCTURE %b", fields.BODYSTRUCTURE),
    b"EMAILID": (b"EMAILID (%b)", email_id),
    b"THREADID": (b"THREADID %b", _thread),
}


# What stands in brackets.


def _sectioned(item: Item, section: Section) -> Column:
    form = item.label.replace(b"%", b"%%") + b" "
    seen = not item.peek
    if item.kind == b"BINARY.SIZE[":
        sizes = _each(lambda batch, n: len(decoded(batch.bodies[n], batch.tree(n), section) or b""))
        return Column(form + b"%d", sizes, digests=True, bodies=True, known=_known(section))
    if section.fields and section.of_header and item.partial is None:
        return Column(form + b"%b", _field_literals(section), digests=True, seen=seen)
    make = _binary if item.kind == b"BINARY[" else _body
    values = make(section, item.partial)
    head = binary_head if item.kind == b"BINARY[" else literal_head
    whole = not section.path and not section.what and item.kind == b"BODY["
    known = _known(section) if item.kind == b"BINARY[" else None
    return Column(form, values, head, digests=not whole, bodies=not section.of_header, seen=seen, known=known)


def _each(function: Callable[[Batch, int], Any]) -> Callable[[Batch], Values]:
    return lambda batch: [function(batch, number) for number in range(len(batch.uids))]


def _field_literals(section: Section) -> Callable[[Batch], Values]:
    """Fields of the message's header, which every client asks for of every message, as complete literals."""
    pick = picker(section.fields, section.what == FIELDS_NOT)

    def literals(batch: Batch) -> Values:
        found = []
        for number, digest in enumerate(batch.digests):
            header = digest[fields.HEADER]
            if digest.header_size > len(header):
                header = _header(batch, number)
            text = pick(header)
            if b"\0" in text:
                text = text.replace(b"\0", b"\x80")
            found.append(b"{%d}\r\n%b" % (len(text), text))
        return found

    return literals


Partial = tuple[int, int] | None


def _body(section: Section, partial: Partial) -> Callable[[Batch], Values]:
    if section.of_header:
        if section.what == HEADER:
            return _each(lambda batch, n: part_of(_header(batch, n), partial))
        return _each(lambda batch, n: part_of(picked(_header(batch, n), section), partial))
    if not section.path and not section.what:
        return lambda batch: [without_nul(part_of(wire, partial)) for wire in batch.bodies]
    return _each(lambda batch, n: without_nul(cut(batch.bodies[n], batch.tree(n), section, partial)))


def _header(batch: Batch, number: int) -> bytes:
    """A message's header section; of a message with an enormous one from the message, for digests keep no more than 1 MB."""
    digest = batch.digests[number]
    header = digest[fields.HEADER]
    if digest.header_size > len(header):
        header = batch.body(number)[: digest.header_size]
    return without_nul(header) or b""


def without_nul(data: bytes | None) -> bytes | None:
    """Octets as an ordinary literal may have them: 0x80 for NUL, so that sizes stay right."""
    return data.replace(b"\0", b"\x80") if data is not None and b"\0" in data else data


def _binary(section: Section, partial: Partial) -> Callable[[Batch], Values]:
    def value(batch: Batch, number: int) -> bytes | None:
        found = decoded(batch.bodies[number], batch.tree(number), section)
        return None if found is None else part_of(found, partial)

    return _each(value)


def decoded(wire: bytes, root: parttree.Part, section: Section) -> bytes | None:
    """A part's body with its transfer encoding taken away (RFC 3516); None when there is no such part."""
    part = parttree.find(root, section.path)
    data = cut(wire, root, section)
    return transfer.decoded(data, part.encoding) if data is not None and part is not None and section.path else data


def _known(section: Section) -> Callable[[Batch, int], bool]:
    def known(batch: Batch, number: int) -> bool:
        part = parttree.find(batch.tree(number), section.path)
        return part is None or not section.path or part.encoding != parttree.UNKNOWN

    return known


def literal_head(data: bytes | None) -> bytes:
    """What stands before octets that are sent as a literal; an empty string and NIL are complete with it."""
    if data:
        return b"{%d}\r\n" % len(data)
    return b"NIL" if data is None else b'""'


def binary_head(data: bytes | None) -> bytes:
    """The same for BINARY: a literal8 where there is NUL."""
    head = literal_head(data)
    return b"~" + head if data and b"\0" in data else head


def _text(text: bytes, utf8: bool) -> bytes:
    """A text as string: quoted if it can be, else a literal."""
    if b"\r" in text or b"\n" in text or b"\0" in text or not (utf8 or text.isascii()):
        return b"{%d}\r\n%s" % (len(text), text)
    return b'"%s"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
