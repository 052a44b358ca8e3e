"""access(5) results."""

import pytest

from tests.unit.rules.access.lab import FakeMaps, Lab

HEAD = "<a@them.test>: Sender address rejected:"


def lab_of(value: str, main: str = "") -> Lab:
    tables = {"hash:s": FakeMaps({b"a@them.test": value.encode()})}
    return Lab(main + "smtpd_sender_restrictions = check_sender_access hash:s, reject\n", tables=tables)


@pytest.mark.parametrize(
    ("value", "reply"),
    [
        ("OK", None), ("ok", None), ("1234567", None), ("permit", None),
        ("DUNNO", f"554 5.7.1 {HEAD} Access denied"), ("dunno", f"554 5.7.1 {HEAD} Access denied"),
        ("REJECT", f"554 5.7.1 {HEAD} Access denied"), ("REJECT go away", f"554 5.7.1 {HEAD} go away"),
        ("REJECT 5.1.1 no", f"554 5.1.0 {HEAD} no"), ("reject 4.7.9 no", f"554 5.7.9 {HEAD} no"),
        ("DEFER", f"450 4.7.1 {HEAD} Access denied"), ("DEFER wait", f"450 4.7.1 {HEAD} wait"),
        ("550 no", f"550 5.7.1 {HEAD} no"), ("451 4.7.2 wait", f"451 4.7.2 {HEAD} wait"), ("550", f"550 5.7.1 {HEAD} Access denied"),
        ("421 bye", f"421 4.7.1 {HEAD} bye"), ("521 5.7.1 bye", f"521 5.7.1 {HEAD} bye"),
        ("permit_mynetworks, defer", f"450 4.3.2 {HEAD} Try again later"),
        ("no_such", "451 4.3.5 Server configuration error"),
    ],
)  # fmt: skip
def test_results(value: str, reply: str | None) -> None:
    assert lab_of(value).ask() == reply


def test_deferred_results() -> None:
    lab = Lab(
        "smtpd_sender_restrictions = check_sender_access hash:s\n",
        tables={"hash:s": FakeMaps({b"a@them.test": b"DEFER_IF_PERMIT wait"})},
    )
    assert lab.ask() == f"450 4.7.1 {HEAD} wait"
    assert lab.ask(recipient=b"x@else.test") == "454 4.7.1 <x@else.test>: Relay access denied"
    lab = Lab("smtpd_relay_restrictions = reject\nsmtpd_sender_restrictions = check_sender_access hash:s\n",
              tables={"hash:s": FakeMaps({b"a@them.test": b"DEFER_IF_REJECT wait"})})  # fmt: skip
    assert lab.ask() == f"450 4.7.1 {HEAD} wait"


def test_marks_on_the_message() -> None:
    for value, name, expected in (
        ("HOLD look at it", "hold", True),
        ("FILTER smtp:[127.0.0.1]:10024", "filter", "smtp:[127.0.0.1]:10024"),
        ("REDIRECT z@ours.test", "redirect", b"z@ours.test"),
        ("BCC z@ours.test", "bcc", b"z@ours.test"),
        ("PREPEND X-A: b", "prepend", [b"X-A: b"]),
    ):
        lab = lab_of(value)
        facts = lab.facts()
        assert lab.ask("recipient", facts) is not None, "the list goes on"
        assert getattr(facts.actions, name) == expected
    lab = lab_of("DISCARD")
    facts = lab.facts()
    assert lab.ask("recipient", facts) is None and facts.actions.discard
    assert (
        "discard: RCPT from h.them.test[192.0.2.1]: <a@them.test>: Sender address triggers DISCARD action;"
        in lab.sink.text
    )


def test_warn_and_info_only_log() -> None:
    lab = lab_of("WARN odd")
    lab.ask()
    assert "warn: RCPT from h.them.test[192.0.2.1]: <a@them.test>: Sender address odd;" in lab.sink.text


@pytest.mark.parametrize("bad", ["FILTER x", "REDIRECT x", "BCC x", "PREPEND x"])
def test_bad_arguments_are_logged_and_skipped(bad: str) -> None:
    lab = lab_of(bad)
    assert lab.ask() == f"554 5.7.1 {HEAD} Access denied"
    assert "warning: access table hash:s: bad" in lab.sink.text


def test_prepend_comes_too_late_at_the_end() -> None:
    lab = Lab(
        "smtpd_end_of_data_restrictions = check_sender_access hash:s\n",
        tables={"hash:s": FakeMaps({b"a@them.test": b"PREPEND X: y"})},
    )
    facts = lab.facts()
    assert lab.ask("end_of_data", facts) is None
    assert not facts.actions.prepend
