"""computed - defaults that depend on the machine: myhostname, mydomain, mynetworks (postconf(5))."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable

from pymaster.config.words import split_list

Value = Callable[[str], str]


def hostname() -> str:
    """This machine's name as the kernel knows it."""
    return socket.gethostname()


def myhostname(value: Value, has: Callable[[str], bool]) -> str:
    """The machine's name, completed with mydomain where the kernel's name has no dot."""
    name = hostname()
    if "." in name:
        return name
    return f"{name}.{value('mydomain') if has('mydomain') else 'localdomain'}"


def mydomain(value: Value, has: Callable[[str], bool]) -> str:
    """myhostname without its first label; `localdomain` when nothing is left."""
    name = value("myhostname") if has("myhostname") else hostname()
    return name.partition(".")[2] or "localdomain"


def mynetworks(value: Value, has: Callable[[str], bool]) -> str:
    """The networks of this machine's interfaces, as mynetworks_style says."""
    from pymaster.config import interfaces  # asks the kernel; most configurations never need it

    return " ".join(interfaces.networks(value("mynetworks_style"), split_list(value("inet_interfaces"))))


def process_id(value: Value, has: Callable[[str], bool]) -> str:
    """The number of this process."""
    return str(os.getpid())


def daemon_directory(value: Value, has: Callable[[str], bool]) -> str:
    """Where the service programs are: beside the package in a checkout, inside it when installed."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    checkout = os.path.join(os.path.dirname(package), "services")
    return checkout if os.path.isdir(checkout) else os.path.join(package, "libexec")


def command_directory(value: Value, has: Callable[[str], bool]) -> str:
    """Where the commands of this installation are."""
    return os.path.dirname(os.path.abspath(sys.executable))


COMPUTED: dict[str, Callable[[Value, Callable[[str], bool]], str]] = {
    "command_directory": command_directory,
    "daemon_directory": daemon_directory,
    "myhostname": myhostname,
    "mydomain": mydomain,
    "mynetworks": mynetworks,
    "process_id": process_id,
}
