import os

import pytest

from pymaster.store.mailbox import maildirdraft
from pymaster.store.mailbox.maildirdraft import MaildirDraft
from pymaster.store.mailbox.maildirfiles import MaildirFiles
from pymaster.util.clock import SYSTEM


@pytest.fixture
def files(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY)
    made = MaildirFiles(fd, "", str(tmp_path), SYSTEM)
    yield made
    made.close()
    os.close(fd)


@pytest.mark.parametrize("kept", [0, 1 << 20])
def test_a_message(files, tmp_path, monkeypatch, kept):
    monkeypatch.setattr(maildirdraft, "KEPT", kept)
    draft = MaildirDraft(files, 1_000_000_000)
    for block in (b"Subject: x\r", b"\n\r\n", b"body\n\r"):
        draft.write(block)
    draft.finish()
    assert (draft.disk, draft.size) == (18, 21) and draft.name().endswith(",S=18,W=21")
    assert draft.wire() == b"Subject: x\r\n\r\nbody\r\n\r"
    (name,) = os.listdir(tmp_path / "tmp")
    assert (tmp_path / "tmp" / name).read_bytes() == b"Subject: x\n\nbody\n\r"
    assert os.stat(tmp_path / "tmp" / name).st_mtime == 1_000_000_000
    draft.abandon()
    draft.abandon()
    assert os.listdir(tmp_path / "tmp") == []


def test_abandoning_never_raises(files, tmp_path):
    draft = MaildirDraft(files, 1)
    os.unlink(tmp_path / "tmp" / draft.base)
    draft.abandon()
    draft.close()
