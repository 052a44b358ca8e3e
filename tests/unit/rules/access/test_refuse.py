"""Enhanced codes made to fit, and what a refusal remembers."""

from pymaster.rules.access.facts import CLIENT, RECIPIENT, SENDER, Facts
from pymaster.rules.access.refuse import defer_if_permit, fit, refuse


def test_fit() -> None:
    assert fit("5.1.1", SENDER) == "5.1.0" and fit("5.1.2", SENDER) == "5.1.8"
    assert fit("5.1.8", RECIPIENT) == "5.1.2" and fit("5.1.7", RECIPIENT) == "5.1.3"
    assert fit("5.1.1", CLIENT) == "5.0.0" and fit("5.7.1", CLIENT) == "5.7.1"


def test_the_class_of_the_code_rules() -> None:
    verdict = refuse(Facts(), 450, "5.7.1", "x")
    assert verdict is not None and verdict.reply is not None and verdict.reply.text == "450 4.7.1 x"


def test_the_first_doubt_counts() -> None:
    facts = Facts()
    assert defer_if_permit(facts, 450, "4.1.1", "first") is None
    defer_if_permit(facts, 450, "4.1.1", "second")
    assert facts.defer_if_permit is not None and facts.defer_if_permit.reply is not None
    assert facts.defer_if_permit.reply.lines == ("first",)
