"""The small commands (the golden dialogs hold their replies)."""

from pymaster.dialog.smtpd.misc import HELPS
from pymaster.dialog.smtpd.verbs import VERBS
from tests.unit.dialog.smtpd.lab import Server


def test_vrfy_can_be_disabled() -> None:
    server = Server("disable_vrfy_command = yes\n")
    assert server.say("VRFY x@y") == ["502 5.5.1 VRFY command is disabled"]
    assert "VRFY" not in server.say("EHLO h")[0]


def test_vrfy_says_nothing_about_who_exists() -> None:
    out = Server().say("VRFY b@ours.test", "VRFY nobody@ours.test", "VRFY <a b>", "VRFY x@y SMTPUTF8")
    assert out[:2] == ["252 2.0.0 b@ours.test", "252 2.0.0 nobody@ours.test"]
    assert out[3] == "252 2.0.0 x@y"


def test_etrn_asks_the_queue_manager() -> None:
    server = Server()
    assert server.say("HELO h", "ETRN @relay.test", "ETRN x y", "MAIL FROM:<>", "ETRN relay.test")[1:] == [
        "250 Queuing started",
        "500 Syntax: ETRN domain",
        "250 2.1.0 Ok",
        "503 Error: MAIL transaction in progress",
    ]
    assert server.flushed == ["relay.test"]
    assert (
        Server("smtpd_etrn_restrictions = reject\n")
        .say("HELO h", "ETRN relay.test")[-1]
        .startswith("554 5.7.1 <relay.test>: Etrn")
    )


def test_every_command_has_help() -> None:
    assert {name.encode() for name in HELPS} == set(VERBS) - {b"EXPN"}


def test_noop_commands() -> None:
    server = Server("smtpd_noop_commands = XNOP, vrfy\n")
    assert server.say("XNOP a", "VRFY x@y", "NOOP") == ["250 2.0.0 Ok"] * 3
    assert "noop=3 commands=3" in server.log.text
