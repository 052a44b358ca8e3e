import os
import socket
import stat
from pathlib import Path

import pytest

from pymaster.config.mastercf import parse
from pymaster.master import listen
from pymaster.util.errors import Fatal

NET = listen.Network(["127.0.0.1"], (socket.AF_INET,), {"smtp": 25, "odd": 2526})


def line(text: str) -> "listen.ServiceLine":
    return parse(text)[0]


@pytest.fixture
def queue(tmp_path: Path) -> str:
    for name in ("public", "private"):
        (tmp_path / name).mkdir()
    return str(tmp_path)


def free() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_inet_on_an_address_of_its_own_or_on_inet_interfaces(queue: str) -> None:
    for name in ("%d", "127.0.0.1:%d", "[127.0.0.1]:%d"):
        port = free()
        listener = listen.open_listener(line(f"{name % port} inet n - n - - smtpd"), NET, queue)
        socket.create_connection(("127.0.0.1", port), 2).close()
        listener.close()
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), 2)


def test_port_in_use_is_told(queue: str) -> None:
    port = free()
    listener = listen.open_listener(line(f"{port} inet n - n - - smtpd"), NET, queue)
    with pytest.raises(Fatal, match=f"bind 127.0.0.1 port {port}: Address already in use"):
        listen.open_listener(line(f"{port} inet n - n - - smtpd"), NET, queue)
    listener.close()


def test_ports_by_name() -> None:
    assert listen._port("odd", NET.ports) == 2526
    assert listen._port("domain", {}) == 53
    for bad in ("nosuchservice", "0", "65536", "１２"):
        with pytest.raises(Fatal):
            listen._port(bad, {})


def test_both_families_with_v6only(queue: str) -> None:
    net = listen.network("loopback-only", "all", "smtp=25", None)
    port = free()
    listener = listen.open_listener(line(f"{port} inet n - n - - smtpd"), net, queue)
    for fd in listener.fds:
        with socket.socket(fileno=os.dup(fd)) as sock:
            if sock.family == socket.AF_INET6:
                assert sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1
            assert not os.get_blocking(fd)
    listener.close()


def test_unix_sockets_lie_where_postfix_has_them_and_stale_ones_go(queue: str) -> None:
    for text, path, kind in (
        ("a unix n - n - - x", "public/a", socket.SOCK_STREAM),
        ("b unix - - n - - x", "private/b", socket.SOCK_STREAM),
        ("c unix-dgram n - n - - x", "public/c", socket.SOCK_DGRAM),
        ("d pass - - n - - x", "private/d", socket.SOCK_STREAM),
        ("qmgr fifo n - n 300 1 qmgr", "public/qmgr", socket.SOCK_STREAM),
    ):
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(f"{queue}/{path}")
        stale.close()
        listener = listen.open_listener(line(text), NET, queue)
        info = os.stat(f"{queue}/{path}")
        assert stat.S_ISSOCK(info.st_mode) and stat.S_IMODE(info.st_mode) == 0o666
        with socket.socket(socket.AF_UNIX, kind) as client:
            client.connect(f"{queue}/{path}")
        listener.close()
        assert not os.path.exists(f"{queue}/{path}")


def test_other_fifos_stay_fifos(queue: str) -> None:
    listener = listen.open_listener(line("old fifo n - n - 1 x"), NET, queue)
    assert stat.S_ISFIFO(os.stat(f"{queue}/public/old").st_mode)
    listener.close()


def test_a_file_in_the_way_is_not_removed(queue: str) -> None:
    Path(queue, "public/a").write_text("precious")
    with pytest.raises(Fatal, match="will not remove"):
        listen.open_listener(line("a unix n - n - - x"), NET, queue)
    assert Path(queue, "public/a").read_text() == "precious"


def test_network_words() -> None:
    net = listen.network("all", "ipv4", "lmtp=24, smtps=submissions=465", None)
    assert net.families == (socket.AF_INET,)
    assert net.ports == {"lmtp": 24, "smtps": 465, "submissions": 465}
    with pytest.raises(Fatal, match='bad inet_protocols value "ipv5"'):
        listen.network("all", "ipv5", "", None)
