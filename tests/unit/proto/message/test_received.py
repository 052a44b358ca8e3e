"""Received: headers."""

import time

import pytest

from pymaster.proto.message import date, received
from pymaster.proto.message.received import Trace

AT = 1173338416.0


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()
    monkeypatch.setattr(date, "_last", (-1, ""))


def trace(**more: object) -> Trace:
    base: dict[str, object] = {
        "helo": "h.test", "client_name": "c.test", "client_address": "192.0.2.7", "protocol": "ESMTP", "queue_id": "0DD",
        "hostname": "mx.test", "mail_name": "Postfix", "arrival": AT,
    }  # fmt: skip
    return Trace(**(base | more))  # type: ignore[arg-type]


def test_one_recipient_with_tls_and_login() -> None:
    made = received.smtp(
        trace(
            recipient=b"a b@l.test",
            tls="TLSv1.3 with cipher X (256/256 bits)",
            certificate="No client certificate requested",
            login="joe",
            protocol="ESMTPSA",
        )
    )
    assert made == (
        b"Received: from h.test (c.test [192.0.2.7])\n\t(using TLSv1.3 with cipher X (256/256 bits))\n"
        b"\t(No client certificate requested)\n\t(Authenticated sender: joe)\n"
        b'\tby mx.test (Postfix) with ESMTPSA id 0DD\n\tfor <"a b"@l.test>; Thu,  8 Mar 2007 08:20:16 +0100 (CET)\n'
    )


def test_many_recipients_and_ipv6_and_utf8() -> None:
    made = received.smtp(trace(client_address="2001:db8::1", utf8=True))
    assert b"(c.test [IPv6:2001:db8::1])\n\tby mx.test (Postfix) with UTF8SMTP id 0DD;\n\tThu," in made


def test_a_client_cannot_write_headers() -> None:
    made = received.smtp(trace(helo="x\r\nBcc: y", client_name="a)b(c\n", login="u\nX: y"))
    assert made.count(b"\n") == 4 and b"\r" not in made
    assert all(line.startswith((b"Received:", b"\t")) for line in made.split(b"\n")[:-1])


def test_local_internal_hidden() -> None:
    end = b"0DD; Thu,  8 Mar 2007 08:20:16 +0100 (CET)\n"
    assert (
        received.local("mx.test", "Postfix", 115, "0DD", AT)
        == b"Received: by mx.test (Postfix, from userid 115)\n\tid " + end
    )
    assert received.internal("mx.test", "Postfix", "0DD", AT) == b"Received: by mx.test (Postfix)\n\tid " + end
    assert received.hidden(trace()) == b"Received: by mx.test (Postfix) with ESMTP\n\tid " + end
