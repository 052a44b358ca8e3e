"""settings - what an IMAP session needs of the configuration, read once per process."""

from dataclasses import dataclass

# Told in the greeting and before login: short, and nothing about the version (access.md 1.11).
BEFORE_LOGIN = (
    b"IMAP4rev1", b"IMAP4rev2", b"SASL-IR", b"LOGIN-REFERRALS", b"ID", b"ENABLE", b"IDLE", b"LITERAL+",
)  # fmt: skip


@dataclass(slots=True)
class Settings:
    """Times are seconds, sizes octets.

    `idle_timeout` ends a session that says nothing; `keepalive` is between two signs of life during IDLE (0: none);
    `append_limit` the largest message; `bad_commands` how many errors of syntax until BYE; `send_timeout` without progress.
    `features` names optional capabilities that are switched off by configuration (upper case).
    """

    host: str = "localhost"
    idle_timeout: float = 1800.0
    keepalive: float = 120.0
    append_limit: int = 0
    bad_commands: int = 20
    send_timeout: float = 300.0
    id_name: bytes = b"pymaster"
    disabled: frozenset[bytes] = frozenset()
    quota: bool = False
