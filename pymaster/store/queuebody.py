"""queuebody - message bodies in the `body` table: slices, staging under a reservation, freeing in small steps.

A body lies under a name: the queue id, or the name it was staged under. A slice's key ends in the offset where it
begins, so a read from the middle is one seek. A large body is never copied: the message that comes at the end of
staging only names it. A transaction frees a few MB at most (a longer one would keep every other writer waiting): the
name of what is more goes to the trash, and `sweep` frees it step by step (docs/adr/0005).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from pymaster.store import contract
from pymaster.store.contract import Outcome, Stage
from pymaster.store.rows import CLAIMED, RESERVED, SLICE, Holder, body_key, holder_key, micro, unpack_holder

MAX_STEP = 1 << 20  # bytes that one operation stages
# Bytes that one transaction frees. Each slice costs one page read, from the disk if nobody read it lately.
MAX_FREE = 8 << 20
_FREE_SLICES = MAX_FREE // SLICE
_TRASH = b"t\0"


def put(txn: Any, tables: Mapping[str, Any], name: bytes, blocks: Sequence[bytes], base: int = 0) -> None:
    """Write `blocks` as slices from offset `base`."""
    data = blocks[0] if len(blocks) == 1 else b"".join(blocks)
    if len(data) <= SLICE:
        if data:
            txn.put(body_key(name, base), crc32(data).to_bytes(4, "big") + data, db=tables["body"])
        return
    view = memoryview(data)
    for offset in range(0, len(data), SLICE):
        part = view[offset : offset + SLICE]
        value = b"".join((crc32(part).to_bytes(4, "big"), part))
        txn.put(body_key(name, base + offset), value, db=tables["body"])


def free(txn: Any, tables: Mapping[str, Any], name: bytes, size: int, staged: bool) -> None:
    """Free a body of `size` bytes, at most MAX_FREE, now."""
    if not staged:
        for offset in range(0, size, SLICE):
            txn.delete(body_key(name, offset), db=tables["body"])
    elif _free_slices(txn, tables, name):
        txn.delete(holder_key(name), db=tables["meta"])
    else:
        discard(txn, tables, name)


def _free_slices(txn: Any, tables: Mapping[str, Any], name: bytes) -> bool:
    """Free a step's worth of a body's slices; whether these were all."""
    prefix = name + b"\0"
    cursor = txn.cursor(db=tables["body"])
    cursor.set_range(prefix)
    for _ in range(_FREE_SLICES):
        if not cursor.key().startswith(prefix):
            return True
        cursor.delete()
    return not cursor.key().startswith(prefix)


def discard(txn: Any, tables: Mapping[str, Any], name: bytes) -> None:
    """Hand a body over to `sweep`."""
    txn.delete(holder_key(name), db=tables["meta"])
    txn.put(_TRASH + name, b"", db=tables["meta"])


def stage(txn: Any, tables: Mapping[str, Any], op: Stage) -> Outcome:
    """The next slice of a reservation; DURABLE also for a repeat, REFUSED for one that does not fit."""
    name, meta = op.staged.encode(), tables["meta"]
    if not 0 < len(name) <= 255 or b"\0" in name or len(op.data) > MAX_STEP:
        return Outcome(contract.REFUSED, "bad name or slice too large")
    value = txn.get(holder_key(name), db=meta)
    if value is None:
        if txn.get(_TRASH + name, db=meta) is not None or txn.get(name, db=tables["msg"]) is not None:
            return Outcome(contract.REFUSED, "the name is taken")
        holder = Holder(RESERVED, 0, 0, 0)
    else:
        holder = unpack_holder(value)
    if holder.kind != RESERVED or op.seq > holder.seq:
        return Outcome(contract.REFUSED, "slice out of order")
    if op.seq == holder.seq:
        put(txn, tables, name, (op.data,), holder.size)
        holder.size += len(op.data)
        holder.seq += 1
        holder.expires = micro(op.expires)
        txn.put(holder_key(name), holder.pack(), db=meta)
    return Outcome(contract.DURABLE)


def unstage(txn: Any, tables: Mapping[str, Any], staged: str) -> Outcome:
    """Drop a reservation; GONE when there is none."""
    name = staged.encode()
    value = txn.get(holder_key(name), db=tables["meta"])
    if value is None or unpack_holder(value).kind != RESERVED:
        return Outcome(contract.GONE)
    discard(txn, tables, name)
    return Outcome(contract.DURABLE)


def reserved_size(txn: Any, tables: Mapping[str, Any], name: bytes) -> int:
    """How many bytes are staged under a reservation; -1 when there is none."""
    value = txn.get(holder_key(name), db=tables["meta"])
    holder = unpack_holder(value) if value is not None else None
    return holder.size if holder is not None and holder.kind == RESERVED else -1


def claim(txn: Any, tables: Mapping[str, Any], name: bytes, owner: bytes) -> None:
    """Turn a reservation into the body of message `owner`."""
    if name == owner:
        txn.delete(holder_key(name), db=tables["meta"])
    else:
        txn.put(holder_key(name), Holder(CLAIMED, 0, 0, 0, owner).pack(), db=tables["meta"])


def trash(txn: Any, tables: Mapping[str, Any]) -> bytes:
    """The name of a body that waits to be freed; b"" when there is none."""
    cursor = txn.cursor(db=tables["meta"])
    if cursor.set_range(_TRASH):
        key = bytes(cursor.key())
        if key.startswith(_TRASH):
            return key[len(_TRASH) :]
    return b""


def sweep(txn: Any, tables: Mapping[str, Any]) -> bool:
    """Free at most MAX_FREE of trash; whether more waits."""
    name = trash(txn, tables)
    if not name:
        return False
    if not _free_slices(txn, tables, name):
        return True
    txn.delete(_TRASH + name, db=tables["meta"])
    return bool(trash(txn, tables))


def in_trash(txn: Any, meta: Any, name: bytes) -> bool:
    """Whether a body waits to be freed."""
    return txn.get(_TRASH + name, db=meta) is not None
