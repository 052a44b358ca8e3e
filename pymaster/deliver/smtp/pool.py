"""pool - sessions kept open for the next message to the same place (SC21, CONNECTION_CACHE_README), within one worker."""

from collections import defaultdict, deque

from pymaster.deliver.smtp.session import Session
from pymaster.deliver.smtp.settings import Settings

# However many destinations there are, a worker keeps at most this many idle connections.
MAX_IDLE = 500


class Pool:
    """Idle sessions by destination key; times are monotonic seconds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: defaultdict[str, deque[tuple[float, Session]]] = defaultdict(deque)
        self._count = 0
        listed = settings.cache_destinations.replace(",", " ").split()
        self._listed = frozenset(item.lower() for item in listed)

    def wanted(self, key: str) -> bool:
        """Whether sessions for this destination are worth keeping."""
        return self._settings.cache_on_demand or key.lower().strip("[]") in self._listed or key.lower() in self._listed

    def take(self, key: str, now: float) -> Session | None:
        """An idle session that is still good, or None; dead and stale ones are closed on the way."""
        waiting = self._idle.get(key)
        while waiting:
            until, session = waiting.pop()
            self._count -= 1
            if until > now and session.wire.alive():
                return session
            session.abandon()
        return None

    def give(self, key: str, session: Session, now: float) -> bool:
        """Keep a session; False when it is spent and the caller should end it."""
        settings = self._settings
        spent = (settings.reuse_time and now - session.born >= settings.reuse_time) or (
            settings.reuse_count and session.uses >= settings.reuse_count
        )
        if spent or not session.clean or not self.wanted(key) or self._count >= MAX_IDLE:
            return False
        self._idle[key].append((now + settings.cache_time, session))
        self._count += 1
        return True

    def expire(self, now: float) -> list[Session]:
        """Take out the sessions whose time is over, for the caller to end politely."""
        over: list[Session] = []
        for key in list(self._idle):
            waiting = self._idle[key]
            while waiting and waiting[0][0] <= now:
                over.append(waiting.popleft()[1])
                self._count -= 1
            if not waiting:
                del self._idle[key]
        return over

    def drain(self) -> list[Session]:
        """Take out everything."""
        return self.expire(float("inf"))
