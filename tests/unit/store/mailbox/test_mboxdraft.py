import os

import pytest

from pymaster.store.mailbox import mboxdraft
from pymaster.store.mailbox.mboxdraft import MboxDraft


@pytest.mark.parametrize("limit", [10, 1 << 20])
def test_a_draft(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(mboxdraft, "IN_MEMORY", limit)
    draft = MboxDraft(7, str(tmp_path))
    data = b"A: b\r\nStatus: RO\r\n\r\nline\nFrom x\r\n"
    for at in range(len(data)):
        draft.write(data[at : at + 1])
    assert draft.size >= len(data) - 2
    draft.finish()
    assert draft.text() == b"A: b\n\nline\nFrom x\n"
    assert draft.wire() == b"A: b\r\n\r\nline\r\nFrom x\r\n" and draft.size == len(draft.wire()) and draft.date == 7
    assert os.listdir(tmp_path) == []
    draft.abandon()
    draft.abandon()
