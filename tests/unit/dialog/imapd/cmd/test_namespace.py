"""NAMESPACE with several separators; the golden dialog is mailbox-namespace.txt."""

import pytest

from pymaster.store.mailbox.memory import MemoryAccount
from tests.unit.dialog.imapd.lab import Lab


@pytest.mark.parametrize(("separator", "told"), [(".", b'"."'), ("/", b'"/"'), ("\\", b'"\\\\"')])
def test_separator(separator: str, told: bytes) -> None:
    lab = Lab(account=MemoryAccount(separator=separator))
    assert lab.say(b"NAMESPACE", select="")[0] == b'* NAMESPACE (("" %s)) NIL NIL' % told
