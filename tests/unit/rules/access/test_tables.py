"""check_*_access."""

from tests.unit.rules.access.lab import FakeMaps, Lab, client


def test_client_by_name_and_network() -> None:
    lab = client("check_client_access hash:c", tables={"hash:c": FakeMaps({b"192.0.2": b"REJECT"})})
    assert lab.ask() == "554 5.7.1 <h.them.test[192.0.2.1]>: Client host rejected: Access denied"
    assert lab.ask(address="192.0.3.1") is None


def test_helo_reverse_sasl_etrn() -> None:
    lab = client(
        "check_helo_access hash:h, check_reverse_client_hostname_access hash:r, check_sasl_access hash:l, check_ccert_access hash:x",
        tables={
            "hash:h": FakeMaps({b"them.test": b"REJECT helo"}),
            "hash:r": FakeMaps({b"rev.test": b"REJECT reverse"}),
            "hash:l": FakeMaps({b"joe": b"REJECT login"}),
        },
    )
    assert lab.ask() == "554 5.7.1 <h.them.test>: Helo command rejected: helo"
    assert (lab.ask(helo=b"x", reverse_name="a.rev.test") or "").endswith("reverse")
    assert (lab.ask(helo=b"x", sasl_username="joe") or "").endswith("login")
    assert lab.ask(helo=b"x") is None
    lab = Lab(
        "smtpd_etrn_restrictions = check_etrn_access hash:e\n", tables={"hash:e": FakeMaps({b"d.test": b"REJECT"})}
    )
    assert lab.ask("etrn", etrn=b"d.test") == "554 5.7.1 <d.test>: Etrn command rejected: Access denied"


def test_null_sender_has_a_key_of_its_own() -> None:
    lab = Lab(
        "smtpd_sender_restrictions = check_sender_access hash:s\n", tables={"hash:s": FakeMaps({b"<>": b"REJECT"})}
    )
    assert lab.ask(sender=b"") == "554 5.7.1 <>: Sender address rejected: Access denied"


def test_recipient_is_completed() -> None:
    lab = Lab(
        "smtpd_recipient_restrictions = check_recipient_access hash:r\n",
        tables={"hash:r": FakeMaps({b"bob@ours.test": b"REJECT"})},
    )
    assert lab.ask(recipient=b"bob", address="10.0.0.1") == "554 5.7.1 <bob>: Recipient address rejected: Access denied"


def test_local_clients() -> None:
    lab = Lab("local_header_rewrite_clients = permit_mynetworks, check_address_map hash:a, hash:b\n",
              tables={"hash:a": FakeMaps({b"192.0.2.5": b"x"}), "hash:b": FakeMaps({b"192.0.2.6": b"x"})})  # fmt: skip
    answers = [
        lab.access.local_client(lab.facts(address=a)) for a in ("10.0.0.1", "192.0.2.5", "192.0.2.6", "192.0.2.7")
    ]
    assert answers == [True, True, True, False]
