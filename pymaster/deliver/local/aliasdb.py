"""aliasdb - the tables of alias_maps one by one, each with whose rights its commands and files have.

A table that belongs to root, or is no file (LDAP, SQL), gives nobody's rights: default_privs are used. Source: local(8)
DELIVERY RIGHTS.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from pymaster.config.words import split_list
from pymaster.deliver.rights import Rights
from pymaster.model.lookup import Maps, OpenMaps
from pymaster.util import passwd
from pymaster.util.errors import LookupFailed

_SUFFIXES = ("", ".lmdb", ".db", ".cdb", ".dir")


@dataclass(slots=True, frozen=True)
class AliasDatabase:
    """One table. `path` is its source file, "" when it has none."""

    name: str
    maps: Maps
    path: str = ""

    def rights(self) -> Rights | None:
        """Whose rights an expansion has; None for root's and for what is no file. Raises LookupFailed."""
        uid = _owner(self.path) if self.path else 0
        if uid == 0:
            return None
        user = passwd.by_uid(uid)
        if user is None:
            raise LookupFailed(f"cannot find alias database owner for {self.name}")
        return Rights.of(user)


@dataclass(slots=True, frozen=True)
class Found:
    """An alias: its right-hand side, and the table it is in."""

    value: bytes
    database: AliasDatabase


def open_all(text: str, open_maps: OpenMaps) -> list[AliasDatabase]:
    """The tables of alias_maps in order; `proxy:` is ignored."""
    made = []
    for word in split_list(text):
        spec = word.removeprefix("proxy:")
        maps = open_maps(spec, "alias_maps")
        if maps:
            made.append(AliasDatabase(spec, maps, _path(spec)))
    return made


def find(databases: Sequence[AliasDatabase], name: bytes) -> Found | None:
    """The alias called `name` (lower case); raises LookupFailed."""
    for database in databases:
        value = database.maps.get(name)
        if value is not None:
            return Found(value, database)
    return None


def _path(spec: str) -> str:
    rest = spec.partition(":")[2]
    return rest if rest.startswith("/") else ""


def _owner(path: str) -> int:
    for suffix in _SUFFIXES:
        try:
            return os.stat(path + suffix).st_uid
        except FileNotFoundError:
            continue
        except OSError as error:
            raise LookupFailed(f"{path}{suffix}: {error.strerror}") from error
    return 0
