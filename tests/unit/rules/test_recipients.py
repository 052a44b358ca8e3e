"""Unknown recipients."""

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.rules.recipients import SENDER, RecipientCheck
from pymaster.rules.resolve import Resolver
from pymaster.util.errors import LookupFailed
from tests.fakes import open_dicts

MAIN_CF = (
    "compatibility_level = 3.10\nmyhostname = h.test\nmydestination = l.test\nvirtual_alias_domains = a.test\n"
    "virtual_mailbox_domains = v.test\nrelay_domains = r.test\nlocal_recipient_maps = test:l\nvirtual_mailbox_maps = test:v\n"
    "relay_recipient_maps = test:r\nvirtual_alias_maps = test:a\ninet_interfaces = 127.0.0.1\nrecipient_delimiter = +\n"
)
TABLES: dict[str, dict[str, str] | None] = {
    "l": {"bob": "x"}, "v": {"bob@v.test": "x"}, "r": {"@r.test": "x"}, "a": {"al@a.test": "bob", "alias@l.test": "z"},
}  # fmt: skip


def check(extra: str = "", **tables: dict[str, str] | None) -> RecipientCheck:
    snapshot, maps = Snapshot.from_text(MAIN_CF + extra), open_dicts(**{**TABLES, **tables})
    return RecipientCheck(snapshot, maps, Resolver(snapshot, maps))


@pytest.mark.parametrize(
    "address",
    [
        b"bob@l.test",
        b"bob+x@l.test",
        b"postmaster@l.test",
        b"alias@l.test",
        b"bob@v.test",
        b"any@r.test",
        b"al@a.test",
        b"x@else.test",
    ],
)
def test_known(address: bytes) -> None:
    assert check().unknown(address) is None


@pytest.mark.parametrize(
    ("address", "table"),
    [
        (b"no@l.test", "local recipient table"),
        (b"no@v.test", "virtual mailbox table"),
        (b"no@a.test", "virtual alias table"),
    ],
)
def test_unknown(address: bytes, table: str) -> None:
    want = f"<{address.decode()}>: Recipient address rejected: User unknown in {table}"
    assert check().unknown(address) == (550, "5.1.1", want)
    hidden = check("show_user_unknown_table_name = no\n").unknown(address, b"", SENDER)
    assert hidden == (550, "5.1.0", f"<{address.decode()}>: Sender address rejected: User unknown")


def test_relay_table_and_codes() -> None:
    made = check("unknown_relay_recipient_reject_code = 450\n", r={"x@r.test": "y"})
    found = made.unknown(b"no@r.test")
    assert found is not None and (found.code, found.text.endswith("User unknown in relay recipient table")) == (
        450,
        True,
    )


def test_empty_table_knows_everybody() -> None:
    assert check("local_recipient_maps =\n").unknown(b"no@l.test") is None


def test_error_transport_speaks_at_once() -> None:
    made = check("transport_maps = test:t\n", t={"x.test": "error:5.7.0 go away"})
    assert made.unknown(b"a@x.test") == (550, "5.7.0", "<a@x.test>: Recipient address rejected: go away")


def test_a_failing_table_calls_nobody_unknown() -> None:
    with pytest.raises(LookupFailed):
        check(l=None).unknown(b"no@l.test")
