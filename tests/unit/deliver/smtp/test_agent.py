"""The client against scripted servers: outcomes, texts, fallbacks, reuse."""

import errno
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.deliver.smtp.agent import Agent, Result
from pymaster.deliver.smtp.settings import load
from pymaster.model.envelope import SMTPUTF8, VERIFY_ONLY, Envelope, Origin, Recipient
from pymaster.model.status import BOUNCED, DEFERRED, SENT
from pymaster.util.clock import ManualClock

_spec = importlib.util.spec_from_file_location("smtp_fakes", Path(__file__).parent / "fakes.py")
assert _spec is not None and _spec.loader is not None
fakes: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fakes)
GOOD = fakes.GOOD
REFUSED = OSError(errno.ECONNREFUSED, "Connection refused")


def envelope(*to: bytes, size: int = 20, flags: int = 0) -> Envelope:
    recipients = tuple(Recipient(address) for address in to or (b"bob@example.net",))
    return Envelope("A1", 0.0, b"alice@lab.example", recipients, size, Origin(), flags=flags)


def agent(network: Any, text: str = "", lmtp: bool = False) -> Agent:
    return Agent(load(Snapshot.from_text("myhostname = lab.example\n" + text), lmtp), network, ManualClock())


def deliver(network: Any, nexthop: str = "[192.0.2.25]", text: str = "", **kw: Any) -> Result:
    return agent(network, text).deliver(nexthop, kw.pop("envelope", envelope()), fakes.body())


def script(**changes: Any) -> Any:
    return {
        **GOOD,
        **{k.upper().encode() if k != "dot" else b".": v for k, v in changes.items() if k != "greeting"},
    } | ({b"": changes["greeting"]} if "greeting" in changes else {})


def test_a_message_is_sent() -> None:
    network = fakes.FakeNetwork({"192.0.2.25": GOOD})
    result = deliver(network)
    (status,) = result.statuses
    assert (status.outcome, status.dsn, status.reason) == (SENT, "2.0.0", "250 2.0.0 Ok: queued as ABC")
    assert status.relay == "192.0.2.25[192.0.2.25]:25"
    wire = network.wires[0]
    assert wire.commands == [
        b"EHLO lab.example",
        b"MAIL FROM:<alice@lab.example> SIZE=20",
        b"RCPT TO:<bob@example.net>",
        b"DATA",
    ]
    assert wire.messages == [b"Subject: x\r\n\r\nhello\r\n"]
    assert result.blocked is None


def test_without_pipelining() -> None:
    network = fakes.FakeNetwork({"192.0.2.25": script(ehlo=b"500 what\r\n", helo=b"250 mx\r\n")})
    assert deliver(network).statuses[0].outcome == SENT
    assert network.wires[0].commands[1] == b"HELO lab.example"


def test_recipients_are_judged_one_by_one() -> None:
    replies = [b"250 ok\r\n", b"550 5.1.1 no such user\r\n", b"450 4.2.0 greylisted\r\n"]
    result = deliver(fakes.FakeNetwork({"192.0.2.25": script(rcpt=replies)}), envelope=envelope(b"a@x", b"b@x", b"c@x"))
    assert [s.outcome for s in result.statuses] == [SENT, BOUNCED, DEFERRED]
    assert result.statuses[1].reason == (
        "host 192.0.2.25[192.0.2.25] said: 550 5.1.1 no such user (in reply to RCPT TO command)"
    )
    assert [s.dsn for s in result.statuses] == ["2.0.0", "5.1.1", "4.2.0"]


def test_all_recipients_refused_ends_a_pipelined_data_empty() -> None:
    network = fakes.FakeNetwork(
        {"192.0.2.25": script(rcpt=b"550 5.1.1 no\r\n", dot=b"554 5.5.1 no valid recipients\r\n")}
    )
    result = deliver(network)
    assert result.statuses[0].outcome == BOUNCED
    assert network.wires[0].messages == [b""]


