import os
import socket

from pymaster.server import accept


def test_address() -> None:
    assert accept.address(("192.0.2.1", 25)) == ("192.0.2.1", 25)
    assert accept.address(("fe80::1%eth0", 25, 0, 2)) == ("fe80::1", 25)
    assert accept.address("") is None


def test_numbers_begin_with_the_pid_and_differ() -> None:
    number = accept.numberer()
    first, second = number(), number()
    assert first // 10000 == os.getpid() and second == first + 1


def test_local_of() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert accept.local_of(server, socket.AF_INET) == server.getsockname()
        assert accept.local_of(server, socket.AF_UNIX) is None
