"""stages - the restriction lists in their order, asked as a session goes on (postconf(5) smtpd_*_restrictions).

PERMIT ends its own list, a refusal ends everything, the end of a list permits. With smtpd_delay_reject the lists about
client, HELO and sender wait for RCPT or ETRN, so that clients that understand no early refusal see one.
"""

from pymaster.config.params.cleanup import CleanupParams
from pymaster.config.params.restrictions import RestrictionsParams
from pymaster.config.words import split_list
from pymaster.proto.smtp.reply import Reply
from pymaster.rules.access import address, dnslist, general, guard, names, olddefaults, policy, relay, tables
from pymaster.rules.access import facts as kinds
from pymaster.rules.access.actions import Actions
from pymaster.rules.access.build import Builder, guarded
from pymaster.rules.access.facts import Check, Facts, Verdict
from pymaster.rules.access.refuse import refuse
from pymaster.rules.access.tools import Tools


class Access:
    """The lists of one process. Each method gives the reply of a refusal, or None."""

    def __init__(self, tools: Tools) -> None:
        """Compiles everything; raises Fatal when relaying would be open, ConfigError for a table that cannot be."""
        params = tools.snapshot[RestrictionsParams]
        makers = {**general.MAKERS, **names.MAKERS, **address.MAKERS, **relay.MAKERS, **dnslist.MAKERS}
        makers.update(tables.makers(lambda: self._actions, tools.complete))
        makers.update(policy.makers(lambda: self._actions))
        build = Builder(tools, makers)
        self._actions = Actions(build)
        self._delay = params.smtpd_delay_reject
        self._client = build.compile(params.smtpd_client_restrictions, kinds.CLIENT)
        self._helo = build.compile(params.smtpd_helo_restrictions, kinds.HELO)
        self._sender = build.compile(params.smtpd_sender_restrictions, kinds.SENDER)
        relay_list = build.compile(params.smtpd_relay_restrictions, kinds.RECIPIENT)
        recipient_list = build.compile(params.smtpd_recipient_restrictions, kinds.RECIPIENT)
        recipient_list = olddefaults.recipient_list(build, recipient_list)
        self._open_relay = olddefaults.OpenRelay(build)
        relay_first = params.smtpd_relay_before_recipient_restrictions
        self._recipient = (relay_list, recipient_list) if relay_first else (recipient_list, relay_list)
        self._data = build.compile(params.smtpd_data_restrictions, kinds.DATA)
        self._end_of_data = build.compile(params.smtpd_end_of_data_restrictions, kinds.END_OF_DATA)
        self._etrn = build.compile(params.smtpd_etrn_restrictions, kinds.ETRN)
        self._local = build.compile(tools.snapshot.text("local_header_rewrite_clients"), kinds.LOCAL_CLIENT)
        self._unlisted: Check | None = None
        overrides = split_list(tools.snapshot[CleanupParams].receive_override_options)
        if params.smtpd_reject_unlisted_recipient and "no_unknown_recipient_checks" not in overrides:
            self._unlisted = guarded(address.unlisted_recipient(build, "", kinds.RECIPIENT), kinds.RECIPIENT)
        self._unlisted_sender: Check | None = None
        if params.smtpd_reject_unlisted_sender:
            self._unlisted_sender = guarded(address.unlisted_sender(build, "", kinds.SENDER), kinds.SENDER)
        guard.require_relay_control(
            build.names(params.smtpd_relay_restrictions) + build.names(params.smtpd_recipient_restrictions)
        )

    def local_client(self, facts: Facts) -> bool:
        """Whether headers of this client's mail are rewritten as our own (local_header_rewrite_clients)."""
        verdict = self._local(facts)
        return verdict is not None and verdict.reply is None

    def connect(self, facts: Facts) -> Reply | None:
        """When a client has connected."""
        return None if self._delay else self._early(facts, "CONNECT", self._client)

    def helo(self, facts: Facts) -> Reply | None:
        """At HELO and EHLO."""
        return None if self._delay else self._early(facts, "HELO", self._helo)

    def mail(self, facts: Facts) -> Reply | None:
        """At MAIL FROM."""
        return None if self._delay else self._early(facts, "MAIL", self._sender_lists)

    def recipient(self, facts: Facts) -> Reply | None:
        """At RCPT TO. `postmaster` without a domain is always welcome (RFC 5321 section 4.5.1)."""
        facts.stage = "RCPT"
        if facts.recipient is not None and facts.recipient.lower() == b"postmaster":
            return None
        facts.unlisted_checked = False
        self._reset(facts)
        refusal = self._conclude(facts, self._all_for_recipient(facts))
        if refusal is None:
            self._open_relay.permitted(facts)
        return refusal

    def data(self, facts: Facts) -> Reply | None:
        """At DATA or the first BDAT."""
        return self._late(facts, "DATA", self._data)

    def end_of_data(self, facts: Facts) -> Reply | None:
        """When the content is here; the last chance to say no."""
        return self._late(facts, "END-OF-MESSAGE", self._end_of_data)

    def etrn(self, facts: Facts) -> Reply | None:
        """At ETRN."""
        facts.stage = "ETRN"
        self._reset(facts)
        verdict = self._first(facts, self._client, self._helo) if self._delay else None
        if verdict is None or verdict.reply is None:
            verdict = self._etrn(facts)
        return self._conclude(facts, verdict)

    def _early(self, facts: Facts, stage: str, check: Check) -> Reply | None:
        """A list that is not delayed; what it wants deferred is remembered for RCPT."""
        facts.stage = stage
        facts.defer_if_permit = facts.defer_if_reject = None
        verdict = check(facts)
        facts.held_back[stage] = facts.defer_if_permit
        return verdict.reply if verdict is not None else None

    def _late(self, facts: Facts, stage: str, check: Check) -> Reply | None:
        facts.stage = stage
        before, facts.recipient = facts.recipient, facts.recipient if facts.recipient_count == 1 else None
        facts.defer_if_permit = facts.defer_if_reject = None
        try:
            return self._conclude(facts, check(facts))
        finally:
            facts.recipient = before

    def _reset(self, facts: Facts) -> None:
        facts.defer_if_reject = None
        facts.defer_if_permit = next((held for held in facts.held_back.values() if held is not None), None)

    def _conclude(self, facts: Facts, verdict: Verdict | None) -> Reply | None:
        """The end of an evaluation: a check that could not be made turns a permission into "try again"."""
        if verdict is not None and verdict.reply is not None:
            return verdict.reply
        if facts.defer_if_permit is not None:
            reply = facts.defer_if_permit.reply
            assert reply is not None
            made = refuse(facts, reply.code, reply.dsn, reply.lines[0])
            return made.reply if made is not None else None
        return None

    def _first(self, facts: Facts, *lists: Check) -> Verdict | None:
        """The lists in turn; the first refusal, else None."""
        for check in lists:
            verdict = check(facts)
            if verdict is not None and verdict.reply is not None:
                return verdict
        return None

    def _sender_lists(self, facts: Facts) -> Verdict | None:
        verdict = self._sender(facts)
        if (verdict is None or verdict.reply is None) and self._unlisted_sender is not None:
            return self._unlisted_sender(facts)
        return verdict

    def _all_for_recipient(self, facts: Facts) -> Verdict | None:
        if self._delay:
            verdict = self._first(facts, self._client, self._helo, self._sender_lists)
            if verdict is not None:
                return verdict
        verdict = self._first(facts, *self._recipient)
        if verdict is None and self._unlisted is not None and not facts.actions.discard:
            return self._unlisted(facts)
        return verdict
