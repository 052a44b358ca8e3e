"""verbs - the command table: which file answers which command, and when it may be said.

Every module of `cmd` has a tuple VERBS; this module only gathers them.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymaster.dialog.imapd import cmd
from pymaster.dialog.imapd.answer import Answer
from pymaster.proto.imap.server import Command

if TYPE_CHECKING:
    from pymaster.dialog.imapd.session import Session

# When a command may be said, once a user is known.
AUTHENTICATED, SELECTED = 1, 2
# What a client may be told before the tagged answer (RFC 3501 7.4.1, RFC 9051 7.5.1): nothing, all but EXPUNGE, all.
SILENT, FLAGS, ALL = 0, 1, 2


@dataclass(slots=True)
class Verb:
    """One command. `run(session, command)` answers it, or returns None when it has said everything itself.

    `tells` is what untagged news may precede the answer; `streamed`: it reads its literals itself; `capabilities` are
    advertised because this command exists.
    """

    name: bytes
    run: "Callable[[Session, Command], Answer | None]"
    state: int = AUTHENTICATED
    tells: int = ALL
    streamed: bool = False
    capabilities: tuple[bytes, ...] = ()


def gather() -> dict[bytes, Verb]:
    """All commands by name."""
    found: dict[bytes, Verb] = {}
    for info in pkgutil.iter_modules(cmd.__path__):
        module = importlib.import_module(f"{cmd.__name__}.{info.name}")
        for verb in getattr(module, "VERBS", ()):
            if verb.name in found:
                raise ValueError(f"two commands {verb.name!r}")
            found[verb.name] = verb
    return found


_TABLE: dict[bytes, Verb] = {}


def table() -> dict[bytes, Verb]:
    """The command table, made at first use."""
    if not _TABLE:
        _TABLE.update(gather())
    return _TABLE


def streamed() -> frozenset[bytes]:
    """Names of the commands that read their literals themselves."""
    return frozenset([verb.name for verb in table().values() if verb.streamed])


# Always there, besides what commands bring; IMAP4rev2 includes much of it, but older clients ask for each by name.
BASE = (b"IMAP4rev1", b"IMAP4rev2", b"LITERAL+", b"SASL-IR")


def capabilities(disabled: frozenset[bytes] = frozenset(), extra: tuple[bytes, ...] = ()) -> bytes:
    """What is told after login, each once, in the order of the table."""
    words: dict[bytes, None] = dict.fromkeys(BASE)
    for verb in table().values():
        words.update(dict.fromkeys(verb.capabilities))
    words.update(dict.fromkeys(extra))
    return b" ".join([word for word in words if word.upper() not in disabled])
