"""smtpservice - the SMTP and LMTP servers as services: opens what a session is handed, and runs one per connection.

Tables, lists and the pipeline are opened while privileged; the queue, the committer and clients after the jail.
"""

import os
import time

import gevent

from pymaster.config import interfaces
from pymaster.config.params.cleanup import CleanupParams
from pymaster.config.params.core import CoreParams
from pymaster.config.params.qmgr import QmgrParams
from pymaster.config.params.restrictions import RestrictionsParams
from pymaster.config.params.routing import RoutingParams
from pymaster.config.params.smtpd import SmtpdParams
from pymaster.config.words import split_list
from pymaster.dialog.smtpd.handed import World
from pymaster.dialog.smtpd.intake import Intake
from pymaster.dialog.smtpd.session import Session
from pymaster.dialog.smtpd.settings import Settings
from pymaster.model import control
from pymaster.model.stored import NewMessage
from pymaster.rules.access.facts import Facts
from pymaster.rules.access.stages import Access
from pymaster.rules.access.tools import Tools
from pymaster.rules.cleanup.pipeline import Cleanup
from pymaster.rules.matchlist import MatchList
from pymaster.rules.recipients import RecipientCheck
from pymaster.rules.resolve import Resolver
from pymaster.runtime.anvil import AnvilClient
from pymaster.runtime.clientname import ClientNames
from pymaster.runtime.clients import QmgrHints
from pymaster.runtime.committer import Committer
from pymaster.runtime.dns import Resolver as DnsResolver
from pymaster.runtime.dns import system_servers
from pymaster.runtime.offload import offload
from pymaster.runtime.policy import PolicyClient
from pymaster.runtime.stream import Stream
from pymaster.server import cleanup, rehearsal
from pymaster.server.configwatch import ConfigWatch
from pymaster.server.skeleton import PER_CORE, Connection, Multi
from pymaster.store.queue import Queue
from pymaster.store.syncwriter import SyncCommitter
from pymaster.tables.tableset import TableSet

# Seconds for which an answer about free space holds.
ROOM_KEPT = 1.0
# Bytes of free disk from which on nobody needs to look closer; a message for which there must be room at MAIL FROM.
AMPLE, LEAST = 64 << 20, 64 << 10


