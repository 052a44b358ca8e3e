"""refuse - how a restriction says no: at once, only in the log (warn_if_reject), or once everything else would permit.

The texts are Postfix's, literally: fail2ban and pflogsumm know them.
"""

from pymaster.proto.smtp.reply import Reply
from pymaster.rules.access.facts import SENDER, Context, Facts, Verdict
from pymaster.util import log

# access(5), "ENHANCED STATUS CODES": a code about a recipient made to fit a sender and the other way round.
_TO_SENDER = {"1.1": "1.0", "1.2": "1.8", "1.3": "1.7", "1.4": "1.0", "1.5": "1.0", "1.6": "1.0"}
_TO_RECIPIENT = {"1.0": "1.0", "1.7": "1.3", "1.8": "1.2"}


def refuse(facts: Facts, code: int, dsn: str, text: str) -> Verdict | None:
    """Refuse with this reply and log it; None when it only counts as a warning. The code decides the class of `dsn`."""
    reply = Reply(code, f"{code // 100}{dsn[1:]}", text)
    if facts.warn:
        facts.report("reject_warning", reply.text)
        return None
    if facts.defer_if_reject is not None and code >= 500:
        assert facts.defer_if_reject.reply is not None
        reply = facts.defer_if_reject.reply
    facts.report("reject", reply.text)
    return Verdict(reply)


def defer_if_permit(facts: Facts, code: int, dsn: str, text: str) -> Verdict | None:
    """Refuse with this reply if nothing else refuses: a check could not be made. The first one counts. Always None."""
    reply = Reply(code, f"{code // 100}{dsn[1:]}", text)
    if facts.warn:
        facts.report("reject_warning", reply.text)
    elif facts.defer_if_permit is None:
        facts.defer_if_permit = Verdict(reply)
    return None


def defer_if_reject(facts: Facts, code: int, dsn: str, text: str) -> Verdict | None:
    """Make a later refusal temporary: a check that might have permitted could not be made. Always None."""
    if facts.defer_if_reject is None:
        facts.defer_if_reject = Verdict(Reply(code, f"{code // 100}{dsn[1:]}", text))
    return None


def sick(facts: Facts, subject: str) -> Verdict:
    """A table or the DNS failed: temporary, whatever warn_if_reject says, for "unknown" must never mean "not found"."""
    reply = Reply(451, "4.3.0", f"<{subject}>: Temporary lookup failure")
    facts.report("reject", reply.text)
    return Verdict(reply)


def unusable(context: Context, facts: Facts, why: str) -> Verdict:
    """An access table failed: temporary, whatever warn_if_reject says, for nobody knows what it would have said."""
    log.warning(f"{why} (lookup error for {context.word.lower()} of {facts.label})", facts.number)
    reply = Reply(451, "4.3.5", rejected(context, facts, "Server configuration error"))
    facts.report("reject", reply.text)
    return Verdict(reply)


def misconfigured(facts: Facts) -> Verdict:
    """A restriction makes no sense; mail waits until an administrator has looked (the reason is in the log)."""
    reply = Reply(451, "4.3.5", "Server configuration error")
    facts.report("reject", reply.text)
    return Verdict(reply)


def fit(dsn: str, context: Context) -> str:
    """An enhanced code out of a table, made to fit what it is said about."""
    head, detail = dsn[:2], dsn[2:]
    if not detail.startswith("1."):
        return dsn
    if context is SENDER:
        return head + _TO_SENDER.get(detail, detail)
    if context.word == "Recipient address":
        return head + _TO_RECIPIENT.get(detail, detail)
    return head + "0.0"


def rejected(context: Context, facts: Facts, why: str) -> str:
    """`<thing>: Kind rejected: why`."""
    return f"<{context.subject(facts)}>: {context.word} rejected: {why}"
