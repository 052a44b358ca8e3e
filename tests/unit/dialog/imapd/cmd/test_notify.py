"""NOTIFY: news between commands, of the selected mailbox and of others (RFC 5465)."""

from collections.abc import Callable

import pytest

from pymaster.dialog.imapd import notifier
from tests.unit.dialog.imapd.lab import Lab, Piece

MESSAGE = b"(MessageNew MessageExpunge)"
ALL = b"(MessageNew MessageExpunge FlagChange)"


class WatchedLab(Lab):
    """A lab whose account's folder is watched: `tree` says that names changed there."""

    def __init__(self) -> None:
        super().__init__()
        self.watchers: list[tuple[list[str], Callable[[], None]]] = []
        self.account.watched = lambda: ["account"]  # type: ignore[method-assign]
        self.world.watch = self._watch

    def _watch(self, paths: list[str], callback: Callable[[], None]) -> Callable[[], None]:
        entry = (paths, callback)
        self.watchers.append(entry)
        return lambda: self.watchers.remove(entry)

    def tree(self) -> None:
        for paths, callback in list(self.watchers):
            if paths == ["account"]:
                callback()

    def notified(self, groups: bytes, *pieces: Piece, select: str = "") -> list[bytes]:
        """What is said after the OK of NOTIFY SET."""
        first = [b"s SELECT %s\r\n" % select.encode()] if select else []
        out = self.talk([*first, b"n NOTIFY SET " + groups + b"\r\n", *pieces])
        before, found, after = out.partition(b"n OK NOTIFY completed.\r\n")
        assert found, before
        return after.split(b"\r\n")[:-1]

    def deliver(self, box: str = "INBOX") -> Callable[[], None]:
        def do() -> None:
            mailbox = self.box(box)
            self.add(box=box)
            self._changed(mailbox)

        return do

    def does(self, command: bytes, *, tree: bool = True) -> Callable[[], None]:
        def do() -> None:
            self.other(command)
            if tree:
                self.tree()

        return do


def test_selected_without_a_command() -> None:
    lab = WatchedLab()
    lab.add()
    told = lab.notified(
        b"(selected %s)" % ALL,
        lab.deliver(),
        lab.does(b"STORE 1 +FLAGS (\\Deleted)"),
        lab.does(b"EXPUNGE"),
        select="INBOX",
    )
    assert told == [b"* 2 EXISTS", b"* 2 RECENT", b"* 1 FETCH (FLAGS (\\Deleted \\Recent))", b"* 1 EXPUNGE"]


def test_selected_delayed_keeps_expunges_for_the_next_command() -> None:
    lab = WatchedLab()
    lab.add()
    lab.add(flags=(b"\\Deleted",))
    told = lab.notified(
        b"(selected-delayed %s)" % ALL,
        lab.does(b"EXPUNGE"),
        lab.deliver(),
        b"f FETCH 3 UID\r\n",
        b"x NOOP\r\n",
        select="INBOX",
    )
    assert told == [
        b"* 3 EXISTS", b"* 3 RECENT", b"* 3 FETCH (UID 3)", b"f OK Fetch completed.", b"* 2 EXPUNGE", b"x OK NOOP completed.",
    ]  # fmt: skip


def test_new_messages_come_with_what_was_asked_for() -> None:
    lab = WatchedLab()
    lab.add(flags=(b"\\Flagged",))
    told = lab.notified(
        b"(selected (MessageNew (UID FLAGS BODY[TEXT]) MessageExpunge))", lab.deliver(), lab.does(b"STORE 1 +FLAGS (\\Seen)"),
        lab.deliver(), select="INBOX",
    )  # fmt: skip
    assert told == [
        b"* 2 EXISTS", b"* 2 RECENT", b"* 2 FETCH (UID 2 FLAGS (\\Recent) BODY[TEXT] {6}", b"body", b")",
        b"* 3 EXISTS", b"* 3 RECENT", b"* 3 FETCH (UID 3 FLAGS (\\Recent) BODY[TEXT] {6}", b"body", b")",
    ]  # fmt: skip
    assert not any(b"\\Seen" in lab.box().flags.sets[n] for n in lab.box().state.flags[1:])


