"""queuerequests - what others ask of the queue manager on public/qmgr: hints, flushes, letters, the active ids.

Letters are Postfix's (postkick(1), master's wake-up): I scan incoming, D scan deferred, A ignore due times, F forget dead
destinations, W wake up. They are few and equal letters count once.
"""

import gevent

from pymaster.model.messages import Arrived, Changed, Flush
from pymaster.model.queuelist import ActiveIds, ActiveQuery
from pymaster.model.stored import DEFERRED, Stored
from pymaster.runtime.queuedriver import QueueDriver
from pymaster.util import log
from pymaster.util.record import Record

ACCEPTED: tuple[type[Record], ...] = (Arrived, Changed, Flush, ActiveQuery)
# What any local user may send: a forged arrival would be delivered, a question shows other people's mail.
PUBLIC: tuple[type[Record], ...] = (Flush,)
PAGE = 500


class QueueRequests:
    """Answers requests on behalf of a driver."""

    def __init__(self, driver: QueueDriver) -> None:
        self._driver = driver

    def handle(self, request: Record) -> Record | None:
        """One record; only a question has an answer. Never waits."""
        driver = self._driver
        if isinstance(request, Arrived):
            driver.arrived(request.queue_id, request.envelope)
        elif isinstance(request, Changed):
            driver.changed(request.queue_ids)
        elif isinstance(request, Flush):
            self.flush(request)
        elif isinstance(request, ActiveQuery):
            return ActiveIds(tuple(driver.active))
        return None

    def flush(self, request: Flush) -> None:
        """postqueue -f, -i and -s."""
        if request.site:
            gevent.spawn(self._flush_site, request.site.lower().strip("[]"))
        else:
            self._driver.flush(request.queue_id)

    def _flush_site(self, site: str) -> None:
        """Try what is deferred for one domain: read the queue page by page."""
        wanted = b"@" + site.encode("utf-8", "replace")
        after = ""
        self._driver.scheduler.revive()
        while page := self._driver.store.scan(after, PAGE, DEFERRED):
            for stored in page:
                if self._goes_to(stored, wanted):
                    self._driver.flush(stored.envelope.queue_id)
            after = page[-1].envelope.queue_id
            gevent.sleep(0)

    @staticmethod
    def _goes_to(stored: Stored, wanted: bytes) -> bool:
        recipients = stored.envelope.recipients
        return any(recipients[n].address.lower().endswith(wanted) for n in stored.remaining())

    def letters(self, letters: bytes) -> None:
        """A trigger. `A` and `F` come first, whatever the order of the letters."""
        if b"A" in letters or b"F" in letters:
            self._driver.flush()
        if b"D" in letters or b"I" in letters:
            self._driver.run()
        if b"W" in letters:
            self._driver.wake()
        unknown = letters.translate(None, b"ADFIW\n\0")
        if unknown:
            log.warning(f"request for unknown queue scan: {unknown[:20]!r}")
