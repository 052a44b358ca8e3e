"""recipients - is there such a recipient? The answer that smtpd gives at RCPT TO (postconf(5)
smtpd_reject_unlisted_recipient, LOCAL_RECIPIENT_README).

An address is known when a canonical or virtual alias map has it, or when its class's recipient table has it; an empty
table knows everybody. A table that fails raises LookupFailed: nobody is called unknown because a table is ill.
"""

import re
from typing import NamedTuple

from pymaster.config.params.restrictions import RestrictionsParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.params.routing import RoutingParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.lookup import Maps, OpenMaps
from pymaster.rules import addrsearch
from pymaster.rules.resolve import ALIAS, LOCAL, RELAY, VIRTUAL, Resolver, Route
from pymaster.util.text import printable

RECIPIENT, SENDER = "Recipient address", "Sender address"
# Names that the mail system itself answers to, whatever the tables say.
_ALWAYS = frozenset((b"postmaster", b"mailer-daemon", b"double-bounce"))
_DSN_TEXT = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})\s+(.*)", re.DOTALL)


class Refusal(NamedTuple):
    """An SMTP reply as a value: code, enhanced code, text."""

    code: int
    dsn: str
    text: str


class _Table(NamedTuple):
    maps: Maps
    name: str
    code: int


class RecipientCheck:
    """The recipient tables of one snapshot."""

    def __init__(self, snapshot: Snapshot, open_maps: OpenMaps, resolver: Resolver) -> None:
        routing, rewriting, codes = snapshot[RoutingParams], snapshot[RewritingParams], snapshot[RestrictionsParams]
        self._resolver = resolver
        self._search = addrsearch.Search(
            rewriting.recipient_delimiter, resolver.local.matches, rewriting.owner_request_special
        )
        self._show = routing.show_user_unknown_table_name
        self._alias_code = codes.unknown_virtual_alias_reject_code
        self._mapped = [
            maps
            for name in ("recipient_canonical_maps", "canonical_maps", "virtual_alias_maps")
            if (maps := open_maps(getattr(rewriting, name), name))
        ]
        self._tables: dict[str, _Table] = {}
        for klass, param, name, code in (
            (LOCAL, "local_recipient_maps", "local recipient table", codes.unknown_local_recipient_reject_code),
            (VIRTUAL, "virtual_mailbox_maps", "virtual mailbox table", codes.unknown_virtual_mailbox_reject_code),
            (RELAY, "relay_recipient_maps", "relay recipient table", codes.unknown_relay_recipient_reject_code),
        ):
            if maps := open_maps(getattr(routing, param), param):
                self._tables[klass] = _Table(maps, name, code)

    def unknown(self, recipient: bytes, sender: bytes = b"", role: str = RECIPIENT) -> Refusal | None:
        """Why an address is refused, or None when it is known; `role` is RECIPIENT or SENDER. Raises LookupFailed."""
        route = self._resolver.resolve(sender, recipient)
        for maps in self._mapped:
            if self._search.find(maps, route.recipient) is not None:
                return None
        table = None
        if route.transport not in ("error", "retry"):
            table = self._tables.get(route.klass)
            if table is None or (route.klass == LOCAL and _always(route.recipient)):
                return None
            if self._search.find(table.maps, route.recipient) is not None:
                return None
        head = f"<{printable(recipient, 1000)}>: {role} rejected: "
        dsn = "5.1.1" if role == RECIPIENT else "5.1.0"
        if table is None:
            return self._of_mailer(route, head, dsn)
        return Refusal(table.code, dsn, f"{head}User unknown{f' in {table.name}' if self._show else ''}")

    def _of_mailer(self, route: Route, head: str, dsn: str) -> Refusal:
        """What the error or retry transport would say, said at once; its text may begin with an enhanced code."""
        soft = route.transport == "retry"
        code = 450 if soft else self._alias_code if route.klass == ALIAS else 550
        found = _DSN_TEXT.fullmatch(route.nexthop)
        if found is None:
            return Refusal(code, "4.0.0" if soft else dsn, head + route.nexthop)
        given = found.group(1)
        if dsn == "5.1.0" and given[1:] == ".1.1":
            given = f"{given[0]}.1.0"  # a sender's code, not a recipient's
        return Refusal(code, given, head + found.group(2))


def _always(address: bytes) -> bool:
    return address.rpartition(b"@")[0].lower() in _ALWAYS