def test_nothing_of_the_selected_mailbox_unless_asked_for() -> None:
    lab = WatchedLab()
    lab.account.create("a")
    told = lab.notified(
        b"(mailboxes a %s)" % MESSAGE, lab.deliver(), b"x NOOP\r\n", b"n NOTIFY NONE\r\n", b"y NOOP\r\n", select="INBOX"
    )
    assert told == [b"x OK NOOP completed.", b"n OK NOTIFY completed.", b"y OK NOOP completed."]


def test_flags_only_if_asked_for() -> None:
    lab = WatchedLab()
    lab.add()
    told = lab.notified(b"(selected %s)" % MESSAGE, lab.does(b"STORE 1 +FLAGS (\\Seen)"), b"x NOOP\r\n", select="INBOX")
    assert told == [b"x OK NOOP completed."]


def test_a_mailbox_selected_later_is_the_selected_one() -> None:
    lab = WatchedLab()
    lab.account.create("a")
    lab.add(box="a")
    told = lab.notified(
        b"(selected %s) (personal %s)" % (MESSAGE, MESSAGE), b"s SELECT a\r\n", lab.deliver("a"), lab.deliver()
    )
    assert told[-3:] == [b"* 2 EXISTS", b"* 2 RECENT", b'* STATUS "INBOX" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1000001)']


def test_other_mailboxes() -> None:
    lab = WatchedLab()
    for name in ("a", "b", "c.d"):
        lab.account.create(name)
    told = lab.notified(
        b"(mailboxes (a INBOX) %s) (subtree c %s)" % (ALL, MESSAGE),
        lab.deliver("a"), lab.deliver("b"), lab.deliver("c.d"), lab.does(b"@c.d STORE 1 +FLAGS (\\Deleted)"),
        lab.does(b"@a STORE 1 +FLAGS (\\Seen)"), lab.does(b"@c.d EXPUNGE"),
    )  # fmt: skip
    assert told == [
        b'* STATUS "a" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1000002 UNSEEN 1)',
        b'* STATUS "c.d" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1000004)',
        b'* STATUS "a" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1000002 UNSEEN 0)',
        b'* STATUS "c.d" (MESSAGES 0 UIDNEXT 2 UIDVALIDITY 1000004)',
    ]


def test_a_burst_is_told_once() -> None:
    lab = WatchedLab()

    def burst() -> None:
        for _ in range(50):
            lab.deliver()()

    assert lab.notified(b"(inboxes %s)" % MESSAGE, burst) == [
        b'* STATUS "INBOX" (MESSAGES 50 UIDNEXT 51 UIDVALIDITY 1000001)'
    ]


def test_none_hides_a_mailbox_from_later_groups() -> None:
    lab = WatchedLab()
    lab.account.create("a")
    assert lab.notified(b"(mailboxes a NONE) (personal %s)" % MESSAGE, lab.deliver("a")) == []


def test_status_first() -> None:
    lab = WatchedLab()
    lab.account.create("a")
    lab.account.create("b.c")
    lab.account.subscribe("a")
    out = lab.talk(
        [
            b"s SELECT INBOX\r\n",
            b"e ENABLE CONDSTORE\r\nn NOTIFY SET STATUS (subscribed %s) (inboxes %s)\r\n" % (ALL, MESSAGE),
        ]
    )
    assert out.endswith(
        b'Enabled.\r\n* STATUS "a" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1000002 UNSEEN 0 HIGHESTMODSEQ 1)\r\nn OK NOTIFY completed.\r\n'
    )


def test_names_and_subscriptions() -> None:
    lab = WatchedLab()
    lab.account.create("old.x")
    told = lab.notified(
        b"(personal (MailboxName SubscriptionChange))",
        lab.does(b"CREATE new"), lab.does(b"RENAME old.x old.y"), lab.does(b"SUBSCRIBE new"), lab.does(b"DELETE new"),
        lab.does(b"UNSUBSCRIBE new"), lab.does(b"RENAME old.y z"),
    )  # fmt: skip
    assert told == [
        b'* LIST (\\HasNoChildren) "." "new"',
        b'* LIST (\\HasNoChildren) "." "old.y" ("OLDNAME" ("old.x"))',
        b'* LIST (\\Subscribed \\HasNoChildren) "." "new"',
        b'* LIST (\\NonExistent) "." "new"',
        b'* LIST (\\NonExistent) "." "new"',
        b'* LIST (\\NonExistent) "." "old"',
        b'* LIST (\\HasNoChildren) "." "z" ("OLDNAME" ("old.y"))',
    ]


