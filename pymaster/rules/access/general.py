"""general - restrictions that look at no name: permit, reject, defer, delays, pipelining, networks, sessions."""

from pymaster.config import compat
from pymaster.config.params.restrictions import RestrictionsParams
from pymaster.rules.access.build import Builder, Maker, broken
from pymaster.rules.access.facts import PERMIT, Check, Context, Facts, Verdict
from pymaster.rules.access.refuse import defer_if_permit, defer_if_reject, refuse, rejected
from pymaster.util import log

_LONGEST_SLEEP = 3600


def _permit(build: Builder, argument: str, context: Context) -> Check:
    return lambda facts: PERMIT


def _reject(build: Builder, argument: str, context: Context) -> Check:
    code = build.snapshot[RestrictionsParams].reject_code
    return lambda facts: refuse(facts, code, "5.7.1", rejected(context, facts, "Access denied"))


def _defer(build: Builder, argument: str, context: Context) -> Check:
    code = build.snapshot[RestrictionsParams].defer_code
    return lambda facts: refuse(facts, code, "4.3.2", rejected(context, facts, "Try again later"))


def _defer_if_permit(build: Builder, argument: str, context: Context) -> Check:
    why = "defer_if_permit requested"
    return lambda facts: defer_if_permit(facts, 450, "4.7.0", rejected(context, facts, why))


def _defer_if_reject(build: Builder, argument: str, context: Context) -> Check:
    why = "defer_if_reject requested"
    return lambda facts: defer_if_reject(facts, 450, "4.7.0", rejected(context, facts, why))


def _sleep(build: Builder, argument: str, context: Context) -> Check:
    if not argument.isascii() or not argument.isdecimal() or len(argument) > 5 or int(argument) > _LONGEST_SLEEP:
        return broken(f'restriction sleep: bad number of seconds "{argument}"')
    seconds = float(argument)
    sleep = build.tools.sleep
    return lambda facts: sleep(seconds)


def _unauth_pipelining(build: Builder, argument: str, context: Context) -> Check:
    def check(facts: Facts) -> Verdict | None:
        if not facts.improper:
            return None
        return refuse(facts, 503, "5.5.0", rejected(context, facts, "Improper use of SMTP command pipelining"))

    return check


def _plaintext_session(build: Builder, argument: str, context: Context) -> Check:
    code = build.snapshot[RestrictionsParams].plaintext_reject_code

    def check(facts: Facts) -> Verdict | None:
        if facts.tls:
            return None
        return refuse(facts, code, "5.7.1", rejected(context, facts, "Session encryption is required"))

    return check


def _multi_recipient_bounce(build: Builder, argument: str, context: Context) -> Check:
    code = build.snapshot[RestrictionsParams].multi_recipient_bounce_reject_code

    def check(facts: Facts) -> Verdict | None:
        # At RCPT the present recipient is not counted yet; later all are.
        count = facts.recipient_count + (1 if facts.stage == "RCPT" else 0)
        if facts.sender != b"" or count < 2:
            return None
        return refuse(facts, code, "5.5.3", rejected(context, facts, "Multi-recipient bounce"))

    return check


def _permit_mynetworks(build: Builder, argument: str, context: Context) -> Check:
    trusted = build.tools.trusted
    old = compat.old_default(build.snapshot, "mynetworks_style") and not build.snapshot.has("mynetworks")
    own = build.tools.interfaces() if old else frozenset()

    def check(facts: Facts) -> Verdict | None:
        known = facts.in_mynetworks
        if known is None:
            known = facts.in_mynetworks = trusted(facts.name, facts.address)
        if known and old and facts.address not in own:
            what = f'permit request from client "{facts.label}"'
            log.info(compat.text("mynetworks_style", what), facts.number)
        return PERMIT if known else None

    return check


def _permit_inet_interfaces(build: Builder, argument: str, context: Context) -> Check:
    own = build.tools.interfaces()
    return lambda facts: PERMIT if facts.address in own else None


def _permit_sasl_authenticated(build: Builder, argument: str, context: Context) -> Check:
    return lambda facts: PERMIT if facts.sasl_username else None


def _permit_tls_clientcerts(build: Builder, argument: str, context: Context) -> Check:
    # No client certificate is ever verified before TLS exists, so none permits.
    return lambda facts: None


MAKERS: dict[str, tuple[bool, Maker]] = {
    "permit": (False, _permit),
    "reject": (False, _reject),
    "defer": (False, _defer),
    "defer_if_permit": (False, _defer_if_permit),
    "defer_if_reject": (False, _defer_if_reject),
    "sleep": (True, _sleep),
    "reject_unauth_pipelining": (False, _unauth_pipelining),
    "reject_plaintext_session": (False, _plaintext_session),
    "reject_multi_recipient_bounce": (False, _multi_recipient_bounce),
    "permit_mynetworks": (False, _permit_mynetworks),
    "permit_inet_interfaces": (False, _permit_inet_interfaces),
    "permit_sasl_authenticated": (False, _permit_sasl_authenticated),
    "permit_tls_clientcerts": (False, _permit_tls_clientcerts),
    "permit_tls_all_clientcerts": (False, _permit_tls_clientcerts),
}
