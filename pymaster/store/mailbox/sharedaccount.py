"""sharedaccount - a user's own mailboxes, and below `shared` those of others who gave the user rights to them (RFC 4314).

`shared.OWNER.MAILBOX`, with the separator in OWNER's name written as in folder names (`\\2e` for a dot). The users of one uid
can share: which of them shares what is in `shares`, what somebody may do stands in the mailbox's own list. An owner's
account is opened here a second time, as if in another process: what is safe between processes is safe in one, and no
lock of one user's sessions is ever waited for with another's held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from pymaster.model.mailplace import MAILDIR, MBOX, MailPlace
from pymaster.proto.imap.rights import ALL, effective
from pymaster.store.mailbox.contract import Account, Counts, Entry, Mailbox, MailboxError, Usage
from pymaster.store.mailbox.folders import INBOX, canonical, escape, unescape
from pymaster.store.mailbox.indexed import IndexedMailbox
from pymaster.store.mailbox.mboxlayout import CONTROL
from pymaster.store.mailbox.privateseen import PrivateSeen
from pymaster.store.mailbox.reading import told
from pymaster.store.mailbox.sharedmailbox import READ, SharedMailbox, refused
from pymaster.store.mailbox.sharedowners import Owner, Owners
from pymaster.store.mailbox.shares import Boxes, Shares

PREFIX = "shared"


class SharedAccount:
    """See contract.Account."""

    def __init__(self, own: Account, place: MailPlace, shares: Shares, opener: Callable[[MailPlace], Account]) -> None:
        """Owns `own`; `place` is where it lies; `opener` opens others'. Raises OSError, MailboxError."""
        self.own, self.place = own, place
        self.user, self.separator = own.user, own.separator
        self.shared = PREFIX + self.separator
        self._shares = shares
        self._control = place.inbox if place.format == MAILDIR else f"{place.folders}/{CONTROL}"
        self._owners = Owners(shares, self.separator, opener)
        # By name and whether it was opened to be read.
        self._boxes: dict[tuple[str, bool], SharedMailbox] = {}
        self._publish(own, place)

    # Names.

    def foreign(self, name: str) -> bool:
        """Whether a name is below `shared`."""
        return name == PREFIX or name.startswith(self.shared)

    def _split(self, name: str) -> tuple[str, str]:
        """(owner, mailbox) of a name below `shared`. Raises MailboxError."""
        level, _, box = name[len(self.shared) :].partition(self.separator)
        owner = unescape(level, "", self.separator)
        if not owner or not box or owner == self.user or escape(owner, "", self.separator) != level:
            raise MailboxError("NONEXISTENT", "Mailbox doesn't exist")
        return owner, canonical(box, self.separator)

    def _joined(self, owner: str, box: str) -> str:
        return f"{self.shared}{escape(owner, '', self.separator)}{self.separator}{box}"

    # Rights.

    def owner_of(self, name: str) -> str:
        """Whose mailbox it is. Raises MailboxError."""
        return self._split(name)[0] if self.foreign(name) else self.user

    def my_rights(self, name: str) -> frozenset[str]:
        """What the user may do with a mailbox; nothing, when there is none that is shared. Raises MailboxError."""
        return self._rights(*self._split(name)) if self.foreign(name) else ALL

    def _rights(self, user: str, box: str) -> frozenset[str]:
        with told(PREFIX):
            owned = self._shares.read().owners.get(user)
        if owned is None or box not in owned.boxes:
            return frozenset()
        try:
            return effective(self._owners.get(user).account.acl(box), self.user, owner=False)
        except MailboxError as exc:
            if exc.code != "NONEXISTENT":
                raise
            return frozenset()

    def _allowed(self, name: str, right: str) -> tuple[str, str]:
        """(owner, mailbox) of a name below `shared` with which the user may do this. Raises MailboxError."""
        owner, box = self._split(name)
        rights = self._rights(owner, box)
        if right not in rights:
            raise refused(rights)
        return owner, box

    def _may_create(self, owner: Owner, box: str) -> str:
        """The mailbox nearest above a new one, whose rights it gets. Raises MailboxError when nothing may be made there."""
        names = {each.name for each in owner.account.entries() if each.selectable}
        above = box.rpartition(self.separator)[0]
        while above and above not in names:
            above = above.rpartition(self.separator)[0]
        if not above or "k" not in self._rights(owner.account.user, above):
            raise MailboxError("NOPERM", "Permission denied")
        return above

    def acl(self, name: str) -> dict[str, str]:
        """Rights; of others' mailboxes only for who has the right `a`."""
        if not self.foreign(name):
            return self.own.acl(name)
        owner, box = self._allowed(name, "a")
        return self._owners.get(owner).account.acl(box)

    def set_acl(self, name: str, identifier: str, rights: str | None) -> None:
        """Change rights."""
        if not self.foreign(name):
            self.own.set_acl(name, identifier, rights)
            self._publish(self.own, self.place)
            return
        owner, box = self._allowed(name, "a")
        found = self._owners.get(owner)
        found.account.set_acl(box, identifier, rights)
        self._publish(found.account, found.place)

    def _publish(self, account: Account, place: MailPlace) -> None:
        """Have everybody know what is shared of an account."""

        def look() -> Boxes:
            found: Boxes = {}
            for entry in account.entries():
                if not entry.selectable:
                    continue
                rights = {who: given for who, given in account.acl(entry.name).items() if who != account.user}
                if rights:
                    found[entry.name] = rights
            return found

        with told(PREFIX):
            self._shares.publish(place, look)

    def _republish(self) -> None:
        """After mailboxes came or went: only who shares something has to tell."""
        with told(PREFIX):
            shares = self.user in self._shares.read().owners
        if shares:
            self._publish(self.own, self.place)

    # The tree.

    def entries(self) -> list[Entry]:
        """The user's own names, and those of others that may be seen (right `l`)."""
        found = [each for each in self.own.entries() if not self.foreign(each.name)]
        visible = self._visible()
        if not visible:
            return found
        parents: set[str] = set()
        for name in visible:
            at = name.rfind(self.separator)
            while at > 0:
                parents.add(name[:at])
                at = name.rfind(self.separator, 0, at)
        found += [
            Entry(name, name in visible, name in parents, inferiors=name in parents or visible[name])
            for name in visible.keys() | parents
        ]
        return sorted(found, key=lambda each: (each.name != INBOX, each.name))

    def _visible(self) -> dict[str, bool]:
        """Names of others' mailboxes that may be seen, and whether there can be something below."""
        with told(PREFIX):
            shared = self._shares.read()
        found = {}
        for user, box in shared.about(self.user):
            owned = shared.owners[user]
            if (owned.place.separator or ".") != self.separator:
                continue
            if "l" in effective(owned.boxes[box], self.user, owner=False):
                found[self._joined(user, box)] = owned.place.format != MBOX or box == INBOX
        return found

    def opened(self, name: str) -> bool:
        """Whether it is kept open."""
        return (name, True) in self._boxes if self.foreign(name) else self.own.opened(name)

    def open(self, name: str) -> Mailbox:
        """One mailbox, to be read."""
        return self.open_for(name, READ)

    def open_for(self, name: str, right: str) -> Mailbox:
        """One mailbox, for something that takes this right. Raises MailboxError."""
        if not self.foreign(name):
            return self.own.open(name)
        user, box = self._allowed(name, right)
        name = self._joined(user, box)
        owner = self._owners.get(user)
        inner = cast(IndexedMailbox, owner.account.open(box))
        key = (name, right == READ)
        found = self._boxes.get(key)
        if found is None or found.inner is not inner:
            found = self._made(key, user, owner, inner)
        found.holders += 1
        owner.used += 1
        return found

    def _made(self, key: tuple[str, bool], user: str, owner: Owner, inner: IndexedMailbox) -> SharedMailbox:
        name, reading = key
        try:
            with told(name):
                seen = PrivateSeen(self._control, user, inner.mailbox_id, inner.uidvalidity)
            made = SharedMailbox(name, inner, seen, lambda: self._rights(user, inner.name), reading)
        except BaseException:
            inner.close()
            raise
        made.left = lambda: self._left(made, owner)
        self._boxes[key] = made
        return made

    def _left(self, mailbox: SharedMailbox, owner: Owner) -> None:
        """One who opened a mailbox has closed it."""
        owner.used -= 1
        if not mailbox.holders:
            for key in [key for key, each in self._boxes.items() if each is mailbox]:
                del self._boxes[key]

    def counts(self, name: str) -> Counts:
        """STATUS."""
        if not self.foreign(name):
            return self.own.counts(name)
        mailbox = self.open(name)
        try:
            mailbox.refresh()
            return mailbox.counts()
        finally:
            mailbox.close()

    def create(self, name: str, special: Sequence[str] = ()) -> str:
        """A new mailbox; in somebody else's account it gets the rights of the one above it."""
        if not self.foreign(name):
            return self.own.create(name, special)
        if special:
            raise MailboxError("USEATTR", "Somebody else's mailbox can have no special use")
        try:
            user, box = self._split(name)
            owner = self._owners.get(user)
        except MailboxError as exc:
            # Whether there is such an owner is not told.
            raise MailboxError("NOPERM", "Permission denied") from exc
        above = self._may_create(owner, box)
        made = owner.account.create(box)
        for who, rights in owner.account.acl(above).items():
            if who != user:
                owner.account.set_acl(box, who, rights)
        self._publish(owner.account, owner.place)
        return made

    def delete(self, name: str) -> None:
        """Remove a mailbox (right `x`)."""
        if not self.foreign(name):
            self.own.delete(name)
            self._republish()
            return
        user, box = self._allowed(name, "x")
        owner = self._owners.get(user)
        owner.account.delete(box)
        self._publish(owner.account, owner.place)

    def rename(self, old: str, new: str) -> None:
        """Rename within one account; in somebody else's with `x` for all that moves, and `k` where it goes."""
        if not self.foreign(old) and not self.foreign(new):
            self.own.rename(old, new)
            self._republish()
            return
        if not self.foreign(old) or not self.foreign(new) or self._split(old)[0] != self._split(new)[0]:
            raise MailboxError("CANNOT", "A mailbox can't go to another account")
        (user, before), (_, after) = self._allowed(old, "x"), self._split(new)
        if before == INBOX:
            raise MailboxError("CANNOT", "Somebody else's INBOX can't be renamed")
        owner = self._owners.get(user)
        for each in owner.account.entries():
            below = each.selectable and each.name.startswith(before + self.separator)
            if below and "x" not in self._rights(user, each.name):
                raise MailboxError("NOPERM", "Permission denied")
        self._may_create(owner, after)
        owner.account.rename(before, after)
        self._publish(owner.account, owner.place)
        self._renamed(user)

    def _renamed(self, user: str) -> None:
        """Mailboxes that are open have other names now."""
        for key, mailbox in list(self._boxes.items()):
            if self._split(key[0])[0] == user:
                mailbox.name = self._joined(user, mailbox.inner.name)
                self._boxes[mailbox.name, key[1]] = self._boxes.pop(key)

    # What is the user's own.

    def subscriptions(self) -> list[str]:
        """Subscribed names, but for mailboxes of others that may not be seen."""
        names = self.own.subscriptions()
        if not any(self.foreign(name) for name in names):
            return names
        visible = self._visible()
        return [name for name in names if not self.foreign(name) or name in visible]

    def subscribe(self, name: str, on: bool = True) -> None:
        """Change a subscription."""
        self.own.subscribe(name, on)

    def usage(self) -> Usage:
        """The user's own quota; what goes into others' mailboxes counts for them."""
        return self.own.usage()

    def set_quota(self, storage: int, messages: int) -> None:
        """Set limits."""
        self.own.set_quota(storage, messages)

    def metadata(self, name: str) -> dict[str, bytes]:
        """Annotations; of others' mailboxes those that are for all (right `r`)."""
        if not self.foreign(name):
            return self.own.metadata(name)
        user, box = self._allowed(name, READ)
        found = self._owners.get(user).account.metadata(box)
        return {entry: value for entry, value in found.items() if entry.startswith("/shared/")}

    def set_metadata(self, name: str, values: dict[str, bytes | None]) -> None:
        """Change annotations; of others' mailboxes those that are for all (right `w`)."""
        if not self.foreign(name):
            self.own.set_metadata(name, values)
            return
        user, box = self._allowed(name, "w")
        if not all(entry.startswith("/shared/") for entry in values):
            raise MailboxError("NOPERM", "Only shared annotations are possible here")
        self._owners.get(user).account.set_metadata(box, values)

    def watched(self) -> list[str]:
        """Where mailboxes come and go."""
        return [*self.own.watched(), self._shares.folder]

    def close(self) -> None:
        """The last session left."""
        self._owners.close()
        self.own.close()