class SmtpService(Multi):
    """What services/smtpd.py and services/lmtpd.py share; `lmtp` says which protocol is spoken."""

    lmtp = False
    params = (CoreParams, SmtpdParams, RestrictionsParams, CleanupParams, RoutingParams)
    min_procs = PER_CORE

    servers: list[str]
    store: Queue | None = None
    committer: Committer | SyncCommitter
    hints: QmgrHints | rehearsal.Nobody

    def warm(self) -> None:
        self.servers, self.committer, self.hints = [], rehearsal.committer(), rehearsal.NOBODY
        self.prepare()
        self.pipeline = Cleanup(self.snapshot, self.tables.open, self.mint, self.clock)
        self.open_world()
        hello = b"LHLO client.example.net\r\n" if self.lmtp else b"EHLO client.example.net\r\n"
        rehearsal.rounds(lambda number: Session(self.world, rehearsal.client(hello), rehearsal.facts(number)).run())

    def before_jail(self) -> None:
        self.servers = system_servers()
        self.config = ConfigWatch(self.snapshot, self.clock)
        self.prepare()
        self.pipeline = cleanup.pipeline(self.snapshot, self.mint, self.clock, offload=offload)

    def prepare(self) -> None:
        """Tables and rules."""
        snapshot = self.snapshot
        self.tables = TableSet(snapshot, offload=offload)
        self.settings = Settings(snapshot)
        self.resolver = Resolver(snapshot, self.tables.open)
        self.known = RecipientCheck(snapshot, self.tables.open, self.resolver)
        self.mynetworks = self.matches("mynetworks")
        self.exempt = self.matches("smtpd_client_event_limit_exceptions")
        self.bare_newline = self.matches("smtpd_forbid_bare_newline_exclusions")
        self.xforward, self.xclient = (
            self.matches("smtpd_authorized_xforward_hosts"),
            self.matches("smtpd_authorized_xclient_hosts"),
        )
        self.forbidden, self.fast_flush = self.matches("smtpd_forbidden_commands"), self.matches("fast_flush_domains")
        self.discards = self.tables.open(
            snapshot.text("smtpd_discard_ehlo_keyword_address_maps"), "smtpd_discard_ehlo_keyword_address_maps"
        )

    def matches(self, param: str) -> MatchList:
        """The list in a parameter."""
        parents = param in split_list(self.snapshot.text("parent_domain_matches_subdomains"))
        return MatchList(self.snapshot.text(param), self.tables.open, parents=parents, param=param)

    def mint(self) -> str:
        """A queue id."""
        return self.committer.mint()

    def start(self) -> None:
        self.store = Queue.open(os.path.join(self.snapshot[CoreParams].queue_directory, "queue"), create=True)
        self.committer = Committer(
            self.store, long_ids=self.snapshot[QmgrParams].enable_long_queue_ids, mark=control.SLOT.writing
        )
        self.hints = QmgrHints()
        self.open_world()

    def open_world(self) -> None:
        """What sessions are handed."""
        snapshot, core, smtpd = self.snapshot, self.snapshot[CoreParams], self.snapshot[SmtpdParams]
        self.queue_directory = core.queue_directory
        families = {"ipv4": ("A",), "ipv6": ("AAAA",)}.get(core.inet_protocols, ("A", "AAAA"))
        dns = DnsResolver(self.servers, families=families)
        self.names = ClientNames(dns, wanted=smtpd.smtpd_peername_lookup)
        intake = Intake(snapshot, self.pipeline, self.mint, self.committer.stager)
        self.room_until, self.has_room = 0.0, True
        self.needed = max(snapshot[QmgrParams].queue_minfree, int(1.5 * self.settings.size_limit))
        limits = None
        if smtpd.smtpd_client_connection_count_limit or any(self.rates(smtpd)):
            limits = AnvilClient(
                self.service_name, (smtpd.smtpd_client_ipv4_prefix_length, smtpd.smtpd_client_ipv6_prefix_length)
            )
        tools = Tools(
            snapshot, self.tables.open, dns, self.resolver.resolve, self.known.unknown, self.resolver.rewriter.rewrite,
            lambda name, address: self.mynetworks.match_host(name.encode(), address), gevent.sleep,
            lambda: frozenset(str(item.ip) for item in interfaces.own()),
            lambda argument: PolicyClient(snapshot, argument),
        )  # fmt: skip
        self.world = World(
            self.settings, Access(tools), intake.open, self.commit, self.hints.arrived, gevent.sleep,
            clock=self.clock, service=self.service_name, lmtp=self.lmtp, room=self.room, limits=limits,
            exempt=lambda name, address: self.exempt.match_host(name.encode(), address),
            xforward=lambda name, address: bool(self.xforward) and self.xforward.match_host(name.encode(), address),
            xclient=lambda name, address: bool(self.xclient) and self.xclient.match_host(name.encode(), address),
            bare_newline_exempt=lambda name, address: self.bare_newline.match_host(name.encode(), address),
            well_formed=self.resolver.well_formed, flushable=lambda domain: self.fast_flush.match_name(domain.encode()), flush=self.hints.flush,
            discards=self.discarded, forbidden=self.forbidden.match_string,
        )  # fmt: skip

    @staticmethod
    def rates(smtpd: SmtpdParams) -> tuple[int, int, int]:
        """The limits per unit of time."""
        return (
            smtpd.smtpd_client_connection_rate_limit,
            smtpd.smtpd_client_message_rate_limit,
            smtpd.smtpd_client_recipient_rate_limit,
        )

    def commit(self, message: NewMessage, seconds: float) -> str:
        """Make a message exist; `durable`, `refused` or `unknown`. Raises QueueFull."""
        return self.committer.insert(message, seconds).result

    def room(self) -> bool:
        """Whether the queue's disk has room for one more message."""
        now = time.monotonic()
        if now >= self.room_until:
            self.room_until = now + ROOM_KEPT
            stat = os.statvfs(self.queue_directory)
            free = stat.f_bavail * stat.f_frsize
            # A queue that was full and is empty again has room inside its file.
            low = self.store is not None and free < AMPLE + self.needed
            self.has_room = free >= self.needed if not low else self.enough(free)
        return self.has_room

    def enough(self, free: int) -> bool:
        """The same when the disk is rather full, with a look into the queue."""
        assert self.store is not None
        return free + self.store.env.spare() >= self.needed and self.store.has_room(LEAST)

    def discarded(self, address: str) -> str | None:
        """EHLO keywords not to be told to this client; None: those of smtpd_discard_ehlo_keywords."""
        if not self.discards:
            return None
        found = self.discards.get(address.encode())
        return None if found is None else found.decode("utf-8", "replace")

    def serve(self, conn: Connection) -> None:
        stream = Stream(conn.raw)
        try:
            Session(self.world, stream, self.facts(conn)).run()
        finally:
            stream.close()

    def facts(self, conn: Connection) -> Facts:
        """What is known of a client that has just connected."""
        address, port = conn.peer or ("127.0.0.1", 0)
        if address.startswith("::ffff:") and "." in address:
            address = address[7:]
        known = self.names.of(address, conn.number)
        label = f"{known.name}[{address}]"
        if self.settings.log_port:
            label += f":{port}"
        local = conn.local or ("", 0)
        return Facts(
            label=label, name=known.name, address=address, port=str(port), reverse_name=known.reverse,
            name_status=known.status, reverse_status=known.reverse_status, local_address=local[0],
            local_port=str(local[1]), number=conn.number,
        )  # fmt: skip

    def outdated(self) -> str:
        changed = self.tables.changed()
        if changed:
            return f"table {changed[0]}"
        return "main.cf" if self.config.changed() else ""

    def stop(self) -> None:
        if hasattr(self, "committer"):
            self.hints.close()
            self.committer.close()
        if self.store is not None:
            self.store.close()
        self.tables.close()
