"""dnslist - DNS block and allow lists (RFC 5782; postconf(5) reject_rbl_client, default_rbl_reply).

A list that does not answer lists nobody: that is logged, and mail goes on. Only a reply that matches the filter after
`=` counts (default: any address in 127.0.0.0/8, so that a list that answers everything with its web server's address
blocks nobody).
"""

import ipaddress
import re
from collections.abc import Callable

from pymaster.config.expand import Expander
from pymaster.config.params.restrictions import RestrictionsParams
from pymaster.proto.smtp import reply
from pymaster.rules.access.address import domain_of
from pymaster.rules.access.build import Builder, Maker
from pymaster.rules.access.facts import PERMIT, Check, Context, Facts, Verdict
from pymaster.rules.access.names import is_hostname
from pymaster.rules.access.refuse import refuse
from pymaster.util import log
from pymaster.util.errors import ConfigError, LookupFailed
from pymaster.util.text import printable

_RANGE = re.compile(r"([0-9]{1,3})(?:\.\.([0-9]{1,3}))?")
_FIELD = re.compile(r"\[[^\]]*\]|[0-9]{1,3}")

# What is listed: (query prefix, how it is named in a reply); None when there is nothing to ask.
Subject = Callable[[Facts], tuple[str, str] | None]


def reversed_address(address: str) -> str:
    """An address as a DNS list wants it: octets, or nibbles of IPv6, from the last to the first."""
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return ".".join(reversed(address.split(".")))
    return ".".join(reversed(parsed.exploded.replace(":", "")))


def pattern(text: str) -> Callable[[str], bool]:
    """A filter `d.d.d.d`, each part a number or `[a;b..c]`, as a predicate; raises ConfigError."""
    fields = _FIELD.findall(text)
    if len(fields) != 4 or ".".join(fields) != text:
        raise ConfigError(f'bad address filter "{text}"')
    wanted = [_numbers(field) for field in fields]

    def matches(address: str) -> bool:
        parts = address.split(".")
        return len(parts) == 4 and all(int(part) in allowed for part, allowed in zip(parts, wanted, strict=True))

    return matches


def _numbers(field: str) -> frozenset[int]:
    found: set[int] = set()
    for item in field.strip("[]").split(";"):
        match = _RANGE.fullmatch(item)
        if match is None:
            raise ConfigError(f'bad address filter field "{field}"')
        first, last = int(match.group(1)), int(match.group(2) or match.group(1))
        if first > last or last > 255:
            raise ConfigError(f'bad address filter field "{field}"')
        found.update(range(first, last + 1))
    return frozenset(found)


class DnsList:
    """One list: whether something is on it, and the reply that says so."""

    def __init__(self, build: Builder, argument: str, kind: str) -> None:
        domain, equals, wanted = argument.partition("=")
        if not domain:
            raise ConfigError("need a domain name")
        self.domain, self.kind, self._dns = domain.rstrip("."), kind, build.tools.dns
        self._matches = pattern(wanted) if equals else lambda address: address.startswith("127.")
        params = build.snapshot[RestrictionsParams]
        self._code, self._template = params.maps_rbl_reject_code, params.default_rbl_reply
        self._replies = build.tools.open_maps(params.rbl_reply_maps, "rbl_reply_maps")
        self._name = argument

    def listed(self, prefix: str, facts: Facts) -> bool:
        """Whether `prefix` is on the list; a list that fails is logged and lists nobody."""
        try:
            found = self._dns.addresses(f"{prefix}.{self.domain}")
        except LookupFailed as exc:
            log.warning(f"{prefix}.{self.domain}: RBL lookup error: {exc}", facts.number)
            return False
        return any(self._matches(address) for address in found.records)

    def refuse(self, prefix: str, what: str, facts: Facts) -> Verdict | None:
        """The refusal, with the list's own reason (TXT) if it gives one."""
        try:
            reason = " ".join(self._dns.txt(f"{prefix}.{self.domain}").records)
        except LookupFailed:
            reason = ""
        template = self._replies.get(self._name.encode()) if self._replies else None
        values = {
            "client": facts.label, "client_address": facts.address, "client_name": facts.name,
            "reverse_client_name": facts.reverse_name, "helo_name": facts.helo_text,
            "sender": printable(facts.sender or b"<>"), "recipient": printable(facts.recipient or b""),
            "rbl_code": str(self._code), "rbl_domain": self.domain, "rbl_what": what, "rbl_class": self.kind,
            "rbl_reason": printable(reason.replace("$", "")[:300]), "rbl_txt": printable(reason.replace("$", "")[:300]),
        }  # fmt: skip
        text = template.decode("utf-8", "replace") if template is not None else self._template
        said = reply.parse(Expander(values.get, values.get).expand(text))
        if said is None or said.code < 400:
            return refuse(facts, 450, "4.7.1", "Service unavailable")
        return refuse(facts, said.code, said.dsn or "5.7.1", said.lines[0])


def _address_of(facts: Facts) -> tuple[str, str] | None:
    try:
        return reversed_address(facts.address), facts.address
    except ValueError:
        return None


def _named(name: bytes) -> tuple[str, str] | None:
    return (name.decode(), name.decode()) if is_hostname(name) and b"." in name else None


_SUBJECTS: dict[str, tuple[str, Subject]] = {
    "reject_rbl_client": ("Client host", _address_of),
    "reject_rbl": ("Client host", _address_of),
    "reject_rhsbl_client": ("Client host", lambda f: _named(f.name.encode())),
    "reject_rhsbl_reverse_client": ("Unverified Client host", lambda f: _named(f.reverse_name.encode())),
    "reject_rhsbl_helo": ("Helo command", lambda f: _named(f.helo or b"")),
    "reject_rhsbl_sender": ("Sender address", lambda f: _named(domain_of(f.sender or b""))),
    "reject_rhsbl_recipient": ("Recipient address", lambda f: _named(domain_of(f.recipient or b""))),
}


def _blocker(kind: str, subject: Subject) -> Maker:
    def make(build: Builder, argument: str, context: Context) -> Check:
        block = DnsList(build, argument, kind)

        def check(facts: Facts) -> Verdict | None:
            found = subject(facts)
            if found is None or not block.listed(found[0], facts):
                return None
            return block.refuse(found[0], found[1], facts)

        return check

    return make


def _allower(subject: Subject) -> Maker:
    def make(build: Builder, argument: str, context: Context) -> Check:
        allow = DnsList(build, argument, "")

        def check(facts: Facts) -> Verdict | None:
            found = subject(facts)
            return PERMIT if found is not None and allow.listed(found[0], facts) else None

        return check

    return make


MAKERS: dict[str, tuple[bool, Maker]] = {
    **{name: (True, _blocker(kind, subject)) for name, (kind, subject) in _SUBJECTS.items()},
    "permit_dnswl_client": (True, _allower(_address_of)),
    "permit_rhswl_client": (True, _allower(lambda f: _named(f.name.encode()))),
}
