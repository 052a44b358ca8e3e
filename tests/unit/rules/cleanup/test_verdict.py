"""Words of refusal, flags."""

import pytest

from pymaster.rules.cleanup import verdict
from pymaster.rules.cleanup.verdict import BCC, EXTERNAL, FILTER, MAP, MILTER, flags_of


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("", EXTERNAL),
        ("no_address_mappings", FILTER | MILTER),
        ("no_header_body_checks, no_milters", MAP | BCC),
        ("no_unknown_recipient_checks", EXTERNAL),
    ],
)
def test_flags(text: str, want: int) -> None:
    assert flags_of(text) == want


def test_texts() -> None:
    replies = [
        made().reply
        for made in (
            verdict.no_recipients, verdict.too_many_hops, verdict.too_big, verdict.content, verdict.trouble,
            verdict.expansion, verdict.unavailable,
        )
    ]  # fmt: skip
    assert replies == [
        "550 5.1.0 Error: no recipients specified",
        "554 5.4.0 Error: too many hops",
        "552 5.3.4 Error: message file too big",
        "550 5.7.1 Error: message content rejected",
        "451 4.3.0 Error: queue file write error",
        "451 4.6.0 Alias expansion error",
        "451 4.7.1 Error: service unavailable",
    ]
