"""rows - keys and values of the queue's tables, as bytes.

    msg      id                        head, fixed part, body name, envelope
    body     name NUL offset(5)        checksum(4), at most 65,516 bytes of the body from that offset
    rcpt     id NUL                    head, State
             id NUL n(4)               head, RecipientState
    due      shard(1) time(8) id       (empty); time in microseconds, big-endian, so that key order is time order
    meta     format, ids, epoch        numbers
             b NUL name                what holds a body that is not stored under its message's id, or not yet, or no more
    corrupt  id                        the msg value as it was found

A head is a version and a CRC-32 of what follows. Ids have no NUL, so `id NUL` never is a prefix of another id's key.
Whatever does not fit raises CorruptRow: rows come from disk.
"""

import struct
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

import msgpack

from pymaster.model.envelope import Envelope
from pymaster.store.contract import CorruptRow
from pymaster.util.record import BadRecord, Record, load_row

FORMAT = 1  # of the whole store; a newer one is refused
TABLES = ("msg", "body", "rcpt", "due", "meta", "corrupt")
# 16 pages of 4,096 bytes hold a value of 65,520 bytes and the page header.
SLICE = 65_520 - 4
VERSION = 1
SHARD = b"\0"
_HEAD = struct.Struct(">BI")
_FIXED = struct.Struct(">QQIB")  # due, size, recipients, length of the body name
_HOLDER = struct.Struct(">BQQI")  # kind, expires, size, next seq
_TIME = struct.Struct(">Q")
R = TypeVar("R", bound=Record)
RESERVED, CLAIMED, TRASH = 1, 2, 3


@dataclass(slots=True)
class MessageRow:
    """A msg row taken apart, but for the envelope: `due` (microseconds) and size, without msgpack's cost."""

    due: int
    size: int
    recipients: int
    body: bytes
    staged: bool
    packed: bytes

    def envelope(self, queue_id: bytes) -> Envelope:
        """The envelope; raises CorruptRow."""
        try:
            found = Envelope.unpack(self.packed)
        except BadRecord as exc:
            raise CorruptRow(f"envelope: {exc}") from exc
        if found.queue_id.encode() != queue_id:
            raise CorruptRow("envelope of another message")
        return found


@dataclass(slots=True)
class Holder:
    """What stands behind a body name: a reservation that expires (microseconds), the message `owner`, or trash."""

    kind: int
    expires: int
    size: int
    seq: int
    owner: bytes = b""

    def pack(self) -> bytes:
        return _HOLDER.pack(self.kind, self.expires, self.size, self.seq) + self.owner


def micro(seconds: float) -> int:
    """Wall seconds as whole microseconds, never negative."""
    return max(round(seconds * 1_000_000), 0)


def seal(payload: bytes) -> bytes:
    """`payload` under a head."""
    return _HEAD.pack(VERSION, crc32(payload)) + payload


def unseal(value: bytes) -> bytes:
    """The payload under a head; raises CorruptRow."""
    if len(value) < _HEAD.size:
        raise CorruptRow("short row")
    version, checksum = _HEAD.unpack_from(value)
    payload = value[_HEAD.size :]
    if version != VERSION:
        raise CorruptRow(f"row version {version}")
    if crc32(payload) != checksum:
        raise CorruptRow("checksum")
    return payload


def pack_message(envelope: Envelope, body: bytes) -> bytes:
    """The msg value; `body` is the name a body was staged under, b"" when it lies under the queue id in whole slices."""
    fixed = _FIXED.pack(micro(envelope.arrival), envelope.size, len(envelope.recipients), len(body))
    packed: bytes = msgpack.packb(envelope.to_row())
    return seal(fixed + body + packed)


def unpack_message(value: bytes, queue_id: bytes) -> MessageRow:
    """A msg value taken apart; raises CorruptRow."""
    payload = unseal(value)
    if len(payload) < _FIXED.size:
        raise CorruptRow("short row")
    due, size, recipients, length = _FIXED.unpack_from(payload)
    start = _FIXED.size + length
    return MessageRow(due, size, recipients, payload[_FIXED.size : start] or queue_id, length > 0, payload[start:])


def unpack_record(value: bytes, kind: type[R]) -> R:
    """The record under a head; raises CorruptRow."""
    try:
        return kind.from_row(load_row(unseal(value)))
    except BadRecord as exc:
        raise CorruptRow(f"{kind.__name__}: {exc}") from exc


def unpack_holder(value: bytes) -> Holder:
    """A holder's value; raises CorruptRow."""
    if len(value) < _HOLDER.size:
        raise CorruptRow("short row")
    kind, expires, size, seq = _HOLDER.unpack_from(value)
    return Holder(kind, expires, size, seq, bytes(value[_HOLDER.size :]))


def state_key(queue_id: bytes) -> bytes:
    """Where a message's State lies, in `rcpt`; also the prefix of its recipients' keys."""
    return queue_id + b"\0"


def recipient_key(queue_id: bytes, n: int) -> bytes:
    """Where the outcome of recipient `n` lies."""
    return queue_id + b"\0" + n.to_bytes(4, "big")


def body_key(name: bytes, offset: int) -> bytes:
    """Where the slice that begins at `offset` lies."""
    return name + b"\0" + offset.to_bytes(5, "big")


def due_key(due: int, queue_id: bytes) -> bytes:
    """A row of the due index; `due` in microseconds."""
    return SHARD + _TIME.pack(due) + queue_id


def split_due(key: bytes) -> tuple[int, bytes]:
    """(microseconds, id) of a due key."""
    return _TIME.unpack_from(key, 1)[0], key[9:]


def holder_key(name: bytes) -> bytes:
    """Where the holder of a body name lies, in `meta`."""
    return b"b\0" + name
