"""names - restrictions on the client's name and on the HELO name."""

import ipaddress
import re

from pymaster.config.params.restrictions import RestrictionsParams
from pymaster.rules.access.build import Builder, Maker
from pymaster.rules.access.facts import HELO, NAME_OK, NAME_PERM, Check, Context, Facts, Verdict
from pymaster.rules.access.refuse import defer_if_permit, refuse, rejected
from pymaster.util.errors import LookupFailed

_LABEL = re.compile(rb"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMERIC = re.compile(rb"[0-9.]+")


def is_hostname(name: bytes) -> bool:
    """Whether this is a host name: labels of letters, digits, hyphens (and underscores), not all numbers."""
    if not name or len(name) > 255 or _NUMERIC.fullmatch(name):
        return False
    return all(_LABEL.fullmatch(label) for label in name.split(b"."))


def is_literal(name: bytes) -> bool:
    """Whether this is `[1.2.3.4]` or `[IPv6:...]` (RFC 5321 section 4.1.3); a bare IPv4 address counts for HELO only."""
    if not (name.startswith(b"[") and name.endswith(b"]") and name.isascii()):
        return False
    text = name[1:-1].decode("ascii")
    text = text[5:] if text[:5].upper() == "IPV6:" else text
    return is_address(text)


def is_address(text: str) -> bool:
    """Whether this is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_qualified(name: bytes) -> bool:
    """Whether a name has a dot inside."""
    return b"." in name.rstrip(b".")


def _bare(helo: bytes) -> bytes:
    """A HELO name without its final dot."""
    return helo[:-1] if helo.endswith(b".") else helo


def _unknown_client(build: Builder, argument: str, context: Context) -> Check:
    code = build.snapshot[RestrictionsParams].unknown_client_reject_code

    def check(facts: Facts) -> Verdict | None:
        if facts.name_status == NAME_OK:
            return None
        text = f"Client host rejected: cannot find your hostname, [{facts.address}]"
        return refuse(facts, code if facts.name_status == NAME_PERM else 450, "4.7.25", text)

    return check


def _unknown_reverse(build: Builder, argument: str, context: Context) -> Check:
    code = build.snapshot[RestrictionsParams].unknown_client_reject_code

    def check(facts: Facts) -> Verdict | None:
        if facts.reverse_status == NAME_OK:
            return None
        text = f"Client host rejected: cannot find your reverse hostname, [{facts.address}]"
        return refuse(facts, code if facts.reverse_status == NAME_PERM else 450, "4.7.25", text)

    return check


def _invalid_helo(build: Builder, argument: str, context: Context) -> Check:
    code = build.snapshot[RestrictionsParams].invalid_hostname_reject_code

    def check(facts: Facts) -> Verdict | None:
        if facts.helo is None:
            return None
        name = _bare(facts.helo)
        if is_hostname(name) or is_literal(name) or (name.isascii() and is_address(name.decode())):
            return None
        # What begins like an address was meant to be one.
        what = "invalid ip address" if name[:1] in b"[0123456789" and name else "Invalid name"
        return refuse(facts, code, "5.5.2", rejected(HELO, facts, what))

    return check


def _non_fqdn_helo(build: Builder, argument: str, context: Context) -> Check:
    code = build.snapshot[RestrictionsParams].non_fqdn_reject_code

    def check(facts: Facts) -> Verdict | None:
        if facts.helo is None:
            return None
        name = _bare(facts.helo)
        if is_literal(name) or (is_hostname(name) and is_qualified(name)):
            return None
        return refuse(facts, code, "5.5.2", rejected(HELO, facts, "need fully-qualified hostname"))

    return check


def _unknown_helo(build: Builder, argument: str, context: Context) -> Check:
    params, dns = build.snapshot[RestrictionsParams], build.tools.dns
    code = params.unknown_hostname_reject_code
    at_once = params.unknown_helo_hostname_tempfail_action != "defer_if_permit"

    def check(facts: Facts) -> Verdict | None:
        if facts.helo is None or is_literal(facts.helo):
            return None
        text = rejected(HELO, facts, "Host not found")
        if not is_hostname(_bare(facts.helo)):
            return refuse(facts, code, "4.7.1", text)
        name = _bare(facts.helo).decode()
        try:
            found = bool(dns.addresses(name)) or bool(dns.mx(name))
        except LookupFailed:
            return refuse(facts, 450, "4.7.1", text) if at_once else defer_if_permit(facts, 450, "4.7.1", text)
        return None if found else refuse(facts, code, "4.7.1", text)

    return check


MAKERS: dict[str, tuple[bool, Maker]] = {
    "reject_unknown_client_hostname": (False, _unknown_client),
    "reject_unknown_client": (False, _unknown_client),
    "reject_unknown_forward_client_hostname": (False, _unknown_client),
    "reject_unknown_reverse_client_hostname": (False, _unknown_reverse),
    "reject_invalid_helo_hostname": (False, _invalid_helo),
    "reject_invalid_hostname": (False, _invalid_helo),
    "reject_non_fqdn_helo_hostname": (False, _non_fqdn_helo),
    "reject_non_fqdn_hostname": (False, _non_fqdn_helo),
    "reject_unknown_helo_hostname": (False, _unknown_helo),
    "reject_unknown_hostname": (False, _unknown_helo),
}
