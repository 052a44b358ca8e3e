"""Submissions that wait for the mail system."""

from pathlib import Path

from pymaster.commands import waiting
from pymaster.proto import submission


def test_envelopes_are_listed_and_rubbish_is_not(tmp_path: Path) -> None:
    head = submission.MAGIC + submission.attribute(b"sender", b"me@x") + submission.recipient(b"a@b")
    (tmp_path / "1A").write_bytes(head + submission.recipient(b"c@d") + submission.content(b"x" * 9) + submission.END)
    (tmp_path / "2B").write_bytes(b"rubbish")
    (tmp_path / ".3C").write_bytes(head)
    (tmp_path / "4D").symlink_to("1A")
    (item,) = waiting.listed(str(tmp_path))
    assert (item.queue_name, item.queue_id, item.sender, item.addresses) == (
        "maildrop",
        "1A",
        b"me@x",
        (b"a@b", b"c@d"),
    )
    assert item.size == (tmp_path / "1A").stat().st_size