@pytest.mark.parametrize(
    ("stage", "text"),
    [
        ("mail", "lost connection with 192.0.2.25[192.0.2.25] while sending MAIL FROM"),
        ("rcpt", "lost connection with 192.0.2.25[192.0.2.25] while sending RCPT TO"),
        ("data", "lost connection with 192.0.2.25[192.0.2.25] while sending DATA command"),
        (
            "dot",
            "lost connection with 192.0.2.25[192.0.2.25] while sending end of data -- message may be sent more than once",
        ),
    ],
)
def test_lost_connections(stage: str, text: str) -> None:
    (status,) = deliver(fakes.FakeNetwork({"192.0.2.25": script(**{stage: None})})).statuses
    assert (status.outcome, status.dsn, status.reason) == (DEFERRED, "4.4.2", text)


def test_greeting_failures_try_the_next_host() -> None:
    network = fakes.FakeNetwork(
        {"192.0.2.1": REFUSED, "192.0.2.2": script(greeting=b"421 busy\r\n"), "192.0.2.3": GOOD},
        mx={"example.net": [(30, "c.x"), (10, "a.x"), (20, "b.x")]},
        a={"a.x": ["192.0.2.1"], "b.x": ["192.0.2.2"], "c.x": ["192.0.2.3"]},
    )
    result = deliver(network, "example.net")
    assert network.tried == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert result.statuses[0].outcome == SENT and result.blocked is None


def test_no_host_answers() -> None:
    network = fakes.FakeNetwork({"192.0.2.1": REFUSED}, mx={"example.net": []}, a={"example.net": ["192.0.2.1"]})
    result = deliver(network, "example.net")
    assert result.blocked is not None
    assert result.statuses[0].reason == "connect to example.net[192.0.2.1]:25: Connection refused"
    assert result.statuses[0].dsn == "4.4.1"


def test_refused_greeting_text() -> None:
    result = deliver(fakes.FakeNetwork({"192.0.2.25": script(greeting=b"554 go away\r\n")}))
    assert result.statuses[0].reason == "host 192.0.2.25[192.0.2.25] refused to talk to me: 554 go away"
    assert result.statuses[0].outcome == DEFERRED
    result = deliver(
        fakes.FakeNetwork({"192.0.2.25": script(greeting=b"554 no\r\n")}), text="smtp_skip_5xx_greeting = no"
    )
    assert result.statuses[0].outcome == BOUNCED


def test_a_message_is_never_sent_twice_after_the_dot() -> None:
    network = fakes.FakeNetwork(
        {"192.0.2.1": script(dot=None), "192.0.2.2": GOOD},
        mx={"example.net": [(10, "a.x"), (20, "b.x")]},
        a={"a.x": ["192.0.2.1"], "b.x": ["192.0.2.2"]},
    )
    result = deliver(network, "example.net")
    assert network.tried == ["192.0.2.1"]
    assert result.statuses[0].outcome == DEFERRED


def test_soft_failures_go_to_the_backup_and_hard_ones_stay() -> None:
    network = fakes.FakeNetwork(
        {"192.0.2.1": script(rcpt=[b"450 4.2.0 later\r\n", b"550 5.1.1 no\r\n"]), "192.0.2.2": GOOD},
        mx={"example.net": [(10, "a.x"), (20, "b.x")]},
        a={"a.x": ["192.0.2.1"], "b.x": ["192.0.2.2"]},
    )
    result = deliver(network, "example.net", envelope=envelope(b"a@x", b"b@x"))
    assert [s.outcome for s in result.statuses] == [SENT, BOUNCED]
    assert network.wires[1].commands[2] == b"RCPT TO:<a@x>"


def test_a_connection_is_reused_and_replaced_when_it_died() -> None:
    network = fakes.FakeNetwork({"192.0.2.25": GOOD})
    client = agent(network)
    for uses in (1, 2, 3):
        assert client.deliver("[192.0.2.25]", envelope(), fakes.body()).uses == uses
    assert len(network.wires) == 1
    network.wires[0].dead = True
    result = client.deliver("[192.0.2.25]", envelope(), fakes.body())
    assert (result.statuses[0].outcome, result.uses, len(network.wires)) == (SENT, 1, 2)
    client.close()
    assert network.wires[1].closed


def test_a_kept_connection_that_dies_silently_costs_no_attempt() -> None:
    network = fakes.FakeNetwork({"192.0.2.25": script(mail=[b"250 ok\r\n", None])})
    client = agent(network)
    client.deliver("[192.0.2.25]", envelope(), fakes.body())
    assert client.deliver("[192.0.2.25]", envelope(), fakes.body()).statuses[0].outcome == SENT
    assert len(network.wires) == 2


