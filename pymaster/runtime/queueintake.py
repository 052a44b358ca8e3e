"""queueintake - how the queue manager learns what is to be delivered: hints, exact due times, and scans for lost hints.

The due index of the store is the truth. A scan reads on from where the last one ended, and looks again at the last
minute, so that a message whose hint was lost costs seconds; a whole scan every queue_run_delay finds everything else.
Pages are short read transactions with a turn of the loop between them.
"""

from collections.abc import Callable

import gevent

from pymaster.model.envelope import Envelope
from pymaster.model.stored import HOLD, Stored
from pymaster.rules.schedule.admission import Admission
from pymaster.rules.schedule.retry import RetryRules
from pymaster.store.contract import CorruptRow, QueueStore, StoreUnavailable
from pymaster.util import log
from pymaster.util.clock import Clock

PAGE = 500
# Seconds between scans for mail whose hint was lost; how far back they look again.
FRESH_SCAN, OVERLAP = 4.0, 60.0
# How many finished ids are remembered, against hints that come late.
RECENT = 20_000
_LAST = "~"


class Intake:
    """What waits to become active. `is_active(queue_id)` is asked before anything is offered."""

    def __init__(
        self, store: QueueStore, admission: Admission, rules: RetryRules, clock: Clock, is_active: Callable[[str], bool]
    ) -> None:
        self._store, self.admission, self._rules, self._clock = store, admission, rules, clock
        self._is_active = is_active
        self._recent: dict[str, None] = {}
        self._position: tuple[float, str] | None = None
        self._behind = True
        self._next_scan = 0.0
        self._next_due = 0.0
        self.run_delay = 300.0
        self._next_run = 0.0
        # Messages that a flush has tried already, while it goes through the deferred mail.
        self._flushed: set[str] | None = None
        self._flush_position: tuple[float, str] | None = None
        self.forced: set[str] = set()
        # Whether the message that `take` gave last was asked for before its time (postqueue -f and -i).
        self.flushing = False

    def arrived(self, queue_id: str, envelope: Envelope | None) -> None:
        """A hint: a message was committed."""
        if not self._is_active(queue_id) and queue_id not in self._recent:
            self.admission.fresh(queue_id, envelope)

    def finished(self, queue_id: str, due: float = 0.0) -> None:
        """A message left the active queue: for good, or until `due` (wall seconds)."""
        recent = self._recent
        recent[queue_id] = None
        if len(recent) > RECENT:
            del recent[next(iter(recent))]
        if due and due < self._next_due:
            self._next_due = due
        if self._flushed is not None:
            self._flushed.add(queue_id)

    def offer(self, queue_id: str, *, force: bool = False) -> None:
        """A message that somebody names; `force` takes it up before its time."""
        if self._is_active(queue_id):
            return
        if force and len(self.forced) < RECENT:
            self.forced.add(queue_id)
        self.admission.retried(queue_id)

    def run(self) -> None:
        """Begin a whole scan (queue_run_delay, and what else asks for it)."""
        self._position, self._behind = None, True
        self._next_run = self._clock.monotonic() + self.run_delay

    def flush(self) -> None:
        """Try all deferred mail, whenever it is due."""
        self._flushed = set()
        self._flush_position = None

    def wait(self) -> float:
        """Seconds until there may be something to scan."""
        if self.admission.full:
            return FRESH_SCAN
        if self._behind or self._flushed is not None:
            return 0.0
        mono = self._clock.monotonic()
        soon = min(self._next_scan - mono, self._next_due - self._clock.now(), self._next_run - mono)
        return max(0.0, soon)

    def scan(self) -> None:
        """Look for mail that is due; a page at a time. Called when `wait` says so; switches greenlets between pages."""
        if self._clock.monotonic() >= self._next_run:
            self.run()
        now = self._clock.now()
        if not self._behind:
            start = self._position[0] if self._position else 0.0
            self._position = (min(start, now) - OVERLAP, "")
        self._behind = True
        self._next_scan = self._clock.monotonic() + FRESH_SCAN
        while self._behind and not self.admission.full:
            self._behind = self._page(now)
            gevent.sleep(0)
        if not self._behind:
            self._look_ahead(now)
        while self._flushed is not None and not self.admission.full:
            self._flush_page()
            gevent.sleep(0)

    def _page(self, until: float) -> bool:
        """One page; whether there may be more."""
        rows = self._store.due(until, self._position, PAGE)
        for row in rows:
            if not self._is_active(row.queue_id):
                self.admission.retried(row.queue_id)
        if rows:
            self._position = (rows[-1].due, rows[-1].queue_id)
        if len(rows) < PAGE:
            self._position = (until, _LAST)
            return False
        return True

    def _look_ahead(self, now: float) -> None:
        """When the next message is due; what lies further away than any pause can was put there by a clock set back."""
        rows = self._store.due(now + 1e9, (now, _LAST), 1)
        self._next_due = self._rules.clamp(rows[0].due, now) if rows else now + self._rules.maximum
        far = self._store.due(now + 1e9, (now + self._rules.maximum + 60.0, _LAST), PAGE)
        for row in far:
            self.offer(row.queue_id, force=True)

    def _flush_page(self) -> None:
        flushed = self._flushed
        if flushed is None:
            return
        after = self._flush_position or (self._clock.now() - OVERLAP, "")
        rows = self._store.due(self._clock.now() + 1e9, after, PAGE)
        for row in rows:
            if row.queue_id not in flushed:
                flushed.add(row.queue_id)
                self.offer(row.queue_id, force=True)
        if len(rows) < PAGE:
            self._flushed = None
        else:
            self._flush_position = (rows[-1].due, rows[-1].queue_id)

    def take(self, active: int, recipients: int) -> Stored | Envelope | None:
        """The next message to make active; an Envelope when it is new and came with its hint. None: nothing now."""
        while (found := self.admission.take(active, recipients)) is not None:
            queue_id, envelope = found
            self.flushing = forced = queue_id in self.forced
            if envelope is not None:
                return envelope
            self.forced.discard(queue_id)
            if self._is_active(queue_id):
                continue
            stored = self._load(queue_id)
            if stored is None or stored.state.queue == HOLD:
                continue
            if forced or self._rules.clamp(stored.state.due, self._clock.now()) <= self._clock.now():
                return stored
        return None

    def _load(self, queue_id: str) -> Stored | None:
        try:
            return self._store.load(queue_id)
        except (CorruptRow, StoreUnavailable) as exc:
            log.warning(f"{queue_id}: cannot be read now: {exc}")
            return None
