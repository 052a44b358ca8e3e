"""collect - rows that nothing refers to any more, and messages that nothing points at.

A kill between two transactions leaves at most this: a reservation nobody will finish, a large body half freed. What a
damaged row leaves is rarer: outcomes, slices and due rows of a message that is gone, or a message without its due row,
which would wait for ever. Reading goes by pages; only what is found is written, looked at again inside the transaction.
"""

from collections.abc import Callable
from typing import Any

from pymaster.model.stored import HOLD, State
from pymaster.store import queuebody
from pymaster.store.contract import CorruptRow
from pymaster.store.env import Env
from pymaster.store.rows import (
    CLAIMED,
    RESERVED,
    due_key,
    holder_key,
    micro,
    split_due,
    state_key,
    unpack_holder,
    unpack_message,
    unpack_record,
)

PAGE = 1000


def collect(env: Env, now: float) -> int:
    """Everything below, in order; how many rows went. `now` is wall seconds."""
    gone = _write_each(env, _dead_holders(env, micro(now)), lambda txn, key: _discard_dead(txn, env, key, micro(now)))
    gone += _write_each(env, _orphans(env, "rcpt"), lambda txn, key: _drop_orphan_outcome(txn, env, key))
    gone += _write_each(env, _orphans(env, "body"), lambda txn, key: _discard_orphan_body(txn, env, key))
    gone += _write_each(env, _orphan_due(env), lambda txn, key: _drop_orphan_due(txn, env, key))
    _write_each(env, _without_due(env), lambda txn, key: _give_due(txn, env, key))
    while env.write(lambda txn: queuebody.sweep(txn, env.tables)):
        continue
    return gone


def _write_each(env: Env, keys: list[bytes], change: Callable[[Any, bytes], bool]) -> int:
    """Change each key in transactions of a bounded size; how many were changed."""
    count = 0
    for start in range(0, len(keys), PAGE):
        page = keys[start : start + PAGE]
        count += env.write(lambda txn, page=page: sum([change(txn, key) for key in page]))  # type: ignore[misc]
    return count


def _alive(txn: Any, env: Env, queue_id: bytes) -> bool:
    """Whether a message exists; one set aside keeps its rows."""
    tables = env.tables
    return txn.get(queue_id, db=tables["msg"]) is not None or txn.get(queue_id, db=tables["corrupt"]) is not None


def _pages(env: Env, table: str, visit: Callable[[Any, Any], bool], prefix: bytes = b"") -> None:
    """Call visit(txn, cursor) over a table until it returns False; a new transaction every PAGE steps.

    `visit` moves the cursor itself, so it may skip what belongs together.
    """
    position: bytes | None = prefix
    while position is not None:
        with env.read() as txn:
            cursor = txn.cursor(db=env.tables[table])
            cursor.set_range(position)
            for _ in range(PAGE):
                if not cursor.key().startswith(prefix) or not cursor.key() or not visit(txn, cursor):
                    return
            position = bytes(cursor.key()) or None


def _dead_holders(env: Env, now: int) -> list[bytes]:
    found: list[bytes] = []

    def visit(txn: Any, cursor: Any) -> bool:
        if _dead(txn, env, bytes(cursor.value()), now):
            found.append(bytes(cursor.key())[len(holder_key(b"")) :])
        cursor.next()
        return True

    _pages(env, "meta", visit, holder_key(b""))
    return found


def _dead(txn: Any, env: Env, value: bytes, now: int) -> bool:
    try:
        holder = unpack_holder(value)
    except CorruptRow:
        return True
    if holder.kind == RESERVED:
        return holder.expires <= now
    return holder.kind == CLAIMED and not _alive(txn, env, holder.owner)


def _discard_dead(txn: Any, env: Env, name: bytes, now: int) -> bool:
    value = txn.get(holder_key(name), db=env.tables["meta"])
    if value is None or not _dead(txn, env, value, now):
        return False
    queuebody.discard(txn, env.tables, name)
    return True


def _orphans(env: Env, table: str) -> list[bytes]:
    """The names (what stands before the NUL) in `rcpt` or `body` that belong to nothing."""
    found: list[bytes] = []

    def visit(txn: Any, cursor: Any) -> bool:
        name = bytes(cursor.key()).split(b"\0", 1)[0]
        if not _held(txn, env, name):
            found.append(name)
        cursor.set_range(name + b"\1")
        return True

    _pages(env, table, visit)
    return found


def _held(txn: Any, env: Env, name: bytes) -> bool:
    meta = env.tables["meta"]
    return (
        _alive(txn, env, name) or txn.get(holder_key(name), db=meta) is not None or queuebody.in_trash(txn, meta, name)
    )


def _drop_orphan_outcome(txn: Any, env: Env, name: bytes) -> bool:
    if _alive(txn, env, name):
        return False
    cursor = txn.cursor(db=env.tables["rcpt"])
    cursor.set_range(name + b"\0")
    while cursor.key().startswith(name + b"\0"):
        cursor.delete()
    return True


def _discard_orphan_body(txn: Any, env: Env, name: bytes) -> bool:
    if _held(txn, env, name):
        return False
    queuebody.discard(txn, env.tables, name)
    return True


def _orphan_due(env: Env) -> list[bytes]:
    found: list[bytes] = []

    def visit(txn: Any, cursor: Any) -> bool:
        key = bytes(cursor.key())
        if txn.get(split_due(key)[1], db=env.tables["msg"]) is None:
            found.append(key)
        cursor.next()
        return True

    _pages(env, "due", visit)
    return found


def _drop_orphan_due(txn: Any, env: Env, key: bytes) -> bool:
    if txn.get(split_due(key)[1], db=env.tables["msg"]) is not None:
        return False
    return bool(txn.delete(key, db=env.tables["due"]))


def _without_due(env: Env) -> list[bytes]:
    found: list[bytes] = []

    def visit(txn: Any, cursor: Any) -> bool:
        key = bytes(cursor.key())
        if _lost(txn, env, key):
            found.append(key)
        cursor.next()
        return True

    _pages(env, "msg", visit)
    return found


def _lost(txn: Any, env: Env, queue_id: bytes) -> bytes:
    """The due key that a message should have and has not; b"" when all is well (or the row is damaged)."""
    value = txn.get(queue_id, db=env.tables["msg"])
    state = txn.get(state_key(queue_id), db=env.tables["rcpt"])
    try:
        due = -1 if value is None else unpack_message(value, queue_id).due
        if state is not None:
            record = unpack_record(state, State)
            due = -1 if record.queue == HOLD else micro(record.due)
    except CorruptRow:
        return b""
    if due < 0 or txn.get(due_key(due, queue_id), db=env.tables["due"]) is not None:
        return b""
    return due_key(due, queue_id)


def _give_due(txn: Any, env: Env, queue_id: bytes) -> bool:
    key = _lost(txn, env, queue_id)
    return bool(key and txn.put(key, b"", db=env.tables["due"]))
