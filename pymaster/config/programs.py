"""programs - from the command of a master.cf line to the file that is run, and to the kind of process it needs.

A program is `NAME.py` in daemon_directory if the administrator put one there, else in the installed package
(pymaster/libexec), else in the checkout's services/. Some of Postfix's programs are library calls here: their lines
are accepted and hold configuration, but nothing is started.
"""

import os
import re

import pymaster

# What runs inside the process that needs it (design: cleanup is a pipeline, tables and caches are libraries).
LIBRARY = frozenset(
    ("cleanup", "trivial-rewrite", "proxymap", "tlsmgr", "scache", "verify", "tlsproxy", "dnsblog", "flush")
)
# Programs that are another one under an older or more special name.
SAME_AS = {"nqmgr": "qmgr", "oqmgr": "qmgr", "postscreen": "smtpd"}
_BASES = re.compile(r"^class\s+\w+\(([^)]*)\)\s*:", re.MULTILINE)


def directories(daemon_directory: str) -> list[str]:
    """Where programs are looked for, in order."""
    package = os.path.dirname(os.path.abspath(pymaster.__file__))
    return [daemon_directory, os.path.join(package, "libexec"), os.path.join(os.path.dirname(package), "services")]


def find(program: str, daemon_directory: str) -> str | None:
    """The path of a program's file; None if there is none."""
    if program.startswith("/"):
        path = program if program.endswith(".py") else f"{program}.py"
        return path if os.path.isfile(path) else None
    name = program.removesuffix(".py")
    for directory in directories(daemon_directory):
        path = os.path.join(directory, f"{name}.py")
        if os.path.isfile(path):
            return path
    return find(SAME_AS[name], daemon_directory) if name in SAME_AS else None


def is_library(program: str, daemon_directory: str) -> bool:
    """Whether a line with this program is configuration only; a file of that name makes it a program again."""
    return os.path.basename(program) in LIBRARY and find(program, daemon_directory) is None


def is_green(path: str) -> bool:
    """Whether a program needs gevent: not if its class is a Single or a Trigger. Raises OSError."""
    with open(path, encoding="utf-8", errors="replace") as file:
        bases = " ".join(_BASES.findall(file.read()))
    return re.search(r"\b(Single|Trigger)\b", bases) is None
