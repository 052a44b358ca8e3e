"""DELETE: the selected mailbox, here and in another session; more in mailbox-create.txt."""

from tests.unit.dialog.imapd.lab import Lab


def test_selected_by_another_session() -> None:
    lab = Lab()
    lab.account.create("a")
    lab.account.create("INBOX2")

    def gone() -> None:
        assert lab.say(b"DELETE a", select="") == [b"a OK Delete completed."]

    out = lab.talk([b"s SELECT a\r\n", gone, b"n NOOP\r\nm NOOP\r\n"])
    assert out.endswith(b"* BYE Selected mailbox is gone, have to disconnect.\r\nn OK NOOP completed.\r\n")


def test_selected_and_idle_in_another_session() -> None:
    lab = Lab()
    lab.account.create("a")
    out = lab.talk([b"s SELECT a\r\n", b"i IDLE\r\n", lambda: lab.say(b"DELETE a", select=""), b"DONE\r\n"])  # type: ignore[arg-type, return-value]
    assert b"* BYE Selected mailbox is gone" in out


def test_subscription_stays_and_name_can_come_back() -> None:
    lab = Lab()
    lab.account.create("a")
    old = lab.box("a").uidvalidity
    lab.say(b"SUBSCRIBE a", b"DELETE a", b"CREATE a", select="")
    assert lab.account.subscriptions() == ["a"]
    assert lab.box("a").uidvalidity > old


def test_syntax() -> None:
    assert Lab().say(b"DELETE", b"DELETE a b", b"DELETE &", select="") == [
        b"a BAD Missing space or argument",
        b"a BAD Junk after the arguments",
        b"a NO [CANNOT] Mailbox name is not valid UTF-7 or UTF-8",
    ]
