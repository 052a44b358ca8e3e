"""listen - opening what clients connect to: TCP ports, unix sockets, fifos. Master holds them for as long as it runs.

Names and places as in master(5): an inet service is `port`, `host:port` or `[v6]:port`, without a host on every
address of inet_interfaces; others are private/NAME or public/NAME in the queue directory. The lock on that directory
is ours, so a socket that lies there already is stale.
"""

import errno
import os
import socket
import stat
from dataclasses import dataclass, field

from pymaster.config.mastercf import ServiceLine
from pymaster.config.words import split_list
from pymaster.util.errors import Fatal

BACKLOG = 4096
# Names that were fifos in old master.cf files; requests to them are connections now.
FORMER_FIFOS = ("qmgr", "pickup")


@dataclass(slots=True)
class Listener:
    """The open ends of one service; `path` is the unix socket or fifo in the file system, if any."""

    fds: list[int] = field(default_factory=list)
    path: str = ""
    kind: str = "inet"

    def close(self) -> None:
        """Close all, and take the name away."""
        for fd in self.fds:
            os.close(fd)
        self.fds = []
        if self.path:
            try:
                os.unlink(self.path)
            except FileNotFoundError:
                return  # somebody cleaned up before us


@dataclass(slots=True)
class Network:
    """What inet services need of main.cf: interfaces, protocols, ports by name, owner of unix sockets (uid, gid)."""

    interfaces: list[str]
    families: tuple[socket.AddressFamily, ...]
    ports: dict[str, int]
    owner: tuple[int, int] | None = None


def network(interfaces: str, protocols: str, ports: str, owner: tuple[int, int] | None) -> Network:
    """The Network of inet_interfaces, inet_protocols and known_tcp_ports; raises Fatal."""
    families: list[socket.AddressFamily] = []
    for word in split_list(protocols):
        if word not in ("all", "ipv4", "ipv6"):
            raise Fatal(f'bad inet_protocols value "{word}"')
        families += [socket.AF_INET] if word in ("all", "ipv4") else []
        families += [socket.AF_INET6] if word in ("all", "ipv6") and socket.has_ipv6 else []
    known: dict[str, int] = {}
    for group in ports.split(","):
        *names, number = [word.strip() for word in group.split("=")]
        if number.isascii() and number.isdigit() and len(number) < 6:
            known.update(dict.fromkeys(names, int(number)))
    return Network(split_list(interfaces), tuple(dict.fromkeys(families)), known, owner)


def open_listener(line: ServiceLine, net: Network, queue_directory: str) -> Listener:
    """The listener of a service line; raises Fatal with the reason."""
    if line.type == "inet":
        return _inet(line.name, net)
    path = os.path.join(queue_directory, "private" if line.private else "public", line.name)
    _remove_stale(path)
    if line.type == "fifo" and line.name not in FORMER_FIFOS:
        return _fifo(path)
    kind = socket.SOCK_DGRAM if line.type == "unix-dgram" else socket.SOCK_STREAM
    sock = socket.socket(socket.AF_UNIX, kind)
    try:
        sock.bind(path)
        # Who may connect is decided by the directory's rights.
        os.chmod(path, 0o666)
        if net.owner is not None:
            os.chown(path, *net.owner)
        if kind == socket.SOCK_STREAM:
            sock.listen(BACKLOG)
        sock.setblocking(False)
    except OSError as exc:
        sock.close()
        raise Fatal(f"bind {path}: {exc.strerror}") from exc
    return Listener([sock.detach()], path, line.type)


def _fifo(path: str) -> Listener:
    try:
        os.mkfifo(path, 0o622)
        os.chmod(path, 0o622)
        # Read and write: an end of file whenever the last writer leaves would make it readable for ever.
        return Listener([os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)], path, "fifo")
    except OSError as exc:
        raise Fatal(f"fifo {path}: {exc.strerror}") from exc


def _remove_stale(path: str) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not (stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode)):
        raise Fatal(f"{path}: not a socket; will not remove it")
    os.unlink(path)


def _inet(name: str, net: Network) -> Listener:
    host, port = split_endpoint(name)
    number = _port(port, net.ports)
    hosts = [host] if host else net.interfaces
    listener = Listener()
    try:
        for family, address in _addresses(hosts, net.families):
            fd = _bind(family, address, number, wildcard=not host)
            if fd >= 0:
                listener.fds.append(fd)
    except BaseException:
        listener.close()
        raise
    if not listener.fds:
        raise Fatal(f"service {name}: no address to listen on (inet_interfaces, inet_protocols)")
    return listener


def split_endpoint(name: str) -> tuple[str, str]:
    """(host, port) of an inet service's name; the host is "" if there is none."""
    if name.startswith("["):
        host, _, rest = name[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = name.rpartition(":")
    return host, port


def _port(text: str, known: dict[str, int]) -> int:
    if text.isascii() and text.isdigit() and len(text) < 6:
        number = int(text)
    elif text in known:
        number = known[text]
    else:
        try:
            number = socket.getservbyname(text, "tcp")
        except OSError as exc:
            raise Fatal(f"unknown service {text}") from exc
    if not 0 < number < 65536:
        raise Fatal(f"bad port {text}")
    return number


def _addresses(hosts: list[str], families: tuple[socket.AddressFamily, ...]) -> list[tuple[socket.AddressFamily, str]]:
    """Every address of the hosts, each once. `all` and `loopback-only` are words of inet_interfaces."""
    words = {
        "all": [(socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")],
        "loopback-only": [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")],
    }
    found: list[tuple[socket.AddressFamily, str]] = []
    for host in hosts:
        pairs = words.get(host)
        if pairs is None:
            try:
                infos = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
            except OSError as exc:
                raise Fatal(f"host not found: {host}") from exc
            pairs = [(info[0], str(info[4][0])) for info in infos]
        found += [pair for pair in pairs if pair[0] in families and pair not in found]
    return found


def _bind(family: socket.AddressFamily, address: str, port: int, *, wildcard: bool) -> int:
    """A listening descriptor; -1 where this machine has no such kind of address and nobody asked for it by name."""
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as exc:
        if wildcard and exc.errno == errno.EAFNOSUPPORT:
            return -1
        raise Fatal(f"socket: {exc.strerror}") from exc
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # One socket per family: peers of IPv4 must look like IPv4 in every access table.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # Inherited by accepted sockets (Linux), so that no connection pays for it.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.bind((address, port))
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except OSError as exc:
        sock.close()
        if wildcard and exc.errno == errno.EADDRNOTAVAIL and family == socket.AF_INET6:
            return -1
        raise Fatal(f"bind {address} port {port}: {exc.strerror}") from exc
    return sock.detach()
