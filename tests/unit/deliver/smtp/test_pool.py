from pymaster.config.snapshot import Snapshot
from pymaster.deliver.smtp.peer import Peer
from pymaster.deliver.smtp.pool import Pool
from pymaster.deliver.smtp.session import Session
from pymaster.deliver.smtp.settings import load


class Wire:
    open = True

    def send(self, data: bytes, timeout: float) -> None:
        return None

    def receive(self, timeout: float) -> bytes:
        return b""

    def alive(self) -> bool:
        return self.open

    def close(self) -> None:
        self.open = False


def test_sessions_come_back_until_their_time_is_over() -> None:
    settings = load(Snapshot.from_text(""), False)
    pool = Pool(settings)
    session = Session(Wire(), Peer("h", "192.0.2.1", 25), settings, 0.0)
    assert pool.give("k", session, 10.0)
    assert pool.take("other", 11.0) is None
    assert pool.take("k", 11.0) is session
    assert pool.give("k", session, 11.0)
    assert pool.expire(12.0) == []
    assert pool.expire(13.1) == [session]
    assert pool.take("k", 13.1) is None
    assert not pool.give("k", session, 400.0)


def test_only_listed_destinations_when_not_on_demand() -> None:
    text = "smtp_connection_cache_on_demand = no\nsmtp_connection_cache_destinations = example.net\n"
    pool = Pool(load(Snapshot.from_text(text), False))
    assert pool.wanted("[example.net]") and pool.wanted("Example.NET")
    assert not pool.wanted("other.example")
