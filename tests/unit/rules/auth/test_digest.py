import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.model.authtask import AuthAnswer
from pymaster.rules.auth.digest import Apop, CramMd5
from pymaster.rules.auth.mechanism import Ask, Challenge, Facts, Passed, Refused

OK = AuthAnswer(1, "ok", {}, secret=b"tanstaaf")


def test_cram_md5() -> None:
    machine = CramMd5(Facts(host="mail.example"))
    step = machine.start(None)
    assert isinstance(step, Challenge) and step.data.startswith(b"<") and step.data.endswith(b"@mail.example>")
    digest = hmac.new(b"tanstaaf", step.data, "md5").hexdigest().encode()
    assert machine.respond(b"tim " + digest.upper()) == Ask("secret", "tim", scheme="PLAIN")
    assert machine.told(OK) == Passed()
    assert isinstance(machine.told(AuthAnswer(1, "ok", {}, secret=b"x")), Refused)
    assert isinstance(machine.told(AuthAnswer(1, "unknown", {}, secret=b"")), Refused)


def test_cram_md5_challenges_differ_and_come_first() -> None:
    assert CramMd5().start(None) != CramMd5().start(None)
    assert isinstance(CramMd5().start(b"x"), Refused)
    assert isinstance(CramMd5().respond(b"tim " + b"0" * 32), Refused)


@pytest.mark.parametrize("hexadecimal", [True, False])
def test_apop_example_of_rfc_1939(hexadecimal: bool) -> None:
    stamp = b"<1896.697170952@dbc.mtview.ca.us>"
    digest = hashlib.md5(stamp + b"tanstaaf").digest()
    assert digest.hex() == "c4c9334bac560ecc979e58001b3e22fb"
    machine = Apop()
    word = digest.hex().encode() if hexadecimal else digest
    assert machine.start(stamp + b"\0mrose\0" + word) == Ask("secret", "mrose", scheme="PLAIN")
    assert machine.told(OK) == Passed()
    assert isinstance(machine.told(AuthAnswer(1, "mismatch", {}, secret=b"")), Refused)


@given(st.binary(max_size=60))
@pytest.mark.parametrize("kind", [Apop, CramMd5])
def test_any_bytes(kind: Any, data: bytes) -> None:
    machine = kind()
    machine.start(None)
    assert isinstance(machine.respond(data), Refused | Ask)