def test_a_new_mailbox_is_watched_at_once() -> None:
    lab = WatchedLab()
    told = lab.notified(
        b"(personal %s)" % MESSAGE, lab.does(b"CREATE new"), lab.deliver("new"), lab.does(b"DELETE new")
    )
    assert told == [
        b'* STATUS "new" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1000002)',
        b'* STATUS "new" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1000002)',
    ]


def test_own_changes_are_no_news() -> None:
    lab = WatchedLab()
    told = lab.notified(
        b"(personal (MessageNew MessageExpunge MailboxName SubscriptionChange))",
        b"a CREATE new\r\n", lab.tree, b"b SUBSCRIBE new\r\n", lab.tree, b"c RENAME new newer\r\n", lab.tree, b"d DELETE newer\r\n", lab.tree,
    )  # fmt: skip
    assert [line for line in told if line.startswith(b"*")] == []
    assert len(told) == 4


def test_too_many_mailboxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "MAX_WATCHED", 2)
    lab = WatchedLab()
    lab.account.create("a")
    told = lab.notified(b"(personal %s)" % MESSAGE, lab.does(b"CREATE b"), lab.deliver("a"), b"x NOOP\r\n")
    assert told == [b"* OK [NOTIFICATIONOVERFLOW] Too many mailboxes to watch.", b"x OK NOOP completed."]
    assert lab.say(b"NOTIFY SET (personal %s)" % MESSAGE, select="") == [
        b"a NO [NOTIFICATIONOVERFLOW] Too many mailboxes to watch"
    ]


def test_refused_requests_leave_the_old_one() -> None:
    lab = WatchedLab()
    told = lab.notified(
        b"(selected %s)" % MESSAGE, b"a NOTIFY SET (selected (MailboxMetadataChange))\r\n", b"b NOTIFY SET (selected (MessageNew))\r\n",
        lab.deliver(), select="INBOX",
    )  # fmt: skip
    assert told == [
        b"a NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)] Unsupported NOTIFY events",
        b"b BAD MessageNew and MessageExpunge go together",
        b"* 1 EXISTS",
        b"* 1 RECENT",
    ]


def test_nothing_is_left_behind() -> None:
    lab = WatchedLab()
    lab.notified(
        b"(selected %s) (personal %s)" % (ALL, ALL),
        b"n NOTIFY SET (personal %s)\r\n" % ALL,
        b"m NOTIFY NONE\r\n",
        select="INBOX",
    )
    assert lab.watchers == []
    assert lab.followers == []
    lab.notified(b"(selected %s) (personal %s)" % (ALL, ALL), lab.deliver(), select="INBOX")
    assert lab.watchers == []
    assert lab.followers == []


def test_news_wait_for_a_command_that_has_begun() -> None:
    lab = WatchedLab()
    lab.add()
    told = lab.notified(
        b"(selected %s)" % ALL,
        b"f FETCH 1 (UI",
        lab.does(b"STORE 1 +FLAGS (\\Deleted)"),
        lab.does(b"EXPUNGE"),
        b"D)\r\n",
        select="INBOX",
    )
    assert told == [b"* 1 FETCH (UID 1)", b"f OK Fetch completed.", b"* 1 EXPUNGE"]


def test_names_that_are_none_match_nothing() -> None:
    lab = WatchedLab()
    assert lab.notified(b"(mailboxes (& nowhere) %s)" % MESSAGE, lab.deliver()) == []


def test_news_between_commands_are_no_progress_of_one() -> None:
    lab = WatchedLab()
    told = lab.notified(b"(personal %s)" % MESSAGE, lambda: lab.clock.advance(60), lab.does(b"CREATE new"))
    assert told == [b'* STATUS "new" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1000002)']
