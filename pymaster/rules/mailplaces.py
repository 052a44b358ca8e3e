"""mailplaces - where a user's mail lies, by the parameters with which local(8) and virtual(8) deliver it, told once.

`bob` and `bob@domain-of-mydestination` are users of this machine, `bob@virtual.domain` is one of virtual_mailbox_maps; a
bare name that is no user of this machine is tried there with $myorigin. Fields of a back end (uid, gid, home, mail,
quota_rule) come before all of that, as in Dovecot's userdb. Root's and the mail system's own files are nobody's mail.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pymaster.config.params.auth import AuthParams
from pymaster.config.params.core import CoreParams
from pymaster.config.params.local import LocalParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.lookup import OpenMaps
from pymaster.model.mailplace import MAILDIR, MBOX, MailPlace
from pymaster.rules import mailboxpaths
from pymaster.rules.localdomain import LocalDomains
from pymaster.rules.mailboxpaths import BadTarget, VirtualMailboxes
from pymaster.util.passwd import User

_VARIABLE = re.compile(r"%([a-zA-Z%])")
_SIZE = re.compile(r"([0-9]{1,15})([bkmgt%]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
# The folders of a virtual user's mbox are beside it: its path with this behind.
FOLDERS = ".folders"


class NoMail(Exception):
    """The user is known, but there is no mail place that may be used; the text is for the log."""


@dataclass(slots=True)
class _Draft:
    """What is known so far; `mail` is a path as mailboxpaths makes them, or `maildir:`, `mbox:` of a back end."""

    uid: int
    gid: int
    home: str
    mail: str
    folders: str = ""


class MailPlaces:
    """The user lookup of one snapshot. `by_name` asks the user database; `refused` are uids that own no mail."""

    def __init__(
        self, snapshot: Snapshot, open_maps: OpenMaps, by_name: Callable[[bytes], User | None], refused: frozenset[int]
    ) -> None:
        self._params, self._local = snapshot[AuthParams], snapshot[LocalParams]
        self._by_name, self._refused = by_name, refused | {0}
        self._domains = LocalDomains(snapshot, open_maps)
        self._virtual = VirtualMailboxes(snapshot, open_maps)
        self._origin = snapshot[CoreParams].myorigin
        self._special = ",".join(split_list(self._params.mailbox_special_use))

    def find(self, user: str, fields: Mapping[str, str]) -> MailPlace | None:
        """The place of a user's mail; None for an unknown user. Raises LookupFailed, NoMail."""
        draft = self._given(user, fields) or self._known(user)
        if draft is None:
            return None
        uid, gid = _override(fields, "uid", draft.uid), _override(fields, "gid", draft.gid)
        if uid in self._refused or gid == 0:
            raise NoMail(f"uid {uid}, gid {gid} may not own mail: root and mail_owner have other things to keep")
        home = fields.get("home") or draft.home
        mail = fields.get("mail") or draft.mail
        if not mail:
            raise NoMail("no mail location")
        kind, inbox, folders = self._location(mail, user, home)
        if not fields.get("mail"):
            folders = draft.folders or folders
        for path in (inbox, folders, *([home] if home else [])):
            if not path.startswith("/") or "\0" in path or ".." in path.split("/"):
                raise NoMail(f"bad path {path}")
        index = self._params.mailbox_index_directory
        rule = fields.get("quota_rule") or self._params.mailbox_default_quota
        return MailPlace(
            user,
            uid,
            gid,
            home,
            kind,
            inbox,
            folders,
            os.path.join(index, user) if index else "",
            self._params.mailbox_separator,
            quota(rule),
            self._special,
        )

    @staticmethod
    def _given(user: str, fields: Mapping[str, str]) -> _Draft | None:
        """A user whom a back end describes completely."""
        if not (fields.get("uid") and fields.get("gid") and (fields.get("mail") or fields.get("home"))):
            return None
        # With a home and nothing else, Dovecot's usual layout.
        return _Draft(-1, -1, "", "maildir:~/Maildir")

    def _known(self, user: str) -> _Draft | None:
        name, at, domain = user.rpartition("@")
        if not at:
            name, domain = user, ""
        if not at or self._domains.matches(domain.encode()):
            found = self._by_name(name.encode())
            if found is not None:
                path, _ = mailboxpaths.system(self._local, found.name, found.home)
                return _Draft(found.uid, found.gid, found.home, path)
        if not self._virtual:
            return None
        return self._in_tables(user if at else f"{user}@{self._origin}")

    def _in_tables(self, address: str) -> _Draft | None:
        try:
            target = self._virtual.find(address.encode())
        except BadTarget as exc:
            raise NoMail(str(exc)) from None
        if target is None:
            return None
        if target.path.endswith("/"):
            return _Draft(target.uid, target.gid, target.path.rstrip("/"), target.path)
        return _Draft(target.uid, target.gid, os.path.dirname(target.path), target.path, target.path + FOLDERS)

    def _location(self, mail: str, user: str, home: str) -> tuple[str, str, str]:
        """(format, inbox, folders) of a location; raises NoMail."""
        kind, colon, rest = mail.partition(":")
        if not colon or kind not in (MAILDIR, MBOX):
            path = _expand(mail, user, home)
            if path.endswith("/"):
                return MAILDIR, path.rstrip("/") or "/", path.rstrip("/") or "/"
            return MBOX, path, self._mbox_folders(home)
        root, *options = rest.split(":")
        path = _expand(root, user, home).rstrip("/")
        if kind == MAILDIR:
            return MAILDIR, path, path
        inbox = next((word[6:] for word in options if word.startswith("INBOX=")), "")
        return MBOX, _expand(inbox, user, home) if inbox else f"{path}/inbox", path

    def _mbox_folders(self, home: str) -> str:
        return os.path.normpath(os.path.join(home, self._params.mailbox_mbox_directory))


def _override(fields: Mapping[str, str], name: str, known: int) -> int:
    value = fields.get(name)
    if not value:
        return known
    number = mailboxpaths.numeric(value.encode())
    if number is None:
        raise NoMail(f"bad {name} {value}")
    return number


def _expand(text: str, user: str, home: str) -> str:
    """A location with `~/` and %u %n %d %h put in; raises NoMail for another variable."""
    name, _, domain = user.partition("@")
    values = {"u": user, "n": name, "d": domain, "h": home, "%": "%"}

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise NoMail(f"unknown variable %{found[1]} in mail location")
        return values[found[1]]

    text = _VARIABLE.sub(value, text)
    return home + text[1:] if text == "~" or text.startswith("~/") else text


def quota(rule: str) -> str:
    """`storage=BYTES:messages=N` of a rule (`*:storage=1G`, `storage=1G:messages=1000`, `1G`); "" for none or nonsense."""
    made = {}
    for word in rule.replace(",", ":").split(":"):
        name, equals, value = word.strip(" ").partition("=")
        if not equals and _SIZE.fullmatch(name):
            name, value = "storage", name
        found = _SIZE.fullmatch(value)
        if found is None or found[2] == "%":
            continue
        if name in ("storage", "bytes"):
            # Dovecot counts a bare `storage` in kilobytes.
            unit = "k" if name == "storage" and not found[2] and equals else found[2].lower()
            made["storage"] = int(found[1]) * _UNITS[unit]
        elif name == "messages" and not found[2]:
            made["messages"] = int(found[1])
    return ":".join([f"{name}={value}" for name, value in made.items() if value])
