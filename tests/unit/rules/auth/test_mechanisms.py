import pytest

from pymaster.rules.auth.dovecotproto import FLAGS
from pymaster.rules.auth.mechanism import Facts
from pymaster.rules.auth.mechanisms import MAKERS, offered
from pymaster.util.errors import ConfigError


def test_offered() -> None:
    assert offered("plain, LOGIN scram-sha-256 plain") == [b"PLAIN", b"LOGIN", b"SCRAM-SHA-256-PLUS", b"SCRAM-SHA-256"]
    with pytest.raises(ConfigError, match="unknown mechanism gssapi"):
        offered("plain gssapi")


def test_each_can_be_begun_and_has_flags() -> None:
    assert set(MAKERS) == set(FLAGS)
    for make in MAKERS.values():
        assert make(Facts()).start(None) is not None
