import pytest

from pymaster.model.stored import NewMessage


def test_the_other_agents_answer_is_ours(site):
    status = site.deliver(b"joe+x@h.example", "mailbox_transport = lmtp:unix:private/dovecot")
    assert (status.reason, status.relay) == ("250 ok", "other")
    ((transport, nexthop, request),) = site.handed
    assert (transport, nexthop, request.nexthop) == ("lmtp", "unix:private/dovecot", "unix:private/dovecot")
    assert [r.address for r in request.envelope.recipients] == [b"joe+x@h.example"]
    assert request.indexes == (0,) and request.envelope.queue_id == "Q1"
    assert not any("status=" in line for line in site.sink.lines)


def test_the_next_hop_is_the_domain_when_none_is_given(site):
    site.deliver(b"joe@h.example", "mailbox_transport = cyrus")
    assert site.handed[0][2].nexthop == "h.example"


@pytest.mark.parametrize("target", [":x", "local:y"])
def test_bad_targets_defer(site, target):
    assert site.deliver(b"joe@h.example", f"mailbox_transport = {target}").dsn == "4.3.5"
    assert site.handed == []


def test_children_are_passed_on(site, monkeypatch):
    from pymaster.model.envelope import Envelope, Origin
    from pymaster.model.messages import DeliveryReport
    from pymaster.model.status import sent

    child = NewMessage(Envelope("C", 0.0, b"", (), 0, Origin()))
    monkeypatch.setattr(site, "hand_over", lambda *_: DeliveryReport(0, (sent("x"),), (child,)))
    site.deliver(b"joe@h.example", "mailbox_transport = other")
    assert site.children == (child,)
