"""Requests as a whole: several recipients, ill tables."""

import os

import pytest

from pymaster.util.errors import LookupFailed

ROOT = os.geteuid() == 0
root = pytest.mark.skipif(not ROOT, reason="needs root")


def test_ill_tables_defer(site):
    site.aliases[b"bad"] = LookupFailed("down")
    assert site.deliver(b"bad@h.example").reason == "alias database unavailable"
    site.tables["ill"] = {b"joe": LookupFailed("x"), b"who": LookupFailed("x")}
    for setting in ("mailbox_transport_maps", "mailbox_command_maps"):
        assert site.deliver(b"joe@h.example", f"{setting} = ill").word == "deferred"
    assert site.deliver(b"who@h.example", "fallback_transport_maps = ill").word == "deferred"
    site.users[b"ldap"] = LookupFailed("x")
    assert site.deliver(b"ldap@h.example").reason == "user database lookup failure"
    site.aliases[b"unres"] = b"a@broken.example"
    assert site.deliver(b"unres@h.example").word == "deferred"


def test_several_recipients_of_one_request(site):
    agent = site.local()
    report = agent.deliver(site.request(b"joe@h.example", b"nouser@h.example", b"eve@h.example"))
    assert [s.word for s in report.statuses] == ["sent", "bounced", "sent"]
    assert report.request == 7


def test_message_that_cannot_be_read(site):
    def gone(queue_id):
        raise OSError(5, "the message is gone from the queue")
        yield b""

    agent = site.local()
    agent.tools.chunks = gone
    assert agent.deliver(site.request(b"joe@h.example")).statuses[0].word == "deferred"