def test_size_and_smtputf8_are_checked_before_anything_is_sent() -> None:
    network = fakes.FakeNetwork({"192.0.2.25": GOOD})
    (status,) = deliver(network, envelope=envelope(size=200_000)).statuses
    assert (status.outcome, status.dsn) == (BOUNCED, "5.3.4")
    assert status.reason == "message size 200000 exceeds size limit 100000 of server 192.0.2.25[192.0.2.25]"
    (status,) = deliver(network, envelope=envelope(flags=SMTPUTF8)).statuses
    assert (status.outcome, status.dsn) == (BOUNCED, "5.6.7")
    assert all(b"MAIL" not in c for wire in network.wires for c in wire.commands)


def test_required_tls_never_travels_in_clear() -> None:
    network = fakes.FakeNetwork({"192.0.2.25": GOOD})
    (status,) = deliver(network, text="smtp_tls_security_level = encrypt").statuses
    assert (status.outcome, status.dsn) == (DEFERRED, "4.7.4")
    assert not network.wires[0].messages


def test_dns_outcomes() -> None:
    network = fakes.FakeNetwork({}, mx={"null.example": [(0, "")], "ill.example": None, "bare.example": []}, a={})
    (status,) = deliver(network, "null.example").statuses
    assert (status.outcome, status.reason) == (BOUNCED, "Domain null.example does not accept mail (nullMX)")
    (status,) = deliver(network, "ill.example").statuses
    assert (status.outcome, status.dsn) == (DEFERRED, "4.4.3")
    assert status.reason.endswith("type=MX: Host not found, try again")
    (status,) = deliver(network, "gone.example").statuses
    assert (status.outcome, status.dsn) == (BOUNCED, "5.4.4")
    (status,) = deliver(network, "bad:port:x").statuses
    assert (status.outcome, status.dsn) == (DEFERRED, "4.3.5")


def test_mail_for_ourselves_does_not_loop() -> None:
    network = fakes.FakeNetwork(
        {"192.0.2.7": GOOD},
        mx={"example.net": [(10, "me.x"), (20, "b.x")], "low.net": [(5, "b.x"), (10, "me.x")]},
        a={"me.x": ["192.0.2.1"], "b.x": ["192.0.2.7"]},
        own=["192.0.2.1"],
    )
    (status,) = deliver(network, "example.net").statuses
    assert (status.dsn, status.reason) == ("5.4.6", "mail for example.net loops back to myself")
    assert deliver(network, "low.net").statuses[0].outcome == SENT


def test_lmtp_answers_for_each_recipient() -> None:
    network = fakes.FakeNetwork({"private/lmtp": script(dot=b"250 2.1.5 one\r\n552 5.2.2 full\r\n")})
    result = agent(network, lmtp=True).deliver("unix:private/lmtp", envelope(b"a@x", b"b@x"), fakes.body())
    assert [s.outcome for s in result.statuses] == [SENT, BOUNCED]
    assert result.statuses[0].relay == "lab.example[private/lmtp]"


def test_421_in_the_middle_is_the_reason_for_everyone_left() -> None:
    result = deliver(fakes.FakeNetwork({"192.0.2.25": script(rcpt=[b"250 ok\r\n", b"421 4.3.2 closing\r\n"])}),
                     envelope=envelope(b"a@x", b"b@x"))  # fmt: skip
    assert [s.outcome for s in result.statuses] == [DEFERRED, DEFERRED]
    assert "421 4.3.2 closing" in result.statuses[0].reason


def test_a_probe_asks_about_recipients_and_sends_nothing() -> None:
    network = fakes.FakeNetwork(
        {"192.0.2.25": script(rcpt=[b"250 2.1.5 ok\r\n", b"550 5.1.1 no such user\r\n"], rset=b"250 ok\r\n")}
    )
    result = deliver(network, envelope=envelope(b"a@x", b"b@x", flags=VERIFY_ONLY))
    assert [(s.outcome, s.dsn) for s in result.statuses] == [(SENT, "2.1.5"), (BOUNCED, "5.1.1")]
    assert network.wires[0].commands[2:] == [b"RCPT TO:<a@x>", b"RCPT TO:<b@x>", b"RSET"]
    assert network.wires[0].messages == []
