"""job - the state of one recipient's delivery: attributes that change on the way down, and what has been done so far.

An alias leads to a .forward leads to an :include: leads to ten addresses: each step hands a changed copy of `Attributes`
to the next and everybody adds to the one `Job`.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.deliver import report
from pymaster.deliver.local.aliasdb import AliasDatabase
from pymaster.deliver.rights import Rights
from pymaster.model.envelope import VERIFY_ONLY, Recipient
from pymaster.model.lookup import Maps
from pymaster.model.messages import DeliveryReport, DeliveryRequest
from pymaster.model.status import Status
from pymaster.model.stored import NewMessage
from pymaster.proto.address import split
from pymaster.rules.addrsearch import split_extension
from pymaster.rules.aliases import Destination
from pymaster.store.maildir import Maildirs
from pymaster.store.mboxjournal import Journal
from pymaster.store.mboxlock import Locking
from pymaster.util.clock import Clock

RELAY = "local"
# Where a destination was written: decides whether commands and files are allowed.
ALIAS, FORWARD, INCLUDE = "alias", "forward", "include"
# Levels of expansion, and destinations of one recipient in all.
MAX_LEVEL, MAX_STEPS = 100, 100_000


@dataclass(slots=True, frozen=True)
class Attributes:
    """What is known of the address being delivered to.

    `delivered` goes into Delivered-To; `owner` is who answers for an expansion (b"": nobody yet); `expanding` the alias
    whose expansion we are in; `source` one of ALIAS, FORWARD, INCLUDE or ""; `unmatched` an extension (with delimiter)
    to be copied to the results; `rights` whose files and commands these are (None: nobody's in particular).
    """

    address: bytes
    sender: bytes
    local: bytes = b""
    user: bytes = b""
    extension: bytes = b""
    delimiter: bytes = b""
    domain: bytes = b""
    delivered: bytes = b""
    owner: bytes = b""
    expanding: bytes = b""
    source: str = ""
    unmatched: bytes = b""
    level: int = 0
    rights: Rights | None = None

    def at(self, address: bytes, delimiters: str, special: bool) -> "Attributes":
        """The same one level deeper, for another address of this machine."""
        name, domain = split(address)
        name = name.lower()
        user, extension = split_extension(name, delimiters, special)
        return replace(
            self,
            address=address,
            local=name,
            user=user,
            delimiter=extension[:1],
            # A slash would lead out of the folder that the extension is used in.
            extension=b"" if b"/" in extension else extension[1:],
            domain=(domain or b"").lower(),
            level=self.level + 1,
        )

    def values(self, rights: Rights | None) -> dict[str, str]:
        """The names that forward_path, luser_relay and the like may use."""
        texts = {
            "user": self.user,
            "local": self.local,
            "domain": self.domain,
            "recipient": self.address,
            "extension": self.extension,
            "recipient_delimiter": self.delimiter if self.extension else b"",
        }
        values = {name: os.fsdecode(text) for name, text in texts.items()}
        if rights is not None:
            values |= {"home": rights.home, "shell": rights.shell}
        return values


class Hop(Protocol):
    """Where an address goes; `rules.resolve.Route` is one."""

    @property
    def transport(self) -> str: ...
    @property
    def nexthop(self) -> str: ...
    @property
    def recipient(self) -> bytes: ...
    @property
    def ok(self) -> bool: ...


@dataclass(slots=True)
class Forwarding:
    """Mail to be queued anew: one message for each (delivered, sender)."""

    delivered: bytes
    sender: bytes
    recipients: list[Recipient] = field(default_factory=list)


@dataclass(slots=True)
class Forwarded:
    """The new messages of one Forwarding; `committed` when they exist already and need no commit with the mark."""

    messages: list[NewMessage]
    committed: bool = False


@dataclass(slots=True)
class Tools:
    """What the agent is given: settings, tables, and the way to everything that is not a file or a command.

    `resolve(sender, address)` raises LookupFailed; `complete(address)` appends our domain; `forward(job, forwarding)` makes
    the new messages or says why not; `hand_over(transport, nexthop, request)` lets another agent deliver.
    """

    core: CoreParams
    params: LocalParams
    rewriting: RewritingParams
    service: str
    clock: Clock
    chunks: Callable[[str], Iterator[bytes]]
    aliases: Sequence[AliasDatabase]
    command_maps: Maps
    transport_maps: Maps
    fallback_maps: Maps
    resolve: Callable[[bytes, bytes], Hop]
    complete: Callable[[bytes], bytes]
    forward: Callable[["Job", Forwarding], Forwarded | Status]
    hand_over: Callable[[str, str, DeliveryRequest], DeliveryReport]
    maildirs: Maildirs
    journal: Journal | None
    locking: Locking
    optional_locking: Locking
    default_rights: Rights
    environment: dict[bytes, bytes]
    propagate: frozenset[str]
    files_from: frozenset[str]
    commands_from: frozenset[str]
    prepend: frozenset[str]


@dataclass(slots=True)
class Job:
    """One recipient of one request, and what has become of it so far.

    `descend` and `deliver_to` are how a step hands on destinations or an address (set by the agent, for the steps do not
    know one another).
    """

    tools: Tools
    request: DeliveryRequest
    recipient: Recipient
    number: int
    visited: frozenset[bytes]
    descend: Callable[["Job", Attributes, Sequence[Destination]], None]
    deliver_to: Callable[["Job", Attributes, bytes], None]
    outcomes: list[Status] = field(default_factory=list)
    children: list[NewMessage] = field(default_factory=list)
    forwardings: dict[tuple[bytes, bytes], Forwarding] = field(default_factory=dict)
    seen: set[tuple[str, ...]] = field(default_factory=set)
    steps: int = 0

    @property
    def verify_only(self) -> bool:
        """Whether only the question is asked, would it be delivered."""
        return bool(self.request.envelope.flags & VERIFY_ONLY)

    def blocks(self) -> Iterator[bytes]:
        """The message's bytes from the beginning."""
        return self.tools.chunks(self.request.envelope.queue_id)

    def done(self, attributes: Attributes, status: Status) -> None:
        """One outcome: for the log now, for the report later."""
        status.relay = RELAY
        self.outcomes.append(status)
        report.delivered(self.request, attributes.address, self.recipient.orig_to, status, self.tools.clock.now())

    def first(self, *what: str) -> bool:
        """Whether this has not been done before in this expansion (duplicate_filter_limit; 0: no limit)."""
        if what in self.seen:
            return False
        limit = self.tools.params.duplicate_filter_limit
        if not limit or len(self.seen) < limit:
            self.seen.add(what)
        return True

    def forwarding(self, attributes: Attributes) -> Forwarding:
        """The new message that an address reached by these attributes belongs to."""
        key = (attributes.delivered, attributes.sender)
        found = self.forwardings.get(key)
        if found is None:
            found = self.forwardings[key] = Forwarding(*key)
        return found
