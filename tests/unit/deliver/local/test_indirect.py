"""What becomes a new message, and when not."""

import mailbox
import os

import pytest

from pymaster.model.envelope import VERIFY_ONLY

ROOT = os.geteuid() == 0
root = pytest.mark.skipif(not ROOT, reason="needs root")


def test_one_deferral_holds_everything_and_forwards_nothing(site):
    site.aliases[b"list"] = b"joe, who@else.example, x@broken.example"
    assert site.deliver(b"list@h.example").word == "deferred"
    assert site.forwarded == [] and site.children == ()
    assert site.deliver(b"list@h.example").word == "deferred"
    assert len(mailbox.mbox(site.spool / "joe")) == 1  # the journal knows it


def test_a_failure_among_successes_is_reported(site):
    site.aliases[b"list"] = b"joe, nouser, who@else.example"
    status = site.deliver(b"list@h.example")
    assert (status.word, status.reason) == ("bounced", 'unknown user: "nouser"')
    assert len(site.children) == 1


def test_verify_only_touches_nothing(site):
    site.aliases[b"all"] = b"joe, |/bin/true, /tmp/file, x@else.example"
    site.deliver(b"all@h.example", flags=VERIFY_ONLY)
    reasons = [line.partition("status=")[2] for line in site.sink.lines]
    assert reasons == [
        "deliverable (delivers to mailbox)",
        "deliverable (delivers to command: /bin/true)",
        "deliverable (delivers to file: /tmp/file)",
        "deliverable (forwards to x@else.example)",
    ]
    assert not (site.spool / "joe").exists() and site.children == ()
