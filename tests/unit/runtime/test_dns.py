"""The resolver against a small name server on loopback."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from pymaster.model.dns import Answer, Mx, is_null_mx
from pymaster.runtime import dns as runtime_dns
from pymaster.runtime.dns import Resolver
from pymaster.util.errors import LookupFailed

ZONE = {
    ("a.test.", "MX"): ["20 m2.a.test.", "10 m1.a.test."],
    ("null.test.", "MX"): ["0 ."],
    ("m1.a.test.", "A"): ["192.0.2.1"],
    ("m1.a.test.", "AAAA"): ["2001:db8::1"],
    ("www.test.", "CNAME"): ["m1.a.test."],
    ("1.2.0.192.in-addr.arpa.", "PTR"): ["m1.a.test."],
    ("t.test.", "TXT"): ['"hello " "world"'],
    ("big.test.", "TXT"): ['"' + "x" * 250 + '"'],
}


def respond(query: dns.message.Message, tcp: bool) -> dns.message.Message:
    reply = dns.message.make_response(query)
    question = query.question[0]
    name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
    if name == "fail.test.":
        reply.set_rcode(dns.rcode.SERVFAIL)
        return reply
    if name == "big.test." and not tcp:
        reply.flags |= dns.flags.TC
        return reply
    if (name, "CNAME") in ZONE:
        reply.answer.append(dns.rrset.from_text(name, 300, "IN", "CNAME", *ZONE[name, "CNAME"]))
        name = ZONE[name, "CNAME"][0]
    if (name, kind) in ZONE:
        reply.answer.append(dns.rrset.from_text(name, 300, "IN", kind, *ZONE[name, kind]))
    elif not any(known == name for known, _ in ZONE):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply


def udp_loop(sock: socket.socket, mangle: Callable[[bytes], list[bytes]]) -> None:
    with contextlib.suppress(OSError):
        while True:
            data, peer = sock.recvfrom(4096)
            if data == b"end":
                return
            for wire in mangle(respond(dns.message.from_wire(data), False).to_wire()):
                sock.sendto(wire, peer)


def tcp_loop(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            conn, _ = sock.accept()
            with conn:
                data = conn.recv(4096)
                if not data:
                    return
                wire = respond(dns.message.from_wire(data[2:]), True).to_wire()
                conn.sendall(len(wire).to_bytes(2, "big") + wire[:10])
                conn.sendall(wire[10:])


@contextlib.contextmanager
def server(mangle: Callable[[bytes], list[bytes]] = lambda wire: [wire]) -> Iterator[int]:
    tcp = socket.create_server(("127.0.0.1", 0))
    port = tcp.getsockname()[1]
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    threads = [threading.Thread(target=udp_loop, args=(udp, mangle)), threading.Thread(target=tcp_loop, args=(tcp,))]
    for thread in threads:
        thread.start()
    try:
        yield port
    finally:
        udp.sendto(b"end", ("127.0.0.1", port))
        socket.create_connection(("127.0.0.1", port)).close()
        for thread in threads:
            thread.join(5)
        udp.close()
        tcp.close()


def test_answers() -> None:
    with server() as port:
        resolver = Resolver(["127.0.0.1"], port=port, timeout=5)
        assert resolver.mx("a.test").records == (Mx(10, "m1.a.test"), Mx(20, "m2.a.test"))
        assert is_null_mx(resolver.mx("null.test"))
        assert resolver.addresses("www.test").records == ("192.0.2.1", "2001:db8::1")
        assert resolver.ptr("192.0.2.1").records == ("m1.a.test",)
        assert resolver.txt("t.test").records == ("hello world",)
        assert resolver.txt("big.test").records == ("x" * 250,), "truncated: asked again over TCP"


def test_absence_is_a_value_and_illness_an_error() -> None:
    with server() as port:
        resolver = Resolver(["127.0.0.1"], port=port, timeout=5)
        assert resolver.mx("nosuch.test") == Answer((), False)
        assert resolver.mx("t.test") == Answer((), True)
        assert resolver.mx("x" * 70 + ".test") == Answer((), False)
        with pytest.raises(LookupFailed, match="SERVFAIL"):
            resolver.mx("fail.test")
        with pytest.raises(LookupFailed):
            resolver.addresses("fail.test")


def test_forged_datagrams_do_not_end_the_wait() -> None:
    def mangle(wire: bytes) -> list[bytes]:
        return [b"junk", bytes([wire[0] ^ 1]) + wire[1:], wire]

    with server(mangle) as port:
        assert Resolver(["127.0.0.1"], port=port, timeout=5).mx("a.test")


def test_silence_is_an_error_within_the_timeout() -> None:
    with server(lambda wire: []) as port, pytest.raises(LookupFailed, match="timeout"):
        Resolver(["127.0.0.1"], port=port, timeout=0.3).mx("a.test")
    with pytest.raises(LookupFailed, match="no name server"):
        Resolver([]).mx("a.test")


def test_answers_are_cached() -> None:
    with server() as port:
        resolver = Resolver(["127.0.0.1"], port=port, timeout=5)
        first = resolver.mx("a.test")
    assert resolver.mx("A.test") is first


def test_system_servers_never_raises(tmp_path: Path) -> None:
    assert isinstance(runtime_dns.system_servers(), list)
    assert runtime_dns.system_servers(str(tmp_path / "none")) == []
    conf = tmp_path / "resolv.conf"
    conf.write_bytes(b"# x\nnameserver 192.0.2.1\n\tnameserver fe80::1%eth0 \nnameserver\nnameserver x\nsearch \xff\n")
    assert runtime_dns.system_servers(str(conf)) == ["192.0.2.1", "fe80::1%eth0"]
