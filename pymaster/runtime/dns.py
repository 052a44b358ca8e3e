"""dns - a resolver for gevent: queries to the name servers of resolv.conf, with deadlines and a small cache.

Mail policy never asks getaddrinfo (it blocks, and it cannot tell "there is none" from "nobody knows"). dnspython builds
and parses messages; the waiting is ours. A truncated reply is asked again over TCP (RFC 7766). Implements
`model.dns.Dns`.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.reversename
import gevent.socket

from pymaster.model.dns import Answer, Mx
from pymaster.runtime.stream import Waiter, connect
from pymaster.util.errors import ConnectionLost, DeadlineExceeded, LookupFailed

_CACHE_SIZE = 4000
_LONGEST_TTL, _NEGATIVE_TTL = 3600.0, 60.0
_TRY_SECONDS = 3.0
# Bytes of resolv.conf that are looked at.
_RESOLV_CONF = 65536


def system_servers(path: str = "/etc/resolv.conf") -> list[str]:
    """The name servers of resolv.conf(5); read once at start, before a chroot. Empty when there are none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = [line.split() for line in file.read(_RESOLV_CONF).split("\n")]
    except OSError:
        return []
    return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver" and _is_address(words[1])]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Resolver:
    """Asks `servers` in turn; `timeout` seconds bound one lookup as a whole."""

    def __init__(
        self,
        servers: Sequence[str],
        *,
        timeout: float = 15.0,
        families: tuple[str, ...] = ("A", "AAAA"),
        port: int = 53,
    ) -> None:
        self.servers, self.timeout, self.families, self.port = list(servers), timeout, families, port
        self._cache: dict[tuple[str, str], tuple[float, Answer[Any]]] = {}

    def mx(self, name: str) -> Answer[Mx]:
        """Mail exchangers by rising preference."""
        return self._lookup(name, "MX", _mx)

    def addresses(self, name: str) -> Answer[str]:
        """Addresses of the wanted families; a failure of one family counts only if the other found nothing."""
        found: list[str] = []
        exists, secure, failed = False, True, None
        for family in self.families:
            try:
                answer = self._lookup(name, family, _address)
            except LookupFailed as exc:
                failed = exc
                continue
            found += answer.records
            exists, secure = exists or answer.exists, secure and answer.secure
            if not answer.exists:
                break  # NXDOMAIN holds for every type
        if not found and failed is not None:
            raise failed
        return Answer(tuple(found), exists, secure)

    def ptr(self, address: str) -> Answer[str]:
        """Names of an address."""
        return self._lookup(dns.reversename.from_address(address).to_text(), "PTR", _host)

    def txt(self, name: str) -> Answer[str]:
        """Text records."""
        return self._lookup(name, "TXT", _text)

    def _lookup(self, name: str, kind: str, convert: Callable[[Any], Any]) -> Answer[Any]:
        key = (name.lower(), kind)
        now = time.monotonic()
        known = self._cache.get(key)
        if known is not None and known[0] > now:
            return known[1]
        try:
            question = dns.name.from_text(name)
        except (dns.exception.DNSException, UnicodeError):
            return Answer(exists=False)  # no such name can exist
        reply = self._ask(question, kind, now + self.timeout)
        ttl, answer = _digest(reply, question, kind, convert)
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[key] = (now + ttl, answer)
        return answer

    def _ask(self, name: dns.name.Name, kind: str, deadline: float) -> dns.message.Message:
        query = dns.message.make_query(name, kind, use_edns=0, payload=1232)
        wire = query.to_wire()
        reason = "no name server"
        for server in self.servers * 2:
            until = min(deadline, time.monotonic() + _TRY_SECONDS)
            if until <= time.monotonic():
                break
            try:
                reply = self._exchange(server, query, wire, until)
            except (DeadlineExceeded, ConnectionLost, OSError, dns.exception.DNSException) as exc:
                reason = "timeout" if isinstance(exc, DeadlineExceeded) else type(exc).__name__
                continue
            if reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return reply
            reason = dns.rcode.to_text(reply.rcode())
        raise LookupFailed(f"DNS {kind} lookup of {name.to_text(True)}: {reason}")

    def _exchange(self, server: str, query: dns.message.Message, wire: bytes, deadline: float) -> dns.message.Message:
        reply = self._udp(server, query, wire, deadline)
        if reply is None or reply.flags & dns.flags.TC:
            reply = self._tcp(server, query, wire, deadline)
        return reply

    def _udp(self, server: str, query: dns.message.Message, wire: bytes, deadline: float) -> dns.message.Message | None:
        sock: Any = gevent.socket.socket(_family(server), socket.SOCK_DGRAM)
        raw = getattr(sock, "_sock", sock)
        waiter = Waiter(raw.fileno())
        try:
            raw.connect((server, self.port))  # the kernel then drops datagrams from anyone else
            raw.send(wire)
            while True:
                waiter.readable(deadline)
                try:
                    reply = dns.message.from_wire(raw.recv(4096), ignore_trailing=True)
                except dns.message.Truncated:
                    return None
                except (dns.exception.DNSException, BlockingIOError):
                    continue  # a forged or broken datagram must not end the wait for the real one
                if query.is_response(reply):
                    return reply
        finally:
            waiter.close()
            sock.close()

    def _tcp(self, server: str, query: dns.message.Message, wire: bytes, deadline: float) -> dns.message.Message:
        stream = connect((server, self.port), deadline)
        try:
            stream.send(len(wire).to_bytes(2, "big") + wire, deadline)
            data = b""
            while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
                more = stream.recv(deadline)
                if not more:
                    raise ConnectionLost("end of DNS stream")
                data += more
        finally:
            stream.close()
        reply = dns.message.from_wire(data[2 : 2 + int.from_bytes(data[:2], "big")])
        if not query.is_response(reply):
            raise ConnectionLost("wrong DNS reply")
        return reply


def _family(server: str) -> int:
    return socket.AF_INET6 if ":" in server else socket.AF_INET


def _digest(
    reply: dns.message.Message, name: dns.name.Name, kind: str, convert: Callable[[Any], Any]
) -> tuple[float, Answer[Any]]:
    """TTL in seconds and the answer, CNAMEs followed within the reply."""
    secure = bool(reply.flags & dns.flags.AD)
    if not isinstance(reply, dns.message.QueryMessage):
        raise LookupFailed(f"DNS {kind} lookup of {name.to_text(True)}: no reply to a query")
    try:
        chain = reply.resolve_chaining()
    except dns.exception.DNSException as exc:
        raise LookupFailed(f"DNS {kind} lookup of {name.to_text(True)}: bad reply") from exc
    if chain.answer is None:
        return _NEGATIVE_TTL, Answer((), reply.rcode() != dns.rcode.NXDOMAIN, secure)
    rows = list(chain.answer)
    if kind == "MX":
        rows.sort(key=lambda row: row.preference)
    ttl = min(max(float(chain.minimum_ttl), 1.0), _LONGEST_TTL)
    return ttl, Answer(tuple([convert(row) for row in rows]), True, secure)


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True) if name != dns.name.root else ""


def _mx(row: Any) -> Mx:
    return Mx(row.preference, _plain(row.exchange))


def _host(row: Any) -> str:
    return _plain(row.target)


def _text(row: Any) -> str:
    return b"".join(row.strings).decode("utf-8", "replace")


def _address(row: Any) -> str:
    return str(ipaddress.ip_address(row.address))
