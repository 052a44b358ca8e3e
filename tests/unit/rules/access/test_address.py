"""Restrictions on mail addresses."""

from pymaster.model.dns import Mx
from tests.unit.rules.access.lab import ILL, FakeMaps, Lab

RECORDS: dict[tuple[str, str], object] = {
    ("MX", "mx.test"): [Mx(10, "a.mx.test")],
    ("A", "a.test"): ["192.0.2.1"],
    ("MX", "null.test"): [Mx(0, "")],
    ("MX", "ill.test"): ILL,
}


def sender(restriction: str, **more: object) -> Lab:
    return Lab(f"smtpd_sender_restrictions = {restriction}\n", **more)  # type: ignore[arg-type]


def test_non_fqdn() -> None:
    lab = sender("reject_non_fqdn_sender")
    for good in (b"", b"a@b.test", b"a@[192.0.2.1]", "a@\u00fc.test".encode()):
        assert lab.ask(sender=good) is None
    for bad in (b"a", b"a@b", b"a@-.test"):
        assert (lab.ask(sender=bad) or "").startswith("504 5.5.2 <")
    assert lab.ask(sender=b"a") == "504 5.5.2 <a>: Sender address rejected: need fully-qualified address"
    lab = Lab("smtpd_recipient_restrictions = reject_non_fqdn_recipient\n")
    assert (
        lab.ask(recipient=b"x", address="10.0.0.1")
        == "504 5.5.2 <x>: Recipient address rejected: need fully-qualified address"
    )


def test_unknown_domain() -> None:
    lab = sender("reject_unknown_sender_domain", records=RECORDS)
    for good in (b"", b"x@mx.test", b"x@a.test", b"x@ours.test", b"x@[192.0.2.1]"):
        assert lab.ask(sender=good) is None
    assert lab.ask(sender=b"x@no.test") == "450 4.1.8 <x@no.test>: Sender address rejected: Domain not found"
    text = "Domain null.test does not accept mail (nullMX)"
    assert lab.ask(sender=b"x@null.test") == f"550 5.7.27 <x@null.test>: Sender address rejected: {text}"
    assert lab.ask(sender=b"x@ill.test") == "450 4.1.8 <x@ill.test>: Sender address rejected: Domain not found"
    assert lab.ask(sender=b"x@ill.test", recipient=b"x@else.test") == "454 4.7.1 <x@else.test>: Relay access denied"
    lab = Lab(
        "smtpd_relay_restrictions = permit_mynetworks reject\nsmtpd_recipient_restrictions = reject_unknown_recipient_domain\n",
        records=RECORDS,
    )
    assert (
        lab.ask(recipient=b"x@no.test", address="10.0.0.1")
        == "450 4.1.2 <x@no.test>: Recipient address rejected: Domain not found"
    )
    assert (
        lab.ask(recipient=b"x@null.test", address="10.0.0.1")
        == f"556 5.1.10 <x@null.test>: Recipient address rejected: {text}"
    )


def test_logins_own_senders() -> None:
    maps = FakeMaps({b"joe@ours.test": b"joe, admin", b"@shared.test": b"team"})
    main = "smtpd_sender_login_maps = hash:l\n"
    lab = Lab(main + "smtpd_sender_restrictions = reject_sender_login_mismatch\n", tables={"hash:l": maps})
    assert lab.ask(sender=b"joe@ours.test", sasl_username="admin") is None
    assert lab.ask(sender=b"x@shared.test", sasl_username="team") is None
    assert lab.ask(sender=b"x@free.test") is None
    assert lab.ask(sender=b"joe@ours.test") == "553 5.7.1 <joe@ours.test>: Sender address rejected: not logged in"
    owned = "553 5.7.1 <joe@ours.test>: Sender address rejected: not owned by user eve"
    assert lab.ask(sender=b"joe@ours.test", sasl_username="eve") == owned
    assert (lab.ask(sender=b"x@free.test", sasl_username="eve") or "").startswith("553")
    lab = Lab(main + "smtpd_sender_restrictions = reject_known_sender_login_mismatch\n", tables={"hash:l": maps})
    assert lab.ask(sender=b"x@free.test", sasl_username="eve") is None
    assert lab.ask(sender=b"joe@ours.test") is None


def test_unlisted_is_checked_once() -> None:
    lab = Lab("smtpd_recipient_restrictions = reject_unlisted_recipient\n", unknown=frozenset({b"no@ours.test"}))
    assert lab.ask(recipient=b"no@ours.test") is not None
    assert lab.sink.text.count("User unknown") == 1
