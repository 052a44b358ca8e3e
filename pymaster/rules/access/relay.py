"""relay - is this server meant to carry mail for the recipient? (A22, SMTPD_ACCESS_README "relay access")

A destination is authorised when the recipient resolves to one of our address classes, and its local part carries no
route of the sender's own (`user@x@ours`, `user%x@ours`, `x!user@ours`), unless allow_untrusted_routing says otherwise.
"""

from pymaster.config import compat
from pymaster.config.params.restrictions import RestrictionsParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.rules.access.build import Builder, Maker
from pymaster.rules.access.facts import PERMIT, Check, Context, Facts, Verdict
from pymaster.rules.access.refuse import refuse
from pymaster.util import log
from pymaster.util.text import printable


def authorised(build: Builder) -> Check:
    """PERMIT when the present recipient is an authorised destination, else None. Raises LookupFailed."""
    resolve = build.tools.resolve
    routing = build.snapshot[RewritingParams].allow_untrusted_routing
    old = compat.old_default(build.snapshot, "relay_domains")

    def check(facts: Facts) -> Verdict | None:
        route = resolve(facts.sender or b"", facts.recipient or b"")
        if route.klass == "default" or (route.routed and not routing):
            return None
        if old and route.klass == "relay":
            domain = printable(route.recipient.rpartition(b"@")[2], 300)
            log.info(compat.text("relay_domains", f'accept mail for domain "{domain}"'), facts.number)
        return PERMIT

    return check


def _denied(facts: Facts) -> str:
    return f"<{printable(facts.recipient or b'', 1000)}>: Relay access denied"


def _reject_unauth(build: Builder, argument: str, context: Context) -> Check:
    code, permitted = build.snapshot[RestrictionsParams].relay_domains_reject_code, authorised(build)

    def check(facts: Facts) -> Verdict | None:
        if facts.recipient is None or permitted(facts) is not None:
            return None
        return refuse(facts, code, "5.7.1", _denied(facts))

    return check


def _defer_unauth(build: Builder, argument: str, context: Context) -> Check:
    permitted = authorised(build)

    def check(facts: Facts) -> Verdict | None:
        if facts.recipient is None or permitted(facts) is not None:
            return None
        return refuse(facts, 454, "4.7.1", _denied(facts))

    return check


def _permit_auth(build: Builder, argument: str, context: Context) -> Check:
    permitted = authorised(build)
    return lambda facts: None if facts.recipient is None else permitted(facts)


MAKERS: dict[str, tuple[bool, Maker]] = {
    "reject_unauth_destination": (False, _reject_unauth),
    "defer_unauth_destination": (False, _defer_unauth),
    "permit_auth_destination": (False, _permit_auth),
    "check_relay_domains": (False, _reject_unauth),
    # Deprecated by Postfix: asking the DNS who backs us up lets strangers decide. Our own destinations only.
    "permit_mx_backup": (False, _permit_auth),
}
