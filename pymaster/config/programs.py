"""programs - from the command of a master.cf line to the file that is run, and to the kind of process it needs.

A program is `NAME.py` in daemon_directory if the administrator put one there, else in the installed package
(pymaster/libexec), else in the checkout's services/. Some of Postfix's programs are library calls here: their lines
are accepted and hold configuration, but nothing is started.
"""

import ast
import os

import pymaster

# What runs inside the process that needs it (design: cleanup is a pipeline, tables and caches are libraries).
LIBRARY = frozenset(
    ("cleanup", "trivial-rewrite", "proxymap", "tlsmgr", "scache", "verify", "tlsproxy", "dnsblog", "flush")
)
# Programs that are another one under an older or more special name.
SAME_AS = {"nqmgr": "qmgr", "oqmgr": "qmgr", "postscreen": "smtpd"}
PLAIN_SHAPES = ("Single", "Trigger")
MAX_DEPTH = 8


def directories(daemon_directory: str) -> list[str]:
    """Where programs are looked for, in order."""
    package = os.path.dirname(os.path.abspath(pymaster.__file__))
    own = [os.path.join(package, "libexec"), os.path.join(os.path.dirname(package), "services")]
    return list(dict.fromkeys([daemon_directory, *own]))


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
    """Whether a program needs gevent: not if its class comes, in however many steps, from Single or Trigger.

    Only read, never run: master asks, who must not import what programs import. Raises OSError and SyntaxError.
    """
    classes, origins = names_of(path)
    return not any(_blocks(name, classes, origins, 0) for name in classes)


def _blocks(name: str, classes: dict[str, ast.ClassDef], origins: dict[str, tuple[str, str]], depth: int) -> bool:
    """Whether a class of one file comes from Single or Trigger."""
    if name in PLAIN_SHAPES:
        return True
    if depth > MAX_DEPTH:
        return False
    if name in classes:
        bases = [base.id for base in classes[name].bases if isinstance(base, ast.Name)]
        return any(_blocks(base, classes, origins, depth + 1) for base in bases if base != name)
    module, original = origins.get(name, ("", ""))
    if not module.startswith("pymaster.server."):
        return False
    path = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(pymaster.__file__))), *module.split("."))
    found, names = names_of(f"{path}.py")
    return _blocks(original, found, names, depth + 1)


def names_of(path: str) -> tuple[dict[str, ast.ClassDef], dict[str, tuple[str, str]]]:
    """A file's classes, and where each imported name comes from (module, name there)."""
    body = ast.parse(read(path), path).body
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    origins = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    return classes, origins


def read(path: str) -> str:
    """A source file's text; raises OSError."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
