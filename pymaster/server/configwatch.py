"""configwatch - notices that main.cf was edited, for processes that would else live on with what they read at their start.

Postfix's short-lived processes pick an edit up by themselves (master.cf and qmgr want a reload). A worker that stays
leaves for the same reason; but never for a main.cf that its replacement could not use.
"""

from pymaster.config.snapshot import Snapshot
from pymaster.tables.base import Watch
from pymaster.util import log
from pymaster.util.clock import SYSTEM, Clock
from pymaster.util.errors import ConfigError

# An editor may still be writing: seconds for which a file must have been left alone.
SETTLED = 1.0


class ConfigWatch:
    """main.cf as it was when `snapshot` was made of it."""

    def __init__(self, snapshot: Snapshot, clock: Clock = SYSTEM) -> None:
        self._snapshot, self._clock = snapshot, clock
        self._watch = self._open()
        self._since = 0.0

    def _open(self) -> Watch | None:
        try:
            return Watch(f"{self._snapshot.config_directory}/main.cf")
        except OSError:
            return None  # a session by hand, or a jail without it: only a reload changes anything

    def changed(self) -> bool:
        """Whether there is another main.cf, and it is usable; a bad one is told once and waits for the next edit."""
        if self._watch is None or not self._watch.changed():
            return False
        now = self._clock.monotonic()
        self._since = self._since or now
        if now - self._since < SETTLED:
            return False
        seen = self._open()
        if seen is None:
            return False  # between an editor's two renames, or out of reach
        try:
            old = self._snapshot
            Snapshot.load(old.config_directory, dict(old.overrides)).check()
        except ConfigError as exc:
            log.warning(f"{exc}; the running configuration stays")
            self._watch.close()
            self._watch, self._since = seen, 0.0
            return False
        seen.close()
        return True

    def close(self) -> None:
        """Give the descriptor back."""
        if self._watch is not None:
            self._watch.close()
