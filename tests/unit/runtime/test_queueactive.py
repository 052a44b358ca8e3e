"""One message during an attempt."""

from pymaster.model.envelope import NOTIFY_SUCCESS, TRACE, VERIFY_ONLY, Envelope, Origin, Recipient
from pymaster.model.status import PASSED_ON, bounced, deferred, sent
from pymaster.rules.schedule.limits import default_window
from pymaster.rules.schedule.parts import Destination, Entry, Job, Peer
from pymaster.rules.schedule.scheduler import Routed
from pymaster.runtime.queueactive import ActiveMessage


def message(*recipients: Recipient, flags: int = 0) -> ActiveMessage:
    return ActiveMessage(
        Envelope("A1", 1.0, b"s@t", recipients, 5, Origin(), flags=flags), None, list(range(len(recipients))), 2.0
    )


def entry(made: ActiveMessage, *indexes: int) -> Entry:
    return Entry(Peer(Job("smtp", (1,), 0.0), Destination("hop", "hop", default_window())), made, list(indexes), 0.0)


def test_request_has_the_recipients_of_the_entry_as_resolved() -> None:
    made = message(Recipient(b"a@b"), Recipient(b"c@d", b"old@d"))
    made.routed([Routed(0, "smtp", "hop", b"A@final"), Routed(1, "smtp", "hop", b"c@d")])
    request = made.request(entry(made, 0), 3.0)
    assert request.envelope.recipients == (Recipient(b"A@final", b"a@b"),)
    assert (request.indexes, request.nexthop, request.active, request.dispatched) == ((0,), "hop", 2.0, 3.0)
    assert made.request(entry(made, 1), 3.0).envelope.recipients == (Recipient(b"c@d", b"old@d"),)


def test_a_whole_message_travels_as_it_is() -> None:
    made = message(Recipient(b"a@b"))
    assert made.request(entry(made, 0), 3.0).envelope is made.envelope


def test_outcomes_are_sorted_by_what_may_be_committed_at_once() -> None:
    made = message(*[Recipient(b"a@b", notify=wish) for wish in (0, 0, 0, NOTIFY_SUCCESS, NOTIFY_SUCCESS)])
    told = sent("ok")
    made.take([0, 1, 2, 3, 4], (sent("ok"), deferred("later"), bounced("no"), told, sent("ok", action=PASSED_ON)))
    assert [(r.n, r.done) for r in made.results] == [(0, True), (1, False), (4, True)]
    assert (list(made.deferred), list(made.bounced), made.sent) == ([1], [2], {3: told})
    assert sorted((r.n, r.done) for r in made.marks()) == [(0, True), (1, False), (2, True), (3, True), (4, True)]


def test_the_first_attempt_of_traced_mail_is_reported_whatever_becomes_of_it() -> None:
    made = message(Recipient(b"a@b"), Recipient(b"c@d"), flags=TRACE)
    outcomes = (sent("ok"), deferred("later"))
    made.take([0, 1], outcomes)
    assert made.traced == dict(enumerate(outcomes)) and list(made.deferred) == [1]
    again = message(Recipient(b"a@b"), flags=TRACE)
    again.state.attempts = 1
    again.take([0], (sent("ok"),))
    assert again.traced == {}


def test_of_a_probe_there_is_only_a_report() -> None:
    made = message(*[Recipient(b"a@b", notify=NOTIFY_SUCCESS)] * 3, flags=VERIFY_ONLY)
    made.take([0, 1, 2], (sent("ok"), deferred("later"), bounced("no")))
    assert list(made.traced) == [0, 1, 2]
    assert (made.sent, made.deferred, made.bounced, made.results) == ({}, {}, {}, [])
