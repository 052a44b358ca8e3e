"""ruleset - everything the pipeline knows of a snapshot, opened and compiled once per process."""

from pymaster.config.params.cleanup import CleanupParams
from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.params.logging import LoggingParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.lookup import OpenMaps
from pymaster.rules.addrmap import AddressMap
from pymaster.rules.addrsearch import Search
from pymaster.rules.bcc import BlindCopies
from pymaster.rules.canonical import HEADER_RECIPIENT, HEADER_SENDER, Canonical
from pymaster.rules.localdomain import LocalDomains
from pymaster.rules.rewrite import Rewriter
from pymaster.rules.virtual import VirtualAliases

# What the scanner does about a header, by its name. ADDRESS headers are looked at only where they may change.
RECEIVED, MESSAGE_ID, RESENT_ID, ENCODING, DROP, SENDER, RECIPIENT, NOTED = range(1, 9)
_SENDERS = (
    "from", "sender", "reply-to", "errors-to", "return-receipt-to", "mail-followup-to", "disposition-notification-to",
    "resent-from", "resent-sender", "return-path",
)  # fmt: skip
_RECIPIENTS = ("to", "cc", "bcc", "apparently-to", "resent-to", "resent-cc", "resent-bcc", "resent-reply-to")
# Names whose presence decides what is missing.
_NOTED = ("date", "resent-date")


class RuleSet:
    """The compiled configuration of the pipeline."""

    def __init__(self, snapshot: Snapshot, open_maps: OpenMaps, local: LocalDomains | None = None) -> None:
        params, rewriting, core = snapshot[CleanupParams], snapshot[RewritingParams], snapshot[CoreParams]
        self.params, self.hostname = params, core.myhostname
        # Log readers look for these lines under the program that writes them in Postfix.
        self.tag = f"{snapshot[LoggingParams].syslog_name}/cleanup"
        self.rewriter = Rewriter(snapshot)
        local = local or LocalDomains(snapshot, open_maps)
        search = Search(rewriting.recipient_delimiter, local.matches, rewriting.owner_request_special)
        addrmap = AddressMap(search, self.rewriter)
        self.canonical = Canonical(snapshot, open_maps, addrmap)
        self.virtual = VirtualAliases(snapshot, open_maps, addrmap)
        self.bcc = BlindCopies(snapshot, open_maps, search)
        self.header_maps = open_maps(params.header_checks, "header_checks")
        self.mime_maps = open_maps(params.mime_header_checks, "mime_header_checks")
        self.nested_maps = open_maps(params.nested_header_checks, "nested_header_checks")
        self.body_maps = open_maps(params.body_checks, "body_checks")
        self.checks = any((self.header_maps, self.mime_maps, self.nested_maps, self.body_maps))
        self.always_add = rewriting.always_add_missing_headers
        self.empty_recipient = rewriting.empty_address_recipient.encode()
        self.undisclosed = params.undisclosed_recipients_header.encode()
        self.duplicates = snapshot[LocalParams].duplicate_filter_limit
        self.long_ids = snapshot.text("enable_long_queue_ids") == "yes"
        self.bare = self._kinds(addresses=False)
        self.full = self._kinds(addresses=True)
        self.header_maps_change = self.canonical.active(HEADER_SENDER) or self.canonical.active(HEADER_RECIPIENT)

    def _kinds(self, *, addresses: bool) -> dict[bytes, int]:
        """What is done about each header name; `addresses` for mail whose headers are rewritten or completed."""
        kinds = {b"received": RECEIVED, b"message-id": MESSAGE_ID, b"resent-message-id": RESENT_ID}
        if self.params.detect_8bit_encoding_header:
            kinds[b"content-transfer-encoding"] = ENCODING
        if addresses:
            kinds.update(dict.fromkeys((name.encode() for name in _NOTED), NOTED))
            kinds.update(dict.fromkeys((name.encode() for name in _SENDERS), SENDER))
            kinds.update(dict.fromkeys((name.encode() for name in _RECIPIENTS), RECIPIENT))
        for name in split_list(self.params.message_drop_headers):
            kinds[name.lower().encode()] = DROP
        return kinds
