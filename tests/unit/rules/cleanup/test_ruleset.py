"""What the scanner looks at."""

from pymaster.config.snapshot import Snapshot
from pymaster.rules.cleanup import ruleset
from pymaster.rules.cleanup.ruleset import RuleSet
from tests.fakes import open_dicts


def test_kinds() -> None:
    rules = RuleSet(
        Snapshot.from_text("inet_interfaces = 127.0.0.1\nmessage_drop_headers = X-Gone bcc\n"), open_dicts()
    )
    assert rules.bare[b"x-gone"] == rules.full[b"bcc"] == ruleset.DROP
    assert (
        b"from" not in rules.bare and rules.full[b"from"] == ruleset.SENDER and rules.full[b"to"] == ruleset.RECIPIENT
    )
    assert rules.bare[b"received"] == ruleset.RECEIVED and b"subject" not in rules.full
    assert not rules.checks
