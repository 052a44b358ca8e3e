import itertools

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.deliver.local import resubmit
from pymaster.deliver.local.job import Forwarding, Job
from pymaster.deliver.local.resubmit import Resubmit
from pymaster.model.envelope import Recipient
from pymaster.model.stored import NewMessage
from pymaster.store.contract import QueueFull
from pymaster.tables.tableset import TableSet


class Stager:
    def __init__(self, staged, name):
        self.staged, self.name = staged, name

    def __call__(self, data):
        self.staged.setdefault(self.name, []).append(data)
        return self.name

    def drop(self):
        self.staged.pop(self.name, None)


@pytest.fixture
def make(site):
    counter = itertools.count(1)
    site.staged, site.inserted = {}, []

    def build(main_cf=""):
        snapshot = Snapshot.from_text(
            f"myhostname = h.example\nmydestination = h.example\nalias_maps =\nmail_name = Mailer\n{main_cf}"
        )
        maker = Resubmit(
            snapshot,
            TableSet(snapshot).open,
            lambda: f"N{next(counter)}",
            lambda name: Stager(site.staged, name),
            site.inserted.append,
        )
        agent = site.local(main_cf)
        request = site.request(b"joe@h.example", sender=b"s@x.example")
        job = Job(agent.tools, request, request.envelope.recipients[0], 0, frozenset(), None, None)
        return maker, job

    return build


def to(*addresses):
    return Forwarding(b"Joe@h.example", b"s@x.example", [Recipient(a, b"joe@h.example") for a in addresses])


def test_a_message_with_received_and_delivered_to(make, site):
    maker, job = make()
    (child,) = maker.forward(job, to(b"a@else.example", b"b@else.example")).messages
    assert child.envelope.queue_id == "N1" and child.envelope.sender == b"s@x.example"
    assert [r.address for r in child.envelope.recipients] == [b"a@else.example", b"b@else.example"]
    text = b"".join(child.body)
    assert text.startswith(b"Received: by h.example (Mailer)\n\tid N1; ")
    assert b"\nDelivered-To: joe@h.example\nSubject: test\n" in text
    assert text.endswith(site.body[0])
    assert child.envelope.size == len(text)


def test_without_delivered_to(make):
    maker, job = make("prepend_delivered_header = command")
    (child,) = maker.forward(job, to(b"a@else.example")).messages
    assert b"Delivered-To" not in b"".join(child.body)


def test_mappings_apply(make):
    maker, job = make("virtual_alias_maps = inline:{a@else.example=c@far.example}\nvirtual_alias_domains=")
    (child,) = maker.forward(job, to(b"a@else.example")).messages
    assert [r.address for r in child.envelope.recipients] == [b"c@far.example"]


def test_a_large_body_is_staged(make, site):
    site.body = [b"Subject: x\n\n"] + [b"y" * 65519 + b"\n"] * 20
    maker, job = make()
    (child,) = maker.forward(job, to(b"a@else.example")).messages
    assert child.body == () and child.staged == "N1"
    assert b"".join(site.staged["N1"]).endswith(b"".join(site.body))


def test_bodies_that_would_not_fit_the_report_together(make, site):
    site.body = [b"Subject: x\n\n" + b"y" * 200_000 + b"\n"]
    maker, job = make()
    for _ in range(3):
        job.children += maker.forward(job, to(b"a@else.example")).messages
    assert [bool(child.body) for child in job.children] == [True, False, False]
    assert job.children[1].staged == "N2"


def test_a_huge_list_is_cut_and_committed_at_once(make, site, monkeypatch):
    monkeypatch.setattr(resubmit, "MAX_RECIPIENTS", 10)
    monkeypatch.setattr(resubmit, "MAX_REPORTED", 25)
    maker, job = make()
    made = maker.forward(job, to(*[b"m%d@else.example" % n for n in range(24)]))
    assert [len(m.envelope.recipients) for m in made.messages] == [10, 10, 4] and not made.committed
    made = maker.forward(job, to(*[b"m%d@else.example" % n for n in range(26)]))
    assert made.committed and site.inserted == made.messages


def test_failures(make, site, monkeypatch):
    maker, job = make("message_size_limit = 20\nmailbox_size_limit = 0")
    status = maker.forward(job, to(b"a@else.example"))
    assert (status.word, status.dsn) == ("bounced", "5.3.4")
    maker, job = make("virtual_alias_maps = fail:x")
    assert maker.forward(job, to(b"a@else.example")).reason == "unable to forward message"

    def full(name):
        raise QueueFull("floor")

    maker._stager = full
    assert maker.forward(job, to(b"a@else.example")).word == "deferred"
    assert isinstance(site.staged, dict) and NewMessage
