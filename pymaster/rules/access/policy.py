"""policy - check_policy_service: a server outside decides (SMTPD_POLICY_README).

The request's attributes and their order are Postfix's; postgrey and its like depend on them. The answer is an
access(5) action.
"""

from collections.abc import Callable

from pymaster.config.params.smtpd_filter import SmtpdFilterParams
from pymaster.config.words import split_assignment, split_list, strip_braces
from pymaster.rules.access.actions import Actions
from pymaster.rules.access.build import Builder, Maker
from pymaster.rules.access.facts import Check, Context, Facts, Verdict
from pymaster.util import log
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable

_PROTOCOL_STATE = {"CONNECT": "CONNECT", "HELO": "HELO", "MAIL": "MAIL", "RCPT": "RCPT"}


def attributes(facts: Facts, context: str) -> list[tuple[str, str]]:
    """One request. Values are free of line ends; what is not known is empty."""
    return [
        ("request", "smtpd_access_policy"),
        ("protocol_state", _PROTOCOL_STATE.get(facts.stage, facts.stage)),
        ("protocol_name", facts.proto),
        ("client_address", facts.address),
        ("client_name", facts.name),
        ("client_port", facts.port),
        ("reverse_client_name", facts.reverse_name),
        ("server_address", facts.local_address),
        ("server_port", facts.local_port),
        ("helo_name", facts.helo_text),
        ("sender", printable(facts.sender or b"", 1000)),
        ("recipient", printable(facts.recipient or b"", 1000)),
        ("recipient_count", str(facts.recipient_count if facts.stage not in ("MAIL", "RCPT") else 0)),
        ("queue_id", facts.queue_id),
        ("instance", facts.instance),
        ("size", str(facts.size)),
        ("etrn_domain", printable(facts.etrn, 500)),
        ("stress", ""),
        ("sasl_method", printable(facts.sasl_method)),
        ("sasl_username", printable(facts.sasl_username)),
        ("sasl_sender", printable(facts.sasl_sender)),
        ("ccert_subject", ""),
        ("ccert_issuer", ""),
        ("ccert_fingerprint", ""),
        ("ccert_pubkey_fingerprint", ""),
        ("encryption_protocol", ""),
        ("encryption_cipher", ""),
        ("encryption_keysize", "0"),
        ("policy_context", context),
    ]


def makers(actions: Callable[[], Actions]) -> dict[str, tuple[bool, Maker]]:
    """The policy check of one process."""

    def make(build: Builder, argument: str, context: Context) -> Check:
        params = build.snapshot[SmtpdFilterParams]
        words = split_list(strip_braces(argument))
        endpoint = words[0] if words else ""
        options = dict(split_assignment(strip_braces(word)) for word in words[1:])
        default = options.get("default_action", params.smtpd_policy_service_default_action)
        tag = options.get("policy_context", params.smtpd_policy_service_policy_context)
        ask = build.tools.open_policy(argument)

        def check(facts: Facts) -> Verdict | None:
            try:
                answer = ask(attributes(facts, tag))
            except LookupFailed as exc:
                log.warning(f"problem talking to server {endpoint}: {exc}", facts.number)
                answer = default
            return actions().perform(facts, answer.encode(), context, f"policy service {endpoint}")

        return check

    return {"check_policy_service": (True, make)}
