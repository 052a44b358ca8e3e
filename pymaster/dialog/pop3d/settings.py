"""settings - what a POP3 session needs of the configuration, read once per process."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pymaster.config.params.pop3d import Pop3dParams
from pymaster.config.words import split_list
from pymaster.proto.pop3.uidl import NAMES, Format
from pymaster.store.mailbox.state import MAX_KEYWORD
from pymaster.util.errors import Fatal

WORKAROUNDS = frozenset({"outlook-no-nuls", "oe-ns-eoh"})
_KEYWORD = re.compile(r"[^\x00-\x20\x7f-\U0010ffff(){%*\"\\\]]+")


@dataclass(slots=True)
class Settings:
    """Times are seconds. `uidl` None: the store's ids as they are, which is Dovecot's form. `send_timeout` without
    progress; `bad_commands` how many until the end; the others are the parameters of the same name.
    """

    timeout: float = 600.0
    send_timeout: float = 300.0
    bad_commands: int = 20
    lock_session: bool = False
    no_flag_updates: bool = False
    enable_last: bool = False
    deleted_flag: bytes = b""
    uidl: Format | None = None
    rename_duplicates: bool = True
    utf8_fallback: str = "downgrade"
    workarounds: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, params: Pop3dParams) -> Settings:
        """The settings of a process; raises Fatal."""
        flag, form = params.pop3_deleted_flag, params.pop3_uidl_format
        if flag and (not _KEYWORD.fullmatch(flag) or len(flag) > MAX_KEYWORD):
            raise Fatal(f"pop3_deleted_flag: {flag}: not a keyword")
        try:
            uidl = None if NAMES.get(form.lower(), form) == NAMES["dovecot"] else Format.parse(form)
        except ValueError as exc:
            raise Fatal(f"pop3_uidl_format: {exc}") from None
        workarounds = frozenset(split_list(params.pop3_client_workarounds))
        if workarounds - WORKAROUNDS:
            raise Fatal(f"pop3_client_workarounds: unknown: {', '.join(sorted(workarounds - WORKAROUNDS))}")
        return cls(
            timeout=params.pop3d_timeout,
            lock_session=params.pop3_lock_session,
            no_flag_updates=params.pop3_no_flag_updates,
            enable_last=params.pop3_enable_last,
            deleted_flag=flag.encode(),
            uidl=uidl,
            rename_duplicates=one_of("pop3_uidl_duplicates", params.pop3_uidl_duplicates, "rename", "allow")
            == "rename",
            utf8_fallback=one_of("pop3_utf8_fallback", params.pop3_utf8_fallback, "downgrade", "refuse", "raw"),
            workarounds=workarounds,
        )


def one_of(name: str, value: str, *allowed: str) -> str:
    """A value that is one of a few words; raises Fatal."""
    if value not in allowed:
        raise Fatal(f"{name}: {value}: expected {' or '.join(allowed)}")
    return value
