"""clientname - the name of a connected client: found by its address, and verified by looking the name up (S19).

/etc/hosts is asked first, then the DNS; never getaddrinfo, which blocks. A name that does not lead back to the address
is only the "reverse name". "Nobody knows" stays apart from "there is none": the first makes refusals temporary.
"""

import ipaddress
import os
import re
import time
from dataclasses import dataclass

from pymaster.model.dns import Dns
from pymaster.util import log
from pymaster.util.errors import LookupFailed

OK, TEMPORARY, PERMANENT = 2, 4, 5
UNKNOWN = "unknown"
MAX_HOSTS = 16 << 20
_NAME = re.compile(
    r"(?=.{1,255}\Z)(?!(?:[0-9]+\.)*[0-9]+\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*"
)


@dataclass(slots=True, frozen=True)
class ClientName:
    """`name` is verified, or `unknown`; `reverse` is whatever the address's owner claims."""

    name: str = UNKNOWN
    reverse: str = UNKNOWN
    status: int = PERMANENT
    reverse_status: int = PERMANENT


class Hosts:
    """/etc/hosts, read again when it changes (looked at once a second at most)."""

    def __init__(self, path: str = "/etc/hosts") -> None:
        self._path = path
        self._seen: tuple[int, int] = (0, -1)
        self._next = 0.0
        self._names: dict[str, list[str]] = {}

    def name(self, address: str) -> str:
        """The first name of an address; empty when the file has none."""
        self._refresh()
        return (self._names.get(address) or [""])[0]

    def _refresh(self) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + 1.0
        try:
            stat = os.stat(self._path)
            if (stat.st_mtime_ns, stat.st_size) == self._seen or stat.st_size > MAX_HOSTS:
                return
            with open(self._path, encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            return  # no file, or out of reach in a jail: what was read before holds
        self._seen = (stat.st_mtime_ns, stat.st_size)
        self._names = {}
        for line in text.split("\n"):
            words = line.partition("#")[0].replace("\t", " ").split(" ")
            words = [word for word in words if word]
            if len(words) > 1:
                self._names.setdefault(_canonical(words[0]), []).extend(words[1:])


def _canonical(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


class ClientNames:
    """Looks up clients' names; `wanted` is smtpd_peername_lookup."""

    def __init__(self, dns: Dns, hosts: Hosts | None = None, *, wanted: bool = True) -> None:
        self._dns, self._hosts, self._wanted = dns, hosts or Hosts(), wanted

    def of(self, address: str, number: int = 0) -> ClientName:
        """The name of a client address; never raises. `number` is the session's, for the log."""
        if not self._wanted:
            return ClientName()
        known = self._hosts.name(address)
        if known and _NAME.fullmatch(known):
            return ClientName(known, known, OK, OK)
        try:
            names = self._dns.ptr(address).records
        except LookupFailed:
            return ClientName(status=TEMPORARY, reverse_status=TEMPORARY)
        reverse = names[0] if names else ""
        if not _NAME.fullmatch(reverse):
            return ClientName()
        return self._verified(reverse, address, number)

    def _verified(self, reverse: str, address: str, number: int) -> ClientName:
        try:
            found = self._dns.addresses(reverse)
        except LookupFailed as exc:
            log.warning(f"hostname {reverse} does not resolve to address {address}: {exc}", number)
            return ClientName(UNKNOWN, reverse, TEMPORARY, OK)
        if address in found.records:
            return ClientName(reverse, reverse, OK, OK)
        why = "" if found else ": Name or service not known"
        log.warning(f"hostname {reverse} does not resolve to address {address}{why}", number)
        return ClientName(UNKNOWN, reverse, PERMANENT, OK)
