"""lookup - what the rest of the house knows of lookup tables; `pymaster.tables` implements it."""

from collections.abc import Callable
from typing import Protocol

from pymaster.util.errors import LookupFailed


class EmptyResult(LookupFailed):
    """A table holds the key with an empty value: no answer anywhere; a list (mynetworks) takes it for "not listed"."""


class Table(Protocol):
    """One `type:name` table. Keys and values are bytes (UTF-8); a fixed table is queried in lower case."""

    @property
    def name(self) -> str:
        """`type:name`, as the administrator wrote it."""

    @property
    def fixed(self) -> bool:
        """Whether keys are literal strings, so that partial keys (domain, user) make sense; not so for regexp, pcre."""

    def get(self, key: bytes) -> bytes | None:
        """The value, or None when there is none; raises LookupFailed when nobody knows."""


class Maps(Protocol):
    """The tables of one parameter in order; each key is tried in all of them."""

    def __bool__(self) -> bool:
        """Whether there is any table."""

    def get(self, key: bytes, *, fixed_only: bool = False) -> bytes | None:
        """The first value found; `fixed_only` skips regexp-like tables (for partial keys). Raises LookupFailed."""


# (text of a parameter such as "hash:/etc/aliases, nis:mail.aliases", the parameter's name) -> Maps
OpenMaps = Callable[[str, str], Maps]
