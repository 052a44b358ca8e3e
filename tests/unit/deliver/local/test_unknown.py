"""The last resorts."""

import os

import pytest

ROOT = os.geteuid() == 0
root = pytest.mark.skipif(not ROOT, reason="needs root")


def test_luser_relay_names(site):
    site.deliver(b"who+ext@h.example", "luser_relay = $local-$user-$extension${recipient_delimiter}x@else.example")
    assert site.forwarded[0].recipients[0].address == b"who+ext-who-ext+x@else.example"


def test_luser_relay_to_itself_ends(site):
    assert site.deliver(b"who@h.example", "luser_relay = other@h.example").reason == 'unknown user: "other"'


def test_luser_relay_has_no_special_destinations(site):
    status = site.deliver(b"who@h.example", "luser_relay = |touch@h.example")
    assert status.reason == 'unknown user: "|touch"'


@pytest.mark.parametrize("name", [b"postmaster", b"MAILER-DAEMON"])
def test_required_names(site, name):
    assert site.deliver(name + b"@h.example").reason == "discarded"
    assert any("required alias not found" in line for line in site.sink.lines)


def test_the_name_without_its_extension_is_what_is_unknown(site):
    assert site.deliver(b"who+ext@h.example").reason == 'unknown user: "who"'
