"""indexed - hash, btree and lmdb tables, all of them LMDB files.

Berkeley DB is gone, so hash:X and btree:X mean X.lmdb here, as Postfix 3.11 redirects them. Such a file is made from the
source X when it is missing or older, but never in a directory or from a source that others may write: an index made by
root there could be made of anything. Where no index may or can be made, the source is read into memory, so that mail flows.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

import lmdb

from pymaster.config.words import split_list
from pymaster.tables.base import BaseTable, Request, TableError, Watch
from pymaster.tables.build import SUFFIX, Options, build
from pymaster.tables.lmdbfile import LmdbFile, change, find, locked
from pymaster.tables.memory import open_source_table
from pymaster.util import log
from pymaster.util.clock import SYSTEM

# An index may be this much older than its source before lmdb: complains; somebody may be at work (seconds).
GRACE = 100


class LmdbTable(BaseTable):
    """An open LMDB file."""

    def __init__(self, name: str, path: str) -> None:
        """Open; raises TableError."""
        super().__init__(name)
        try:
            self.file = LmdbFile.shared(path)
            self.watches.append(Watch(path))
        except OSError as exc:
            raise MissingIndex(f"open database {path}: {exc.strerror}", path) from exc
        self.find = self.file.get  # type: ignore[method-assign]  # one call less per lookup

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Entries in key order."""
        return self.file.items()


class MissingIndex(TableError):
    """There is no such file; `path` is looked at again later."""

    def __init__(self, text: str, path: str) -> None:
        super().__init__(text)
        self.path = path


def open_lmdb(request: Request) -> BaseTable:
    """lmdb:/path: the file as it is, never made here."""
    path = request.rest + SUFFIX
    table = LmdbTable(request.spec, path)
    index, source = _stat(path), _stat(request.rest)
    if index and source and index.st_mtime_ns < source.st_mtime_ns and source.st_mtime < SYSTEM.now() - GRACE:
        log.warning(f"database {path} is older than source file {request.rest}")
    return table


def open_redirected(request: Request) -> BaseTable:
    """hash:/path, btree:/path: the LMDB file of that name, made anew when it is missing or old."""
    source, target = request.rest, request.rest + SUFFIX
    written, indexed = _stat(source), _stat(target)
    if written is None or (indexed is not None and indexed.st_mtime_ns >= written.st_mtime_ns):
        return LmdbTable(request.spec, target)
    alias = is_alias_source(request)
    why = "may not be indexed here" if not request.may_build else _obstacle(source, written)
    if not why:
        try:
            options = Options(
                alias=alias, host=request.text("myhostname"), map_size=int(request.text("lmdb_map_size") or 16777216)
            )
            build(source, options)
            log.info(f"redirecting {request.spec} to lmdb:{source}, made from its source")
            return LmdbTable(request.spec, target)
        except TableError as exc:
            why = str(exc)
    if not os.access(source, os.R_OK, effective_ids=True) and indexed is not None:
        log.warning(f"database {target} is older than source file {source}")
        return LmdbTable(request.spec, target)
    log.info(f"{request.spec}: reading {source} into memory: {why}")
    return open_source_table(request.spec, source, alias=alias)


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None


def is_alias_source(request: Request) -> bool:
    """Whether a source is written as aliases(5): it is named by alias_maps or alias_database, here or elsewhere."""
    if request.param in ("alias_maps", "alias_database"):
        return True
    for param in ("alias_maps", "alias_database"):
        for spec in split_list(request.text(param)):
            if spec.removeprefix("proxy:").partition(":")[2] == request.rest:
                return True
    return False


def _obstacle(source: str, written: os.stat_result) -> str:
    """Why an index may not be made beside a source; "" when it may."""
    if not stat.S_ISREG(written.st_mode):
        return "not a regular file"
    directory = os.path.dirname(source) or "."
    try:
        place = os.stat(directory)
    except OSError as exc:
        return f"{directory}: {exc.strerror}"
    trusted = (0, os.geteuid())
    for path, found in ((source, written), (directory, place)):
        if found.st_uid not in trusted or found.st_mode & 0o022:
            return f"{path} can be written by others"
    if not os.access(directory, os.W_OK, effective_ids=True):
        return f"{directory} is not writable"
    return ""


def remove(name: str, key: bytes, map_size: int = 16 << 20) -> bool:
    """Remove a key from `name.lmdb`; whether it was there. Raises OSError, TableError."""
    gone = False

    def work(txn: lmdb.Transaction) -> None:
        nonlocal gone
        stored = find(txn, key)
        gone = stored is not None and bool(txn.delete(stored))

    with locked(name + SUFFIX):
        change(name + SUFFIX, map_size, work)
    return gone
