"""registry - which table types there are, and where the code of each is; nothing is imported before it is used.

Source: DATABASE_README (types), postconf(1) -m.
"""

import importlib
from collections.abc import Callable
from typing import cast

from pymaster.tables.base import BaseTable, Request

Opener = Callable[[Request], BaseTable]

# type -> "module:function" in this package.
TYPES: dict[str, str] = {
    "btree": "indexed:open_redirected",
    "cidr": "cidr:open_cidr",
    "environ": "helpers:open_environ",
    "fail": "helpers:open_fail",
    "hash": "indexed:open_redirected",
    "inline": "memory:open_inline",
    "internal": "memory:open_internal",
    "lmdb": "indexed:open_lmdb",
    "pcre": "pattern:open_pattern",
    "pipemap": "composite:open_pipemap",
    "proxy": "composite:open_proxy",
    "randmap": "helpers:open_randmap",
    "regexp": "pattern:open_pattern",
    "static": "helpers:open_static",
    "texthash": "memory:open_texthash",
    "unionmap": "composite:open_unionmap",
    "unix": "nss:open_unix",
}
# Types whose tables are silently absent here, as on a host without the service (Debian's alias_maps ends in one).
ABSENT = frozenset({"nis", "nisplus"})
# Types that postmap(1) and postalias(1) can make; all become an LMDB file.
BUILDABLE = frozenset({"btree", "hash", "lmdb"})


def names() -> list[str]:
    """The types that can be used, in alphabetical order (`postconf -m`)."""
    return sorted(TYPES)


def opener(kind: str) -> Opener | None:
    """The function that opens tables of a type; None when nobody knows the type."""
    place = TYPES.get(kind)
    if place is None:
        return None
    module, _, function = place.partition(":")
    return cast(Opener, getattr(importlib.import_module(f"pymaster.tables.{module}"), function))
