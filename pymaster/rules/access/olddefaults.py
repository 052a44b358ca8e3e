"""olddefaults - what the log says when a restriction's outcome hangs on an old default (COMPATIBILITY_README).

With a current compatibility_level, or once the parameter is set in main.cf, nothing here does anything.
"""

from pymaster.config import compat
from pymaster.rules.access import relay
from pymaster.rules.access.build import Builder
from pymaster.rules.access.facts import Check, Facts, Verdict
from pymaster.util import log
from pymaster.util.errors import LookupFailed
from pymaster.util.text import printable


def recipient_list(build: Builder, check: Check) -> Check:
    """The recipient list where it comes before the relay list only by an old default: its refusals are told."""
    parameter = "smtpd_relay_before_recipient_restrictions"
    if not compat.old_default(build.snapshot, parameter):
        return check

    def run(facts: Facts) -> Verdict | None:
        verdict = check(facts)
        if verdict is not None and verdict.reply is not None:
            what = f'reject recipient "{printable(facts.recipient or b"", 1000)}" from client "{facts.label}"'
            log.info(compat.text(parameter, what), facts.number)
        return verdict

    return run


class OpenRelay:
    """Notices mail that only an empty smtpd_relay_restrictions lets through."""

    def __init__(self, build: Builder) -> None:
        self._old = compat.old_default(build.snapshot, "smtpd_relay_restrictions")
        self._trusted = build.tools.trusted
        self._authorised = relay.authorised(build)

    def permitted(self, facts: Facts) -> None:
        """A recipient was accepted."""
        if not self._old or facts.sasl_username or self._trusted(facts.name, facts.address):
            return
        try:
            if self._authorised(facts) is not None:
                return
        except LookupFailed:
            return  # it is not known whether the relay list would have refused
        what = f'avoid "Relay access denied" error for recipient "{printable(facts.recipient or b"", 1000)}"'
        log.info(compat.text("smtpd_relay_restrictions", f'{what} from client "{facts.label}"'), facts.number)
