"""notifier - what NOTIFY has asked for (RFC 5465), while a session lasts: watches mailboxes and tells what became of them.

Changes arrive as wakes that name what may have changed; when the session may speak, the new state is compared with the one
that was told last. So a burst of changes is one response, and nothing piles up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymaster.dialog.imapd import foreign, tree
from pymaster.dialog.imapd.fetching import fetch_items
from pymaster.dialog.imapd.names import encode
from pymaster.dialog.imapd.tree import Node
from pymaster.proto.imap import notify
from pymaster.proto.imap.fetch_items import Item
from pymaster.proto.imap.listpattern import INBOX
from pymaster.proto.imap.notify import Group
from pymaster.store.mailbox.contract import Counts, Mailbox, MailboxError

if TYPE_CHECKING:
    from pymaster.dialog.imapd.selected import Selected
    from pymaster.dialog.imapd.session import Session

# Mailboxes that one session may have watched: each is held open.
MAX_WATCHED = 500


class Overflow(Exception):
    """More is to be watched than one session may."""


@dataclass(slots=True)
class Watched:
    """One mailbox that is watched, with what was told of it."""

    mailbox: Mailbox
    told: Counts
    release: Callable[[], None]


class Notifier:
    """Event groups at work. `groups` have mailbox names as the store knows them."""

    def __init__(self, session: Session, groups: list[tuple[Group[Item], frozenset[str]]]) -> None:
        self.session = session
        self.groups = [pair for pair in groups if pair[0].kind not in (notify.SELECTED, notify.SELECTED_DELAYED)]
        here = [group for group, _ in groups if group.kind in (notify.SELECTED, notify.SELECTED_DELAYED)]
        # Items to fetch of new messages in the selected mailbox.
        self.items = here[0].items if here else []
        self.boxes: dict[str, Watched] = {}
        self.dirty: set[str] = set()
        self.tree_dirty = False
        self.nodes: dict[str, Node] = {}
        self.ids: dict[str, str] = {}
        self.selected: Selected | None = None
        self.last_uid = 0
        self.leave: Callable[[], None] = _nothing
        self.release: Callable[[], None] = _nothing
        self.wants_tree = any(group.events & {notify.NAME, notify.SUBSCRIPTION} for group, _ in self.groups)

    # Who is watched.

    def start(self, *, status: bool) -> None:
        """Begin; `status`: tell the numbers of every mailbox at once. Raises Overflow, then `close` it."""
        session = self.session
        if self.groups:
            self.release = session.world.watch(session.account.watched(), self._wake_tree)
            self._read_tree()
            self._attach(tell=status)
            self.ids = {name: self._id(name) for name in self._named()}

    def _wake_tree(self) -> None:
        self.tree_dirty = True
        self.session.io.wake()

    def _read_tree(self) -> None:
        self.nodes = tree.nodes(self.session, subscriptions=True)

    def events(self, name: str) -> frozenset[bytes]:
        """The events of interest of a mailbox that is not selected: all groups count, up to one that says NONE."""
        found: frozenset[bytes] = frozenset()
        for group, names in self.groups:
            if self._matches(group, names, name):
                if not group.events:
                    break
                found |= group.events
        return found

    def _matches(self, group: Group[Item], names: frozenset[str], name: str) -> bool:
        if group.kind == notify.PERSONAL:
            return not foreign.is_foreign(self.session, name)
        if group.kind == notify.INBOXES:
            return name == INBOX
        if group.kind == notify.SUBSCRIBED:
            node = self.nodes.get(name)
            return node is not None and node.subscribed
        if name in names or group.kind == notify.MAILBOXES:
            return name in names
        return any(parent in names for parent in tree.parents(name, self.session.account.separator))

    def _attach(self, *, tell: bool) -> None:
        """Watch what is to be watched by now, and nothing else; `tell` the numbers of those that come anew."""
        wanted = [
            name
            for name, node in self.nodes.items()
            if node.exists and node.selectable and notify.NEW in self.events(name)
        ]
        if len(wanted) > MAX_WATCHED:
            raise Overflow
        for name in set(self.boxes).difference(wanted):
            self._detach(name)
        for name in wanted:
            if name not in self.boxes and self._watch(name) and tell and name != self._selected_name():
                self._tell_status(name, self.boxes[name].told)
            self.session.breathe()

    def _watch(self, name: str) -> bool:
        session = self.session
        try:
            mailbox = session.open(name)
        except MailboxError:
            return False

        def changed() -> None:
            self.dirty.add(name)
            session.io.wake()

        unwatch = session.world.watch(mailbox.watched(), changed)
        unfollow = session.world.follow(mailbox, changed)

        def release() -> None:
            unwatch()
            unfollow()
            mailbox.close()

        self.boxes[name] = Watched(mailbox, mailbox.counts(), release)
        return True

    def _detach(self, name: str) -> None:
        self.boxes.pop(name).release()
        self.dirty.discard(name)

    def follow_selected(self) -> None:
        """Have changes of the mailbox that is selected now wake the session; called before each wait."""
        session = self.session
        if session.selected is self.selected:
            return
        self.leave()
        self.leave, self.selected = _nothing, session.selected
        if self.selected is None:
            return
        view, mailbox = self.selected.view, self.selected.mailbox
        self.last_uid = view.uids[-1] if len(view) else 0
        if session.unasked:
            unwatch = session.world.watch(mailbox.watched(), session.io.wake)
            unfollow = session.world.follow(mailbox, session.io.wake)
            self.leave = _both(unwatch, unfollow)
            # What came between SELECT and this moment woke nobody.
            session.woken = True

    def close(self) -> None:
        """The session ends, or asks for something else."""
        self.leave()
        self.release()
        self.leave = self.release = _nothing
        for name in list(self.boxes):
            self._detach(name)

    # What is told.

    def tell(self) -> None:
        """Say what has changed since the last time; the selected mailbox's own news went before."""
        self._tell_fetched()
        try:
            if self.tree_dirty:
                self.tree_dirty = False
                self._tell_tree()
        except Overflow:
            self.session.stop_notifying()
            self.session.write(b"* OK [NOTIFICATIONOVERFLOW] Too many mailboxes to watch.\r\n")
            return
        dirty, self.dirty = sorted(self.dirty), set()
        for name in dirty:
            self._tell_box(name)

    def rebase(self) -> None:
        """The session's own command changed names or subscriptions, which it need not be told."""
        if self.groups:
            try:
                self._read_tree()
                self._attach(tell=False)
            except Overflow:
                self.tree_dirty = True
                return
            self.ids = {name: self.ids.get(name) or self._id(name) for name in self._named()}

    def _tell_fetched(self) -> None:
        """FETCH responses for messages that the selected mailbox's EXISTS has just told of."""
        selected = self.session.selected
        if selected is None or selected is not self.selected:
            return
        first = bisect_right(selected.view.uids, self.last_uid)
        if first < len(selected.view):
            self.last_uid = selected.view.uids[-1]
            if self.items and self.session.news_wanted:
                fetch_items(self.session, self.items, [range(first, len(selected.view))])

    def _selected_name(self) -> str:
        selected = self.session.selected
        return selected.mailbox.name if selected is not None else ""

    def _tell_box(self, name: str) -> None:
        watched = self.boxes.get(name)
        if watched is None:
            return
        try:
            with self.session.world.lock(watched.mailbox):
                self.session.world.run(watched.mailbox.refresh)
        except MailboxError:
            self._detach(name)
            return
        told, now = watched.told, watched.mailbox.counts()
        watched.told = now
        # A mailbox that was renamed is the tree's news, not the old name's.
        if name == self._selected_name() or watched.mailbox.name != name:
            return
        came_or_went = (now.messages, now.uidnext, now.uidvalidity) != (told.messages, told.uidnext, told.uidvalidity)
        if came_or_went or (now.highest != told.highest and notify.FLAGS in self.events(name)):
            self._tell_status(name, now)

    def _tell_status(self, name: str, counts: Counts) -> None:
        text = b"MESSAGES %d UIDNEXT %d UIDVALIDITY %d" % (counts.messages, counts.uidnext, counts.uidvalidity)
        if notify.FLAGS in self.events(name):
            text += b" UNSEEN %d" % counts.unseen
        if self.session.condstore:
            text += b" HIGHESTMODSEQ %d" % counts.highest
        self.session.write(b"* STATUS %s (%s)\r\n" % (encode(self.session, name), text))

    def _named(self) -> list[str]:
        """Mailboxes whose names are of interest."""
        if not self.wants_tree:
            return []
        return [name for name, node in self.nodes.items() if node.exists and notify.NAME in self.events(name)]

    def _id(self, name: str) -> str:
        """What tells a renamed mailbox from a new one; "" for a mere level."""
        if not self.nodes[name].selectable:
            return ""
        try:
            return self.session.account.counts(name).mailbox_id
        except MailboxError:
            return ""

    def _tell_tree(self) -> None:
        """Mailboxes that came, went or were renamed; subscriptions that changed."""
        before, old_ids = self.nodes, self.ids
        self._read_tree()
        if self.wants_tree:
            named = self._named()
            self.ids = {name: old_ids.get(name) or self._id(name) for name in named}
            self._tell_names(old_ids)
            came = set(self.ids).difference(old_ids)
            self._tell_subscriptions(before, came)
        self._attach(tell=True)

    def _tell_names(self, old_ids: dict[str, str]) -> None:
        came = [name for name in self.ids if name not in old_ids]
        ids = {self.ids[name] for name in came if self.ids[name]}
        renamed: dict[str, str] = {}
        for name, number in old_ids.items():
            if name not in self.ids:
                if number in ids:
                    renamed[number] = name
                else:
                    self._tell_name(name, b"\\NonExistent")
        for name in came:
            old = renamed.get(self.ids[name])
            more = b' ("OLDNAME" (%s))' % encode(self.session, old) if old else b""
            self._tell_name(name, self._words(name), more)

    def _tell_subscriptions(self, before: dict[str, Node], told: set[str]) -> None:
        was = {name for name, node in before.items() if node.subscribed}
        now = {name for name, node in self.nodes.items() if node.subscribed}
        for name in tree.ordered(was ^ now):
            if name not in told and notify.SUBSCRIPTION in self.events(name):
                self._tell_name(name, self._words(name))

    def _words(self, name: str) -> bytes:
        node = self.nodes.get(name) or Node(name, False, False)
        return tree.attributes(node, extended=True, subscribed=True)

    def _tell_name(self, name: str, words: bytes, more: bytes = b"") -> None:
        self.session.write(tree.line(self.session, name, words, more=more))


def _nothing() -> None:
    return


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def release() -> None:
        first()
        second()

    return release
