"""queuelocks - the one silent way to lose mail, watched from outside.

A process that has the LMDB queue open and opens and closes its lock file once more (a backup, a checksum) loses the
kernel's lock on it without any error, and two writers can then run at once. So every second master looks whether each
worker that says it has the queue open still holds its read lock; it never opens the queue itself.
"""

from pymaster.master.status import Link
from pymaster.model import control

INTERVAL = 1.0
LOCKS = "/proc/locks"
# One look may fall between the opening and the lock.
MISSES = 2


def holders(text: str) -> set[tuple[int, int]]:
    """(pid, inode) of every POSIX lock in the text of /proc/locks (proc_locks(5))."""
    found = set()
    for line in text.split("\n"):
        words = line.split(" ")
        fields = [word for word in words if word]
        if len(fields) >= 8 and fields[1] == "POSIX":
            pid, inode = fields[4], fields[5].rpartition(":")[2]
            if pid.isdigit() and inode.isdigit():
                found.add((int(pid), int(inode)))
    return found


class LockProbe:
    """Remembers who was found without a lock at the last look."""

    def __init__(self) -> None:
        self.next_look = 0.0
        self.missed: dict[int, int] = {}

    def check(self, links: list[Link], now: float, text: str | None = None) -> list[Link]:
        """The workers that lost their lock; `text` stands in for /proc/locks in tests."""
        if now < self.next_look:
            return []
        self.next_look = now + INTERVAL
        wanted = [link for link in links if link.pid and link.slot.get(control.QUEUE)]
        if not wanted:
            self.missed = {}
            return []
        held = holders(read() if text is None else text)
        before, self.missed = self.missed, {}
        for link in wanted:
            if (link.pid, link.slot.get(control.QUEUE)) not in held:
                self.missed[link.number] = before.get(link.number, 0) + 1
        return [link for link in wanted if self.missed.get(link.number, 0) >= MISSES]


def read() -> str:
    """The kernel's list of locks."""
    with open(LOCKS, encoding="ascii", errors="replace") as file:
        return file.read()
