"""accountbase - an Account over a Layout: the tree of names, open mailboxes, special uses, annotations, rights, quota."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence

from pymaster.model.mailplace import MailPlace
from pymaster.store.mailbox.contract import Counts, Entry, MailboxError, Usage
from pymaster.store.mailbox.control import ACL, SUBSCRIPTIONS, Control, acl_text, parse_acl, read_small, replace_small
from pymaster.store.mailbox.driver import Layout
from pymaster.store.mailbox.entry import Head
from pymaster.store.mailbox.folders import INBOX, canonical, check, check_new
from pymaster.store.mailbox.index import LOG, peek
from pymaster.store.mailbox.indexed import IndexedMailbox, Setting, counts_of
from pymaster.store.mailbox.reading import told
from pymaster.store.safeopen import open_directory
from pymaster.util import log
from pymaster.util.clock import Clock

# RFC 4314: everything, for the owner.
ALL_RIGHTS = "lrswipkxtea"
MAX_METADATA = 1 << 20
# Mailboxes kept open that nobody uses: their next opening costs nothing.
KEPT = 16


class StoredAccount:
    """One user's mailboxes on disk; see contract.Account."""

    subscriptions_file, shared = SUBSCRIPTIONS, ""

    def __init__(self, place: MailPlace, layout: Layout, stored: str, clock: Clock) -> None:
        """`stored`: the separator that `subscriptions` is written with. Raises OSError."""
        self.user, self.separator, self.clock = place.user, place.separator or ".", clock
        # Whether messages saved here get $HasAttachment or $HasNoAttachment.
        self.attachments = False
        self._layout, self._configured = layout, parse_quota(place.quota)
        path = layout.control()
        self._control = Control(open_directory(path, follow=True), path, (self.separator, stored), clock)
        self._control.subscriptions_file = self.subscriptions_file
        self._open: dict[str, IndexedMailbox] = {}
        self._heads: dict[str, tuple[tuple[int, int], Head]] = {}
        layout.validity = self._control.next_validity
        self._make_special(place.special)

    def _make_special(self, special: str) -> None:
        """The mailboxes with a special use that are configured, each made once in the account's life."""
        wanted = [each.strip(" ").partition("=") for each in special.split(",") if "=" in each]
        made = self._control.account().get("made", [])
        for name, _, use in wanted:
            if name in made:
                continue
            try:
                checked = check_new(name, self.separator)
                if not self._layout.exists(checked):
                    self._layout.create(checked)
                self.subscribe(checked)
                with self._control.change() as settings:
                    settings.setdefault("made", []).append(name)
                    if not any(use in uses for uses in settings.get("special", {}).values()):
                        settings.setdefault("special", {}).setdefault(checked, []).append(use)
            except (MailboxError, OSError) as exc:
                log.warning(f"account {self.user}: cannot make mailbox {name}: {exc}")

    # The tree.

    def entries(self) -> list[Entry]:
        """Every name."""
        with told(self.user):
            boxes, levels = self._layout.names()
        parents: set[str] = set()
        for name in boxes | levels:
            at = name.rfind(self.separator)
            while at > 0 and name[:at] not in parents:
                parents.add(name[:at])
                at = name.rfind(self.separator, 0, at)
        special = self._control.account().get("special", {})
        return [
            Entry(name, name in boxes, name in parents, tuple(special.get(name, ())))
            for name in sorted(boxes | levels | parents, key=lambda name: (name != INBOX, name))
        ]

    def open(self, name: str) -> IndexedMailbox:
        """One mailbox."""
        name = canonical(name, self.separator)
        # The one used last comes last.
        found = self._open.pop(name, None) or self._opened(check_found(name, self.separator))
        self._open[name] = found
        found.holders += 1
        self._trim()
        return found

    def opened(self, name: str) -> bool:
        """Whether it is kept open."""
        return canonical(name, self.separator) in self._open

    def _trim(self) -> None:
        """Close those that nobody has used for the longest time."""
        unused = [name for name, mailbox in self._open.items() if not mailbox.holders]
        for name in unused[: max(len(unused) - KEPT, 0)]:
            self._open.pop(name).shut()

    def _opened(self, name: str) -> IndexedMailbox:
        with told(name):
            driver = self._layout.driver(name)
            place, index_fd = "", None
            try:
                place = self._layout.index(name)
                index_fd = open_directory(place, follow=True) if place else None
            except OSError as exc:
                log.warning(f"mailbox {name}: no index: {exc}")
            setting = Setting(self.clock, self._room, self.attachments)
            return IndexedMailbox(name, driver, index_fd, place, setting)

    def counts(self, name: str) -> Counts:
        """STATUS: from the head of the index if it is fresh."""
        name = check_found(name, self.separator)
        if name in self._open:
            mailbox = self.open(name)
            try:
                mailbox.refresh()
                return mailbox.counts()
            finally:
                mailbox.close()
        with told(name):
            driver = self._layout.driver(name)
            try:
                head = self._head(name)
                if head is not None and not driver.changed(head.stamp):
                    return counts_of(head)
            finally:
                driver.close()
        mailbox = self.open(name)
        try:
            return mailbox.counts()
        finally:
            mailbox.close()

    def _head(self, name: str) -> Head | None:
        """What the index of a mailbox that is not open says."""
        place = self._layout.index(name)
        try:
            found = os.stat(f"{place}/{LOG}", follow_symlinks=False)
        except OSError:
            return None
        key = (found.st_ino, found.st_size)
        kept = self._heads.get(name)
        if kept is not None and kept[0] == key:
            return kept[1]
        fd = open_directory(place, follow=True)
        try:
            head = peek(fd)
        finally:
            os.close(fd)
        if head is not None:
            self._heads[name] = (key, head)
        return head

    def create(self, name: str, special: Sequence[str] = ()) -> str:
        """A new mailbox."""
        if name.endswith(self.separator):
            name = name[:-1]
        name = check_new(name, self.separator)
        twin = unicodedata.normalize("NFC", name)
        with told(name):
            if name == INBOX or self._layout.exists(name) or (twin != name and self._layout.exists(twin)):
                raise MailboxError("ALREADYEXISTS", "Mailbox already exists")
            taken = {use for uses in self._control.account().get("special", {}).values() for use in uses}
            if taken & set(special):
                raise MailboxError("USEATTR", "Another mailbox has this special use")
            self._layout.create(name)
            if special:
                with self._control.change() as settings:
                    settings.setdefault("special", {})[name] = list(special)
        mailbox = self.open(name)
        try:
            return mailbox.mailbox_id
        finally:
            mailbox.close()

    def delete(self, name: str) -> None:
        """Remove a mailbox."""
        name = check_found(name, self.separator)
        if name == INBOX:
            raise MailboxError("CANNOT", "INBOX can't be deleted")
        with told(name):
            if not self._layout.exists(name):
                raise MailboxError("NONEXISTENT", f"Mailbox doesn't exist: {name}")
            self._layout.delete(name)
            if name in self._open:
                self._forget(self._open.pop(name))
            self._heads.pop(name, None)
            with self._control.change() as settings:
                for kind in ("special", "metadata"):
                    settings.get(kind, {}).pop(name, None)

    @staticmethod
    def _forget(mailbox: IndexedMailbox) -> None:
        """The mailbox is gone: whoever holds it will learn that."""
        mailbox.deleted = True
        if not mailbox.holders:
            mailbox.shut()

    def rename(self, old: str, new: str) -> None:
        """Rename with children, or move INBOX's messages."""
        old, new = check_found(old, self.separator), check_new(new, self.separator)
        with told(old):
            if new == INBOX or self._layout.exists(new):
                raise MailboxError("ALREADYEXISTS", "Target mailbox already exists")
            if old == INBOX:
                self._move_inbox(new)
                return
            names = self._layout.names()[0]
            below = old + self.separator
            moved = sorted(name for name in names if name == old or name.startswith(below))
            if not moved:
                raise MailboxError("NONEXISTENT", f"Mailbox doesn't exist: {old}")
            targets = [check_new(new + name[len(old) :], self.separator) for name in moved]
            if any(target in names and target not in moved for target in targets):
                raise MailboxError("ALREADYEXISTS", "Target mailbox already exists")
            pairs = list(zip(moved, targets, strict=True))
            # Each before one that takes its name.
            self._rename_all(pairs[::-1] if new.startswith(below) else pairs)

    def _move_inbox(self, new: str) -> None:
        self.create(new)
        inbox, target = self.open(INBOX), self.open(new)
        try:
            inbox.refresh()
            inbox.copy(list(inbox.state.uids), target, move=True)
        finally:
            target.close()
            inbox.close()

    def _rename_all(self, pairs: list[tuple[str, str]]) -> None:
        done: list[tuple[str, str]] = []
        try:
            for before, after in pairs:
                self._layout.rename(before, after)
                done.append((before, after))
        except (OSError, MailboxError):
            for before, after in reversed(done):
                self._layout.rename(after, before)
            raise
        for before, after in done:
            self._heads.pop(before, None)
            mailbox = self._open.pop(before, None)
            if mailbox is not None:
                mailbox.driver.close()
                mailbox.name, mailbox.place = after, self._layout.index(after)
                mailbox.driver = self._layout.driver(after)
                self._open[after] = mailbox
        with self._control.change() as settings:
            for kind in ("special", "metadata"):
                kept = settings.get(kind, {})
                for before, after in done:
                    if before in kept:
                        kept[after] = kept.pop(before)

    # Subscriptions.

    def subscriptions(self) -> list[str]:
        """Subscribed names."""
        with told(self.user):
            return self._control.subscriptions()

    def subscribe(self, name: str, on: bool = True) -> None:
        """Change a subscription."""
        name = check(name, self.separator) if on else canonical(name, self.separator)
        with told(self.user):
            self._control.subscribe(name, on=on)

    # Quota.

    def usage(self) -> Usage:
        """What all mailboxes hold, and the limits."""
        storage, messages = self.limits()
        used = Usage(0, storage, 0, messages)
        with told(self.user):
            for name in self._layout.names()[0]:
                counts = self._held(name)
                used.storage += counts.size
                used.messages += counts.messages
        return used

    def _held(self, name: str) -> Counts:
        if name in self._open:
            return self._open[name].counts()
        head = self._head(name)
        # The first time it is counted by opening it; later the sums in its index are good enough.
        return counts_of(head) if head is not None else self.counts(name)

    def limits(self) -> tuple[int, int]:
        """(octets, messages), 0 for none."""
        if self._configured is not None:
            return self._configured
        kept = self._control.account().get("quota", [0, 0])
        return (int(kept[0]), int(kept[1])) if len(kept) == 2 else (0, 0)

    def set_quota(self, storage: int, messages: int) -> None:
        """Set limits."""
        if self._configured is not None:
            raise MailboxError("NOPERM", "Quota is set by the administrator")
        with told(self.user), self._control.change() as settings:
            settings["quota"] = [max(0, storage), max(0, messages)]

    def _room(self, storage: int, messages: int) -> None:
        if self.limits() == (0, 0):
            return
        used = self.usage()
        if (used.storage_limit and used.storage + storage > used.storage_limit) or (
            used.messages_limit and used.messages + messages > used.messages_limit
        ):
            raise MailboxError("OVERQUOTA", "Quota exceeded")

    # Annotations and rights.

    def metadata(self, name: str) -> dict[str, bytes]:
        """Annotations."""
        kept = self._control.account().get("metadata", {}).get(canonical(name, self.separator), {})
        return {entry: value.encode("latin-1") for entry, value in kept.items()}

    def set_metadata(self, name: str, values: dict[str, bytes | None]) -> None:
        """Change annotations, all or none."""
        name = self._existing(name) if name else ""
        with told(name), self._control.change() as settings:
            kept = settings.setdefault("metadata", {}).setdefault(name, {})
            for entry, value in values.items():
                if value is None:
                    kept.pop(entry, None)
                else:
                    kept[entry] = value.decode("latin-1")
            if sum(len(entry) + len(value) for entry, value in kept.items()) > MAX_METADATA:
                raise MailboxError("LIMIT", "Too many annotations")

    def acl(self, name: str) -> dict[str, str]:
        """Rights."""
        with self._rights(name) as fd:
            return {self.user: ALL_RIGHTS, **parse_acl(read_small(fd, ACL), self.user)}

    def set_acl(self, name: str, identifier: str, rights: str | None) -> None:
        """Change rights."""
        if re.search('[\0-\x1f"\x7f]', identifier) or not identifier or (rights and re.search("[^a-z]", rights)):
            raise MailboxError("CANNOT", "Invalid identifier or rights")
        with self._rights(name) as fd, self._control.locked():
            kept = parse_acl(read_small(fd, ACL), self.user)
            if rights is None:
                kept.pop(identifier, None)
            else:
                kept[identifier] = rights
            replace_small(fd, ACL, acl_text(kept, self.user))

    @contextlib.contextmanager
    def _rights(self, name: str) -> Iterator[int]:
        name = self._existing(name)
        with told(name):
            fd = open_directory(self._layout.rights(name), follow=True)
            try:
                yield fd
            finally:
                os.close(fd)

    def _existing(self, name: str) -> str:
        name = check_found(name, self.separator)
        if not self._layout.exists(name):
            raise MailboxError("NONEXISTENT", f"Mailbox doesn't exist: {name}")
        return name

    def watched(self) -> list[str]:
        """Where mailboxes come and go."""
        return self._layout.watched()

    def close(self) -> None:
        """The last session left it."""
        for mailbox in self._open.values():
            mailbox.shut()
        self._open.clear()
        self._control.close()
        self._layout.close()


def check_found(name: str, separator: str) -> str:
    """The canonical form of a name that should exist; one that never could does not exist."""
    try:
        return check(name, separator)
    except MailboxError as exc:
        raise MailboxError("NONEXISTENT", "Mailbox doesn't exist") from exc


def parse_quota(text: str) -> tuple[int, int] | None:
    """(octets, messages) of `storage=BYTES:messages=N`, None when nothing is configured."""
    found = dict(re.findall(r"(storage|messages)=([0-9]{1,18})", text))
    return (int(found.get("storage", 0)), int(found.get("messages", 0))) if found else None
