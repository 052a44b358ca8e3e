"""helpers - tables without content of their own: static, randmap, fail, environ. Source: DATABASE_README."""

from __future__ import annotations

import os
import random

from pymaster.config.words import split_list, strip_braces
from pymaster.tables.base import BaseTable, Request, TableError
from pymaster.util.errors import ConfigError, LookupFailed


class StaticTable(BaseTable):
    """The same value for every key: `virtual_uid_maps = static:5000`."""

    def __init__(self, name: str, value: bytes) -> None:
        super().__init__(name)
        self.value = value

    def get(self, key: bytes) -> bytes | None:
        """The value."""
        return self.value

    find = get


class RandomTable(BaseTable):
    """One of several values, each as likely, for every key."""

    def __init__(self, name: str, values: list[bytes]) -> None:
        super().__init__(name)
        self.values = values

    def find(self, key: bytes) -> bytes | None:
        return random.choice(self.values)


class FailTable(BaseTable):
    """Fails every request, to see what a configuration does then."""

    def find(self, key: bytes) -> bytes | None:
        raise LookupFailed(f"{self.name}: told to fail")


class EnvironTable(BaseTable):
    """Environment variables of this process. Names are folded like any key, so only `postmap -f` finds most of them."""

    def find(self, key: bytes) -> bytes | None:
        return None if b"=" in key or b"\0" in key else os.environb.get(key)


def open_static(request: Request) -> BaseTable:
    """static:value, static:{ value with blanks }."""
    try:
        text = strip_braces(request.rest)
    except ConfigError as exc:
        raise TableError(f"bad static:name syntax: {exc}") from exc
    return StaticTable(request.spec, text.encode("utf-8", "surrogateescape"))


def open_randmap(request: Request) -> BaseTable:
    """randmap:{value, value}."""
    rest = request.rest
    values = split_list(rest[1:-1]) if rest.startswith("{") and rest.endswith("}") else []
    if not values:
        raise TableError(f'bad syntax: "{request.spec}"; need "randmap:{{value...}}"')
    return RandomTable(request.spec, [value.encode("utf-8", "surrogateescape") for value in values])


def open_fail(request: Request) -> BaseTable:
    """fail:name, where the name is for the log only."""
    return FailTable(request.spec)


def open_environ(request: Request) -> BaseTable:
    """environ:anything."""
    return EnvironTable(request.spec)
