"""settings - what a session reads of the configuration, made once per process: limits, texts, ready replies."""

from pymaster.config import compat
from pymaster.config.params.cleanup import CleanupParams
from pymaster.config.params.core import CoreParams
from pymaster.config.params.restrictions import RestrictionsParams
from pymaster.config.params.smtpd import SmtpdParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.proto.smtp import ehlo
from pymaster.proto.smtp.reply import Reply

# smtpd_forbid_bare_newline, old spellings included: what is done about a line that ends in a bare LF.
ALLOW, NORMALIZE, NOTE, REJECT = "allow", "normalize", "note", "reject"
_BARE = {"no": ALLOW, "yes": NORMALIZE, "normalize": NORMALIZE, "note": NOTE, "reject": REJECT}
SILENT = "silent-discard"


class Settings:
    """The values of one process."""

    def __init__(self, snapshot: Snapshot) -> None:
        smtpd, cleanup, core = snapshot[SmtpdParams], snapshot[CleanupParams], snapshot[CoreParams]
        self.smtpd, self.host = smtpd, core.myhostname
        self.banner = Reply(220, "", smtpd.smtpd_banner)
        self.timeout = float(smtpd.smtpd_timeout)
        self.per_request = smtpd.smtpd_per_request_deadline
        self.data_rate = max(smtpd.smtpd_min_data_rate, 1)
        self.line_limit = cleanup.line_length_limit
        self.size_limit = cleanup.message_size_limit
        self.mask_cr = cleanup.cleanup_replace_stray_cr_lf
        self.utf8, self.strict_utf8 = cleanup.smtputf8_enable, cleanup.strict_smtputf8
        self.old_utf8 = compat.old_default(snapshot, "smtputf8_enable")
        self.strict_envelopes = smtpd.strict_rfc821_envelopes
        self.helo_required, self.vrfy = smtpd.smtpd_helo_required, not smtpd.disable_vrfy_command
        self.soft_errors, self.hard_errors = smtpd.smtpd_soft_error_limit, smtpd.smtpd_hard_error_limit
        self.error_sleep, self.junk_limit = smtpd.smtpd_error_sleep_time, smtpd.smtpd_junk_command_limit
        self.recipient_limit, self.overshoot = smtpd.smtpd_recipient_limit, smtpd.smtpd_recipient_overshoot_limit
        self.forbid_pipelining = smtpd.smtpd_forbid_unauth_pipelining
        self.bare_newline = _BARE.get(smtpd.smtpd_forbid_bare_newline, NORMALIZE)
        self.soft_bounce = snapshot.text("soft_bounce") == "yes"
        self.noops = frozenset(word.upper().encode() for word in split_list(smtpd.smtpd_noop_commands))
        self.log_port = smtpd.smtpd_client_port_logging
        self.peername = smtpd.smtpd_peername_lookup
        code = snapshot[RestrictionsParams].smtpd_forbid_bare_newline_reject_code
        self.bare_newline_reply = Reply(
            code, "5.5.2" if code >= 500 else "4.5.2", f"{self.host} Error: bare <LF> received"
        )
        self.timed_out = Reply(421, "4.4.2", f"{self.host} Error: timeout exceeded")
        self.too_many_errors = Reply(421, "4.7.0", f"{self.host} Error: too many errors")
        self._discard = frozenset(word.lower() for word in split_list(smtpd.smtpd_discard_ehlo_keywords))
        self._ehlo: dict[tuple[frozenset[str], bool, bool], Reply] = {}

    @property
    def dsn(self) -> bool:
        """Whether DSN parameters are taken from everyone."""
        return "dsn" not in self._discard

    def discarded(self, more: str | None = None) -> frozenset[str]:
        """The EHLO keywords that are left out; `more`, if not None, is another text than the parameter's."""
        return self._discard if more is None else frozenset(word.lower() for word in split_list(more))

    def ehlo(self, discard: frozenset[str], xclient: bool, xforward: bool) -> Reply:
        """The reply to EHLO, the same object for the same offer."""
        key = (discard, xclient, xforward)
        made = self._ehlo.get(key)
        if made is None:
            offer = ehlo.Offer(self.host, self.size_limit, self.vrfy, xclient, xforward, self.utf8)
            if len(self._ehlo) >= 100:
                self._ehlo.clear()
            made = self._ehlo[key] = ehlo.build(offer, discard)
        return made
