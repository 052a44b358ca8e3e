"""build - indexed files out of sources, for postmap(1), postalias(1), newaliases(1) and tables that are out of date.

A table is written to a temporary file in the same directory and renamed over the old one: a reader sees the old table or
the new one. Where the directory may not be written but the file may, the file is rewritten in one LMDB transaction under
its exclusive lock, which readers see as whole, too.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import lmdb

from pymaster.tables import lmdbfile
from pymaster.tables.aliassource import alias_records
from pymaster.tables.base import TableError, fold, open_source, read_source
from pymaster.tables.source import Record, map_records
from pymaster.util import log
from pymaster.util.clock import SYSTEM
from pymaster.util.fds import fsync_dir

SUFFIX = ".lmdb"
WARN, REPLACE, IGNORE = "warn", "replace", "ignore"


@dataclass(slots=True, frozen=True)
class Options:
    """How to build. `duplicates`: warn and keep the first, replace it, or ignore later ones silently."""

    alias: bool = False
    fold: bool = True
    duplicates: str = WARN
    # Keys and values end in NUL, as Postfix writes them on Linux.
    nul: bool = True
    # A new file takes the source's group and other read permission, else mode 0644.
    inherit_mode: bool = True
    # Values are names of files whose contents are stored in base64 (tls_server_sni_maps).
    files: bool = False
    utf8: bool = True
    map_size: int = 16 << 20
    # YP_MASTER_NAME of an alias table.
    host: str = "localhost"


def records(data: bytes, path: str, options: Options) -> Iterator[Record]:
    """The records of a source with keys folded and file values read, as options say."""
    parse = alias_records if options.alias else map_records
    for record in parse(data, path, log.warning, utf8=options.utf8):
        if options.fold:
            record.key = fold(record.key)
        if options.files:
            try:
                record.value = encode_files(record.value)
            except OSError as exc:
                log.warning(f"{path}, line {record.line}: open {exc.filename}: {exc.strerror}: skipping this entry")
                continue
        yield record


def encode_files(value: bytes) -> bytes:
    """The contents of the files that a value lists, joined with newlines, in base64; raises OSError."""
    texts = []
    for name in re.split(rb"[, \t\r\n]+", value):
        if name:
            with open(os.fsdecode(name), "rb") as file:
                texts.append(file.read())
    return base64.b64encode(b"\n".join(texts))


def collect(source: Iterable[Record], title: str, duplicates: str) -> dict[bytes, bytes]:
    """Records as a dictionary; what becomes of equal keys is said by `duplicates`."""
    entries: dict[bytes, bytes] = {}
    for record in source:
        if record.key in entries and duplicates != REPLACE:
            if duplicates == WARN:
                log.warning(duplicate(title, record.key))
            continue
        entries[record.key] = record.value
    return entries


def duplicate(title: str, key: bytes) -> str:
    """Postfix's words for an entry that is there already."""
    return f'{title}: duplicate entry: "{key.decode("utf-8", "replace")}"'


def build(path: str, options: Options) -> str:
    """Make `path.lmdb` of the source `path`; the file's name. Raises TableError."""
    watch = open_source(path)
    try:
        before = os.fstat(watch.fd)
        data = b"" if stat.S_ISDIR(before.st_mode) else read_source(watch)
    finally:
        watch.close()
    target = path + SUFFIX
    entries = collect(records(data, path, options), _title(target), options.duplicates)
    if options.alias:
        entries |= alias_marks(options.host)
    size = max(options.map_size, len(data) * 3)
    try:
        write(target, entries, before, size, options)
    except OSError as exc:
        raise TableError(f"open database {target}: {exc.strerror}") from exc
    return target


def add(path: str, data: bytes, options: Options) -> None:
    """Add the records in `data` to `path.lmdb`, which is made if there is none; raises TableError."""
    target = path + SUFFIX
    title = _title(target)

    def work(txn: lmdb.Transaction) -> None:
        for record in records(data, "stdin", options):
            stored = lmdbfile.find(txn, record.key)
            if stored is not None:
                if options.duplicates != REPLACE:
                    if options.duplicates == WARN:
                        log.warning(duplicate(title, record.key))
                    continue
                txn.delete(stored)
            lmdbfile.put(txn, record.key, record.value, nul=options.nul)
        if options.alias:
            for key, value in alias_marks(options.host).items():
                stored = lmdbfile.find(txn, key)
                if stored is not None:
                    txn.delete(stored)
                lmdbfile.put(txn, key, value, nul=options.nul)

    try:
        if not os.path.exists(target):
            mode = 0o644
            if options.inherit_mode and os.path.exists(path):
                mode = 0o600 | (os.stat(path).st_mode & 0o044)
            os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode))
        with lmdbfile.locked(target):
            lmdbfile.change(target, max(options.map_size, os.stat(target).st_size), work, title)
    except OSError as exc:
        raise TableError(f"open database {target}: {exc.strerror}") from exc


def alias_marks(host: str) -> dict[bytes, bytes]:
    """The entries that every alias database has, besides its aliases."""
    stamp = b"%010d" % int(SYSTEM.now())
    return {b"@": b"@", b"YP_LAST_MODIFIED": stamp, b"YP_MASTER_NAME": host.encode("utf-8", "replace")}


def write(target: str, entries: dict[bytes, bytes], source: os.stat_result, size: int, options: Options) -> None:
    """Write all entries to `target`; raises OSError, TableError."""
    title = _title(target)
    temporary = f"{target}.{os.getpid()}.tmp"
    try:
        fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        # Left by a killed program that had our process id.
        os.unlink(temporary)
        fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        if not os.access(target, os.W_OK, effective_ids=True):
            raise
        return _rewrite(target, entries, size, options)
    try:
        # By descriptor: whoever can write the directory must not be able to put another file in the place.
        anchored = f"/proc/self/fd/{fd}"
        _fill(anchored if os.path.exists(anchored) else temporary, entries, size, options, title=title)
        _adopt(fd, target, source, options)
        os.fsync(fd)
        os.rename(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
    finally:
        os.close(fd)
    fsync_dir(os.path.dirname(target) or ".")
    return None


def _fill(
    path: str, entries: dict[bytes, bytes], size: int, options: Options, *, title: str, clear: bool = False
) -> None:
    def work(txn: lmdb.Transaction) -> None:
        if clear:
            lmdbfile.clear(txn)
        # In key order, pages fill up from the left and the file stays small.
        for key in sorted(entries):
            lmdbfile.put(txn, key, entries[key], nul=options.nul)

    lmdbfile.change(path, size, work, title)


def _title(target: str) -> str:
    return "lmdb:" + target.removesuffix(SUFFIX)


def _rewrite(target: str, entries: dict[bytes, bytes], size: int, options: Options) -> None:
    with lmdbfile.locked(target):
        _fill(target, entries, size, options, title=_title(target), clear=True)


def _adopt(fd: int, target: str, source: os.stat_result, options: Options) -> None:
    """Owner and mode of the file that is replaced, or of a new one as options say; never older than its source."""
    try:
        old = os.stat(target, follow_symlinks=False)
    except FileNotFoundError:
        mode = 0o600 | (source.st_mode & 0o044) if options.inherit_mode else 0o644
    else:
        mode = stat.S_IMODE(old.st_mode)
        if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
            with contextlib.suppress(PermissionError):  # only root may give a file away; the mode still holds
                os.fchown(fd, old.st_uid, old.st_gid)
    os.fchmod(fd, mode)
    now = int(SYSTEM.now() * 1e9)
    os.utime(fd, ns=(now, max(now, source.st_mtime_ns)))
