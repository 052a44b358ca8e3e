"""control - what master, nurseries and workers tell one another, and the scoreboard they share.

Plain JSON and single letters, for master has neither msgpack nor gevent. A worker's status channel is a SEQPACKET pair,
so one letter is one message:

    to the worker    P  ping: answer from the event loop        D  drain: finish what you have, take nothing new
                     L  the log's descriptor comes along (the file was rotated)
    from the worker  R  ready, with a JSON object                p  pong
                     B  busy: takes no more clients              I  idle: takes clients again
                     U  used up (max_use, max_idle): leaving by itself

The end of that channel ends the worker: that is how nobody outlives master. The scoreboard is one memory file with a
slot of eight 64-bit numbers per worker, which its worker writes without a system call.
"""

import json
import mmap
import os
from dataclasses import asdict, dataclass, field
from typing import Any

PING, DRAIN, LOG = b"P", b"D", b"L"
READY, PONG, BUSY, IDLE, USED_UP = b"R", b"p", b"B", b"I", b"U"
# A spawn order with many -o overrides and the answer to one fit; larger is a bug.
MAX_MESSAGE = 1 << 17
SLOT_WORDS = 8
# Words of a slot.
# QUEUE is the inode of the queue's lock file while the process has the queue open.
WRITING_SINCE, CLIENTS, SESSIONS, WORST_GAP, PID, QUEUE = range(6)


@dataclass(slots=True)
class Order:
    """Master's word to a nursery: fork a worker. The descriptors that come along are, in this order: status channel,
    scoreboard, log file (if `log_file`), listeners.

    `name` and `type` are master.cf's; `args` what follows the program there without -o, -v and -D; `clients` how many
    clients one process may have; `kept` says that it must not leave for idleness.
    """

    worker: int
    name: str
    type: str
    program: str
    args: list[str] = field(default_factory=list)
    overrides: dict[str, str] = field(default_factory=dict)
    config_directory: str = "/etc/postfix"
    unprivileged: bool = True
    chroot: bool = False
    verbose: int = 0
    clients: int = 1
    kept: bool = False
    slot: int = 0
    log_file: bool = False


@dataclass(slots=True)
class ProgramReport:
    """What a nursery learnt of a program when it loaded it; `error` is one line, empty if it can run.

    `jail` tells whether it can live in a chroot; `solitary` that only one process of it may run; `remark` is one line of
    no consequence.
    """

    kind: str = ""
    min_procs: int = 0
    jail: bool = False
    error: str = ""
    remark: str = ""
    solitary: bool = False


def pack(op: str, **fields: Any) -> bytes:
    """A control message; raises ValueError if it is too large."""
    data = json.dumps({"op": op, **fields}, separators=(",", ":")).encode()
    if len(data) > MAX_MESSAGE:
        raise ValueError("control message too large")
    return data


def pack_order(order: Order) -> bytes:
    """A spawn order as a control message."""
    return pack("spawn", order=asdict(order))


def unpack(data: bytes) -> dict[str, Any]:
    """The message in `data`; raises ValueError."""
    message = json.loads(data)
    if not isinstance(message, dict) or not isinstance(message.get("op"), str):
        raise ValueError("not a control message")
    return message


class Slot:
    """One worker's words on the scoreboard."""

    __slots__ = ("base", "words")

    def __init__(self, words: Any, index: int = 0) -> None:
        self.words, self.base = words, index * SLOT_WORDS

    def writing(self, since: int) -> None:
        """Say that this process holds the queue's writer lock since then (monotonic ns), or, with 0, no longer."""
        self.words[self.base + WRITING_SINCE] = since

    def put(self, word: int, value: int) -> None:
        """Set one word."""
        self.words[self.base + word] = value

    def get(self, word: int) -> int:
        """Read one word."""
        return int(self.words[self.base + word])

    def clear(self) -> None:
        """Make the slot ready for another worker."""
        for word in range(SLOT_WORDS):
            self.words[self.base + word] = 0


class Scoreboard:
    """The memory file with all slots."""

    def __init__(self, fd: int, slots: int) -> None:
        self.fd, self.slots = fd, slots
        self.map = mmap.mmap(fd, slots * SLOT_WORDS * 8)
        self.words = memoryview(self.map).cast("q")

    @classmethod
    def create(cls, slots: int) -> "Scoreboard":
        """A new scoreboard; its descriptor is handed to workers."""
        fd = os.memfd_create("pymaster-scoreboard", os.MFD_CLOEXEC)
        os.ftruncate(fd, slots * SLOT_WORDS * 8)
        return cls(fd, slots)

    @classmethod
    def attach(cls, fd: int) -> "Scoreboard":
        """The scoreboard behind a descriptor that came from master."""
        return cls(fd, os.fstat(fd).st_size // (SLOT_WORDS * 8))

    def slot(self, index: int) -> Slot:
        """One worker's slot."""
        return Slot(self.words, index)


# This process's own slot; private memory until the skeleton attaches the shared one (`use`).
SLOT = Slot([0] * SLOT_WORDS)


def use(slot: Slot) -> None:
    """Make `slot` this process's own; whoever holds SLOT already sees it too."""
    SLOT.words, SLOT.base = slot.words, slot.base
