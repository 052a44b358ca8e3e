"""mailboxpaths - the mailbox of a recipient or user by local(8)'s and virtual(8)'s parameters; for delivery and for login.

`PATH/` is a Maildir, `PATH` an mbox. Source: postconf(5) home_mailbox, mail_spool_directory, virtual_mailbox_maps.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from pymaster.config.params.local import LocalParams
from pymaster.config.params.rewriting import RewritingParams
from pymaster.config.params.routing import RoutingParams
from pymaster.config.params.virtual import VirtualParams
from pymaster.config.snapshot import Snapshot
from pymaster.config.words import split_list
from pymaster.model.lookup import Maps, OpenMaps
from pymaster.rules import addrsearch
from pymaster.util.text import printable

MAX_ID = 0xFFFF_FFFE


@dataclass(slots=True)
class Target:
    """A virtual mailbox and its owner."""

    path: str
    uid: int
    gid: int


class BadTarget(Exception):
    """The tables name no usable mailbox for an address they know; the text is for the log."""


def system(params: LocalParams, name: str, home: str) -> tuple[str, str]:
    """(path, spool) of a system user's mailbox; `spool` is "" for one in the home."""
    if params.home_mailbox:
        return f"{home}/{params.home_mailbox}", ""
    spool = params.mail_spool_directory.rstrip("/") or "/"
    return f"{spool}/{name}" + ("/" if params.mail_spool_directory.endswith("/") else ""), spool


def direct(maps: str) -> str:
    """A list of tables with `proxy:` taken off: what decides about paths and ids is read without a helper."""
    return ", ".join([word.removeprefix("proxy:") for word in split_list(maps)])


class VirtualMailboxes:
    """virtual_mailbox_maps, virtual_uid_maps and virtual_gid_maps of one snapshot."""

    def __init__(self, snapshot: Snapshot, open_maps: OpenMaps) -> None:
        virtual, rewriting = snapshot[VirtualParams], snapshot[RewritingParams]
        self._base, self._least = virtual.virtual_mailbox_base, virtual.virtual_minimum_uid
        self._boxes = open_maps(direct(snapshot[RoutingParams].virtual_mailbox_maps), "virtual_mailbox_maps")
        self._uids = open_maps(direct(virtual.virtual_uid_maps), "virtual_uid_maps")
        self._gids = open_maps(direct(virtual.virtual_gid_maps), "virtual_gid_maps")
        # A bare user name is never a key here, so no domain counts as "this machine".
        self._search = addrsearch.Search(
            rewriting.recipient_delimiter, lambda domain: False, rewriting.owner_request_special
        )

    def __bool__(self) -> bool:
        return bool(self._boxes)

    def find(self, address: bytes) -> Target | None:
        """The mailbox of an address, None for an unknown one; raises LookupFailed, BadTarget."""
        path = self._find(self._boxes, address)
        if path is None:
            return None
        uid = self._id(self._uids, address, "uid", self._least)
        gid = self._id(self._gids, address, "gid", 1)
        name = os.fsdecode(path)
        if "\0" in name or ".." in name.split("/"):
            raise BadTarget(f"bad path {printable(path)} in virtual_mailbox_maps")
        return Target(f"{self._base}/{name}" if self._base else name, uid, gid)

    def _id(self, maps: Maps, address: bytes, word: str, least: int) -> int:
        value = self._find(maps, address)
        if value is None:
            raise BadTarget(f"not found in virtual_{word}_maps")
        number = numeric(value)
        if number is None or number < least:
            raise BadTarget(f"bad {word} {printable(value)} in virtual_{word}_maps")
        return number

    def _find(self, maps: Maps, address: bytes) -> bytes | None:
        return self._search.find(maps, address.lower())


def numeric(value: bytes) -> int | None:
    """A numeric id; None for anything else (a name, a sign, too many digits)."""
    if not value.isdigit() or len(value) > 10:
        return None
    number = int(value)
    return number if number <= MAX_ID else None
