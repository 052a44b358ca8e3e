"""address - restrictions on sender and recipient addresses: complete, with a domain that takes mail, listed, owned."""

from collections.abc import Callable

from pymaster.config.params.restrictions import RestrictionsParams
from pymaster.model.dns import is_null_mx
from pymaster.rules.access import search
from pymaster.rules.access.build import Builder, Maker
from pymaster.rules.access.facts import RECIPIENT, SENDER, Check, Context, Facts, Verdict
from pymaster.rules.access.names import is_hostname, is_literal, is_qualified
from pymaster.rules.access.refuse import defer_if_permit, refuse, rejected
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable

Subject = Callable[[Facts], bytes | None]


def _sender(facts: Facts) -> bytes | None:
    return facts.sender or None  # the null sender has no domain to judge


def _recipient(facts: Facts) -> bytes | None:
    return facts.recipient or None


def domain_of(addr: bytes) -> bytes:
    """The domain of an address, b"" when it has none."""
    _, at, domain = addr.rpartition(b"@")
    return domain if at else b""


def _non_fqdn(subject: Subject, kind: Context) -> Maker:
    def make(build: Builder, argument: str, context: Context) -> Check:
        code = build.snapshot[RestrictionsParams].non_fqdn_reject_code

        def check(facts: Facts) -> Verdict | None:
            addr = subject(facts)
            if addr is None:
                return None
            domain = domain_of(addr)
            if is_literal(domain) or (is_hostname(domain) and is_qualified(domain)) or _is_utf8_name(domain):
                return None
            return refuse(facts, code, "5.5.2", rejected(kind, facts, "need fully-qualified address"))

        return check

    return make


def _is_utf8_name(domain: bytes) -> bool:
    return not domain.isascii() and is_qualified(domain)


def _unknown_domain(subject: Subject, kind: Context) -> Maker:
    dsn, null_code, null_dsn = ("4.1.8", 550, "5.7.27") if kind is SENDER else ("4.1.2", 556, "5.1.10")

    def make(build: Builder, argument: str, context: Context) -> Check:
        params, tools = build.snapshot[RestrictionsParams], build.tools
        code = params.unknown_address_reject_code
        at_once = params.unknown_address_tempfail_action != "defer_if_permit"

        def check(facts: Facts) -> Verdict | None:
            addr = subject(facts)
            if addr is None:
                return None
            # Our own domains and those we relay for need no DNS.
            if tools.resolve(facts.sender or b"", addr).klass != "default":
                return None
            domain = domain_of(tools.complete(addr))
            if not domain or is_literal(domain):
                return None
            text = rejected(kind, facts, "Domain not found")
            try:
                name = domain.decode("utf-8", "replace")
                exchangers = tools.dns.mx(name)
                if is_null_mx(exchangers):
                    why = f"Domain {printable(domain)} does not accept mail (nullMX)"
                    return refuse(facts, null_code, null_dsn, rejected(kind, facts, why))
                if exchangers or tools.dns.addresses(name):
                    return None
            except LookupFailed:
                return refuse(facts, 450, dsn, text) if at_once else defer_if_permit(facts, 450, dsn, text)
            return refuse(facts, code, dsn, text)

        return check

    return make


def unlisted_recipient(build: Builder, argument: str, context: Context) -> Check:
    """reject_unlisted_recipient; also what smtpd_reject_unlisted_recipient does at the end of all lists."""
    unknown = build.tools.unknown

    def check(facts: Facts) -> Verdict | None:
        if facts.recipient is None or facts.unlisted_checked:
            return None
        facts.unlisted_checked = True
        found = unknown(facts.recipient, facts.sender or b"", RECIPIENT.word)
        return None if found is None else refuse(facts, found.code, found.dsn, found.text)

    return check


def unlisted_sender(build: Builder, argument: str, context: Context) -> Check:
    """reject_unlisted_sender: an address in one of our domains that nobody has."""
    unknown = build.tools.unknown

    def check(facts: Facts) -> Verdict | None:
        if not facts.sender:
            return None
        found = unknown(facts.sender, facts.sender, SENDER.word)
        return None if found is None else refuse(facts, found.code, found.dsn, found.text)

    return check


def _login_mismatch(*, known: bool = True, anonymous: bool = True, owned_only: bool = False) -> Maker:
    """`known` judges logged-in clients, `anonymous` the others; `owned_only` only senders that somebody owns."""

    def make(build: Builder, argument: str, context: Context) -> Check:
        text = build.snapshot[RestrictionsParams].smtpd_sender_login_maps
        maps = build.tools.open_maps(text, "smtpd_sender_login_maps")
        delimiters = build.snapshot.text("recipient_delimiter").encode()

        def check(facts: Facts) -> Verdict | None:
            if not facts.sender or not (known if facts.sasl_username else anonymous):
                return None
            owners = search.owners(maps, build.tools.complete(facts.sender), delimiters)
            if not facts.sasl_username:
                if owners is None:
                    return None
                return refuse(facts, 553, "5.7.1", rejected(SENDER, facts, "not logged in"))
            if (owners is None and owned_only) or facts.sasl_username in (owners or ()):
                return None
            why = f"not owned by user {printable(facts.sasl_username)}"
            return refuse(facts, 553, "5.7.1", rejected(SENDER, facts, why))

        return check

    return make


MAKERS: dict[str, tuple[bool, Maker]] = {
    "reject_non_fqdn_sender": (False, _non_fqdn(_sender, SENDER)),
    "reject_non_fqdn_recipient": (False, _non_fqdn(_recipient, RECIPIENT)),
    "reject_unknown_sender_domain": (False, _unknown_domain(_sender, SENDER)),
    "reject_unknown_address": (False, _unknown_domain(_sender, SENDER)),
    "reject_unknown_recipient_domain": (False, _unknown_domain(_recipient, RECIPIENT)),
    "reject_unlisted_recipient": (False, unlisted_recipient),
    "check_recipient_maps": (False, unlisted_recipient),
    "reject_unlisted_sender": (False, unlisted_sender),
    "reject_sender_login_mismatch": (False, _login_mismatch()),
    "reject_authenticated_sender_login_mismatch": (False, _login_mismatch(anonymous=False)),
    "reject_known_sender_login_mismatch": (False, _login_mismatch(anonymous=False, owned_only=True)),
    "reject_unauthenticated_sender_login_mismatch": (False, _login_mismatch(known=False)),
}
