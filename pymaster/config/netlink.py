"""netlink - the addresses of this machine's interfaces, asked of the kernel (rtnetlink(7), RTM_GETADDR).

One datagram and its answers, in place of a library of processes and sensors that every worker would import.
"""

from __future__ import annotations

import _socket
import struct
from collections.abc import Iterator

_GETADDR, _NEWADDR, _ERROR, _DONE = 22, 20, 2, 3
_REQUEST, _DUMP = 0x1, 0x300
_ADDRESS, _LOCAL = 1, 2
# nlmsghdr: length, type, flags, sequence, port. ifaddrmsg: family, prefix length, flags, scope, interface.
_HEADER, _BODY, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BBBBI"), struct.Struct("=HH")
_PATIENCE = 5.0


def addresses() -> list[tuple[str, int]]:
    """(address, prefix length) of every interface, IPv4 and IPv6, without zones; raises OSError."""
    request = _HEADER.pack(_HEADER.size + _BODY.size, _GETADDR, _REQUEST | _DUMP, 1, 0) + _BODY.pack(0, 0, 0, 0, 0)
    found: list[tuple[str, int]] = []
    # Not what gevent makes of a socket: the kernel answers at once, and a nursery may ask, which must have no hub.
    sock = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW | _socket.SOCK_CLOEXEC, 0)
    try:
        sock.settimeout(_PATIENCE)
        sock.send(request)
        while True:
            for kind, payload in _messages(sock.recv(65536)):
                if kind == _DONE:
                    return found
                if kind == _ERROR:
                    raise OSError(-struct.unpack_from("=i", payload)[0], "the kernel does not tell interface addresses")
                if kind == _NEWADDR:
                    found += _address(payload)
    finally:
        sock.close()


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _HEADER.size:
        length, kind, _, _, _ = _HEADER.unpack_from(data)
        if length < _HEADER.size:
            return
        yield kind, data[_HEADER.size : length]
        data = data[_aligned(length) :]


def _address(payload: bytes) -> list[tuple[str, int]]:
    family, prefix = _BODY.unpack_from(payload)[:2]
    if family not in (_socket.AF_INET, _socket.AF_INET6):
        return []
    given: dict[int, bytes] = {}
    rest = payload[_BODY.size :]
    while len(rest) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(rest)
        if length < _ATTRIBUTE.size:
            break
        given[kind] = rest[_ATTRIBUTE.size : length]
        rest = rest[_aligned(length) :]
    # On a point-to-point interface ADDRESS is the other end's.
    raw = given.get(_LOCAL) or given.get(_ADDRESS)
    return [(_socket.inet_ntop(family, raw), prefix)] if raw else []


def _aligned(length: int) -> int:
    return (length + 3) & ~3
