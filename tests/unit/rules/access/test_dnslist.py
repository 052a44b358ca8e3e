"""DNS lists."""

import pytest

from pymaster.rules.access.dnslist import pattern, reversed_address
from pymaster.util.errors import ConfigError
from tests.unit.rules.access.lab import ILL, FakeMaps, Lab, client

RECORDS: dict[tuple[str, str], object] = {
    ("A", "1.2.0.192.bl.test"): ["127.0.0.2"],
    ("TXT", "1.2.0.192.bl.test"): ["see $http://x"],
    ("A", "9.2.0.192.bl.test"): ["198.51.100.1"],
    ("A", "8.2.0.192.bl.test"): ILL,
    ("A", "them.test.rhs.test"): ["127.0.0.2"],
}


def test_reversed() -> None:
    assert reversed_address("192.0.2.1") == "1.2.0.192"
    assert reversed_address("2001:db8::1") == "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"


def test_listed() -> None:
    lab = client("reject_rbl_client bl.test", records=RECORDS)
    assert lab.ask() == "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.test; see http://x"
    assert lab.ask(address="192.0.2.2") is None
    assert lab.ask(address="192.0.2.9") is None, "an answer outside 127/8 lists nobody"


def test_a_sick_list_lists_nobody_and_is_logged() -> None:
    lab = client("reject_rbl_client bl.test", records=RECORDS)
    assert lab.ask(address="192.0.2.8") is None
    assert "warning: 8.2.0.192.bl.test: RBL lookup error:" in lab.sink.text


def test_filters() -> None:
    assert client("reject_rbl_client bl.test=127.0.0.2", records=RECORDS).ask() is not None
    assert client("reject_rbl_client bl.test=127.0.0.[3..9]", records=RECORDS).ask() is None
    assert pattern("127.0.[0..1].[2;4..6]")("127.0.1.5")
    assert not pattern("127.0.[0..1].[2;4..6]")("127.0.1.3")
    for bad in ("127.0.0", "127.0.0.x", "127.0.0.[2", "127.0.0.[9..2]", "127.0.0.999"):
        with pytest.raises(ConfigError):
            pattern(bad)


def test_names_and_own_replies() -> None:
    lab = Lab("rbl_reply_maps = hash:r\nsmtpd_sender_restrictions = reject_rhsbl_sender rhs.test\n", records=RECORDS,
              tables={"hash:r": FakeMaps({b"rhs.test": b"$rbl_code 5.7.9 $rbl_class $rbl_what by $rbl_domain${rbl_reason?: $rbl_reason}"})})  # fmt: skip
    assert lab.ask() == "554 5.7.9 Sender address them.test by rhs.test"


def test_allow_lists() -> None:
    lab = client("permit_dnswl_client bl.test, reject", records=RECORDS)
    assert lab.ask() is None
    assert lab.ask(address="192.0.2.2") is not None
