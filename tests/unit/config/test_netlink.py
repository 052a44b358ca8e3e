import socket
import struct

import psutil

from pymaster.config import netlink


def test_the_addresses_another_library_finds() -> None:
    families = (socket.AF_INET, socket.AF_INET6)
    known = {
        entry.address.partition("%")[0]
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family in families
    }
    found = netlink.addresses()
    assert {address for address, _ in found} == known
    assert ("127.0.0.1", 8) in found


def test_what_is_cut_short_is_left_out() -> None:
    body = struct.pack("=BBBBI", socket.AF_INET, 24, 0, 0, 1)
    attribute = struct.pack("=HH4s", 8, 2, bytes([192, 0, 2, 7]))
    assert netlink._address(body + attribute) == [("192.0.2.7", 24)]
    assert netlink._address(body + attribute[:3]) == []
    assert netlink._address(body + b"\0\0\0\0" + attribute) == []
    assert netlink._address(struct.pack("=BBBBI", 7, 24, 0, 0, 1) + attribute) == []
    assert list(netlink._messages(struct.pack("=IHHII", 4, 20, 0, 0, 0))) == []
