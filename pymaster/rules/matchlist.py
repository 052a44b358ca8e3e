"""matchlist - lists such as mynetworks, mydestination and relay_domains: is this host, address or domain listed?

Items in order, the first that fits decides: a name or address, a network, `.domain` (names below it), `/file/name` (its
lines stand in its place), `type:table` (listed when the key has a value, whatever it is); `!item` says "not listed".
Letter case counts nowhere. With `parents` a name stands for all names below it (parent_domain_matches_subdomains).
Sources: postconf(5), mynetworks(5) part of BASIC_CONFIGURATION_README.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pymaster.config.words import BLANKS, split_list
from pymaster.model.lookup import EmptyResult, Maps, OpenMaps
from pymaster.util import log
from pymaster.util.errors import LookupFailed
from pymaster.util.network import MAX_TEXT, BadNetwork, Network, parse_address, parse_network

MAX_FILE = 16 << 20
MAX_DEPTH = 10
# Names of a domain with more labels than this are not looked for above it.
MAX_PARENTS = 127
# What can only be meant as an address or a network.
_NUMERIC = re.compile(r"\[.*|[0-9.]+(/.*)?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*/[0-9]+")
_MAPPED = 0xFFFF << 32

Address = tuple[int, int]


class Item:
    """One item of a list; a subclass says what it holds."""

    def holds_string(self, name: bytes) -> bool:
        """Whether it names exactly this."""
        return False

    def holds_name(self, name: bytes) -> bool:
        """Whether it names this host or domain, perhaps as one below it."""
        return self.holds_string(name)

    def holds_address(self, address: Address, text: bytes) -> bool:
        """Whether it names this client address."""
        return False


class Name(Item):
    """A name, or `.domain`."""

    def __init__(self, name: bytes, parents: bool) -> None:
        self.name = name
        self.below = b"." + name if parents and not name.startswith(b".") else name if name.startswith(b".") else b""

    def holds_string(self, name: bytes) -> bool:
        return name == self.name

    def holds_name(self, name: bytes) -> bool:
        return name == self.name or (self.below != b"" and len(name) > len(self.below) and name.endswith(self.below))


class Net(Name):
    """An address or network; as a string it may be a domain literal in mydestination."""

    def __init__(self, name: bytes, network: Network) -> None:
        super().__init__(name, False)
        self.network = network

    def holds_address(self, address: Address, text: bytes) -> bool:
        return self.network.holds(*address)


class Broken(Name):
    """A bad network or a missing file: whoever reaches it cannot know."""

    def __init__(self, name: bytes, reason: str) -> None:
        super().__init__(name, False)
        self.reason = reason

    def holds_address(self, address: Address, text: bytes) -> bool:
        raise LookupFailed(self.reason)


class Unreadable(Broken):
    """A file that could not be read: it could name anything."""

    def holds_string(self, name: bytes) -> bool:
        raise LookupFailed(self.reason)

    def holds_name(self, name: bytes) -> bool:
        raise LookupFailed(self.reason)


class Lookup(Item):
    """A table; its keys are names, `.domain` (or, with parents, the domain itself) and addresses."""

    def __init__(self, maps: Maps, parents: bool) -> None:
        self.maps, self.parents = maps, parents

    def _has(self, key: bytes, *, partial: bool = False) -> bool:
        try:
            return self.maps.get(key, fixed_only=partial) is not None
        except EmptyResult:
            return False

    def holds_string(self, name: bytes) -> bool:
        return self._has(name)

    def holds_name(self, name: bytes) -> bool:
        if self._has(name):
            return True
        at = name.find(b".", 1)
        for _ in range(MAX_PARENTS):
            if at < 0 or at + 1 >= len(name):
                break
            if self._has(name[at + 1 :] if self.parents else name[at:], partial=True):
                return True
            at = name.find(b".", at + 1)
        return False

    def holds_address(self, address: Address, text: bytes) -> bool:
        return self._has(text)


class MatchList:
    """The list in a parameter's text. `parents`: a name stands for its subdomains; `param` is for messages and tables."""

    def __init__(self, patterns: str, open_maps: OpenMaps, *, parents: bool, param: str) -> None:
        self._open, self._parents, self._param = open_maps, parents, param
        # (what it says when it fits, item)
        self._items: list[tuple[bool, Item]] = list(self._parse(patterns, True, 0))

    def __bool__(self) -> bool:
        """Whether anything is listed."""
        return bool(self._items)

    def match_string(self, name: bytes) -> bool:
        """Whether exactly this is listed (virtual_alias_domains and other lists of domains); raises LookupFailed."""
        name = _lower(name)
        for answer, item in self._items:
            if item.holds_string(name):
                return answer
        return False

    def match_name(self, name: bytes) -> bool:
        """Whether this host or domain is listed, or a name above it that stands for it; raises LookupFailed."""
        name = _lower(name)
        for answer, item in self._items:
            if item.holds_name(name):
                return answer
        return False

    def match_host(self, name: bytes, addr: str) -> bool:
        """Whether a client is listed by its name or address (`unknown` and "" are none); raises LookupFailed.

        An IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`) counts as itself.
        """
        name, text = _lower(name), addr.lower()
        address = _address(text)
        key = text.encode("ascii", "replace")
        for answer, item in self._items:
            if name and item.holds_name(name):
                return answer
            if address is not None and item.holds_address(address, key):
                return answer
        return False

    def _parse(self, text: str, answer: bool, depth: int) -> Iterator[tuple[bool, Item]]:
        for word in split_list(text):
            bare = word.lstrip("!")
            said = answer is ((len(word) - len(bare)) % 2 == 0)
            if not bare:
                log.warning(f"{self._param}: no pattern after '!'")
            elif bare.startswith("/"):
                yield from self._file(bare, said, depth)
            else:
                yield said, self._item(bare)

    def _item(self, text: str) -> Item:
        name = _lower(text.encode("utf-8", "surrogateescape"))
        try:
            if ":" in text and not text.startswith("[") and (len(text) > MAX_TEXT or not _NUMERIC.fullmatch(text)):
                # An address without brackets is not asked for, but meant.
                if parse_address(text) is None:
                    return Lookup(self._open(text, self._param), self._parents)
                return Net(name, parse_network(text))
            if _NUMERIC.fullmatch(text):
                return Net(name, parse_network(text.lower()))
        except BadNetwork as exc:
            # `[IPv6:...]` and names in brackets are domain literals, no mistake.
            if not text.startswith("[") or "/" in text:
                log.warning(f"{self._param}: {exc}")
            return Broken(name, f"{self._param}: {exc}") if "/" in text else Name(name, False)
        return Name(name, self._parents)

    def _file(self, path: str, answer: bool, depth: int) -> Iterator[tuple[bool, Item]]:
        try:
            if depth >= MAX_DEPTH:
                raise OSError(0, "too many nested files")
            with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
                text = file.read(MAX_FILE)
        except OSError as exc:
            log.warning(f"{self._param}: open file {path}: {exc.strerror}")
            yield answer, Unreadable(path.encode("utf-8", "surrogateescape"), f"{self._param}: cannot read {path}")
            return
        for line in text.split("\n"):
            line = line.strip(BLANKS)
            if line and not line.startswith("#"):
                yield from self._parse(line, answer, depth + 1)


def _lower(name: bytes) -> bytes:
    if name.isascii():
        return name.lower()
    try:
        return name.decode("utf-8").casefold().encode("utf-8")
    except UnicodeDecodeError:
        return name.lower()


def _address(text: str) -> Address | None:
    found = parse_address(text[1:-1] if text.startswith("[") else text)
    if found is not None and found[1] == 128 and found[0] >> 32 == _MAPPED >> 32:
        return found[0] & 0xFFFFFFFF, 32
    return found
