"""login - what the login stages and the authenticator's client say to each other about one authentication.

Here and not in `dialog.login`, for the client is in `runtime`, beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

CONTINUE, OK, FAIL = "continue", "ok", "fail"


@dataclass(slots=True)
class Ticket:
    """Proof that the authenticator let a user in: redeemed once, within seconds. Numbers and cookie are its own."""

    pid: int = 0
    number: int = 0
    cookie: str = ""


@dataclass(slots=True)
class Verdict:
    """One step of an authentication. `state` CONTINUE: `data` is the next challenge (not base64). OK: `user` and `ticket`,
    and `data` if the mechanism ends with a word of the server. FAIL: `code` is a response code of RFC 5530
    (AUTHENTICATIONFAILED, UNAVAILABLE, EXPIRED, CONTACTADMIN, PRIVACYREQUIRED), `text` fit for the client.
    """

    state: str
    data: bytes = b""
    user: str = ""
    ticket: Ticket = field(default_factory=Ticket)
    code: str = "AUTHENTICATIONFAILED"
    text: str = "Authentication failed."


@dataclass(slots=True)
class About:
    """What the authenticator should know of a client. `service` imap, pop3 or smtp; `secured`: TLS, or a client on this
    machine; `binding` (type, data) of the TLS channel for SCRAM-*-PLUS; `certificate`: the user name in a verified client
    certificate; `stamp`: the challenge of POP3's greeting, for APOP.
    """

    service: str
    address: str = ""
    port: int = 0
    local: str = ""
    local_port: int = 0
    secured: bool = False
    tls: bool = False
    session: str = ""
    binding: tuple[str, bytes] | None = None
    certificate: str = ""
    stamp: bytes = b""
