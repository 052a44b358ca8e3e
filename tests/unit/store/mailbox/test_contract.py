"""Refusals carry a code and a text, and the model has every method that the contract names."""

from typing import Any

import pytest

from pymaster.store.mailbox.contract import Account, Counts, Mailbox, MailboxError
from pymaster.store.mailbox.memory import MemoryAccount, MemoryMailbox


def test_a_refusal() -> None:
    error = MailboxError("LIMIT", "Too many")
    assert (error.code, error.text, str(error)) == ("LIMIT", "Too many", "Too many")
    assert Counts().uidvalidity == 1, "0 is no UIDVALIDITY"


@pytest.mark.parametrize(("protocol", "model"), [(Account, MemoryAccount), (Mailbox, MemoryMailbox)])
def test_the_model_is_complete(protocol: Any, model: Any) -> None:
    wanted = {name for name, value in vars(protocol).items() if callable(value) and not name.startswith("_")}
    assert wanted and {name for name in wanted if not hasattr(model, name)} == set()
