"""The table of commands."""

from pymaster.dialog.smtpd.verbs import VERBS
from tests.unit.dialog.smtpd.lab import Server


def test_order_of_the_disconnect_line() -> None:
    assert [verb.name for verb in VERBS.values()][:10] == [
        "helo",
        "ehlo",
        "xclient",
        "xforward",
        "starttls",
        "auth",
        "mail",
        "rcpt",
        "data",
        "bdat",
    ]
    assert all(name == verb.label.encode() == verb.name.upper().encode() for name, verb in VERBS.items())


def test_lmtp() -> None:
    server = Server()
    server.world.lmtp = True
    assert server.say("EHLO h", "LHLO")[:2] == ["500 5.5.2 Error: command not recognized", "501 Syntax: LHLO hostname"]
    mail = [
        b"LHLO h\r\n",
        b"MAIL FROM:<>\r\nRCPT TO:<b@ours.test>\r\nRCPT TO:<x@else.test>\r\nRCPT TO:<c@ours.test>\r\nDATA\r\n",
    ]
    out = server.talk([*mail, b"x\r\n.\r\n", b"QUIT\r\n"]).split(b"\r\n")
    assert out[-4:-1] == [b"250 2.0.0 Ok: queued as ID1"] * 2 + [b"221 2.0.0 Bye"]
    assert "lhlo=1 mail=1 rcpt=2/3 data=1 quit=1" in server.log.text
    assert len(server.committed) == 1
