"""mailsession - a logged-in client on its way from the login stage to the process that may touch the user's mail.

The login stage sends MailSession with the client's descriptor to the spawner, which redeems the ticket at the authenticator
and passes client and MailPlace on to that user's worker. MailAnswer goes back: only then does the login stage let go.
"""

from pymaster.model.mailplace import MailPlace
from pymaster.util.record import Record, record

# Bytes that a client may have sent behind its login.
MAX_REST = 65536


@record(tag=61)
class MailSession(Record):
    """`service` imap or pop3; the ticket's three parts; what is known of the client; `tag` of the IMAP command that waits
    for its OK; `rest`: input behind it; `secured`: TLS, or a client on this machine. `number` is the session's number for the log."""

    service: str
    pid: int
    ticket: int
    cookie: str
    user: str
    method: str
    address: str
    port: int
    local: str
    local_port: int
    tls: bool
    session: str
    number: int
    tag: bytes
    rest: bytes


@record(tag=62)
class MailAnswer(Record):
    """Whether the session was taken over; `code` (RFC 5530: UNAVAILABLE, LIMIT, AUTHENTICATIONFAILED) and `text` if not."""

    ok: bool
    code: str = ""
    text: str = ""


@record(tag=63)
class MailWork(Record):
    """The spawner to a worker: this client, this user's mail."""

    client: MailSession
    place: MailPlace


@record(tag=64)
class MailQuery(Record):
    """An administrator to the spawner: `who` lists sessions, `workers` the processes; `kick` ends those of a user and/or session id."""

    verb: str
    user: str = ""
    session: str = ""


@record(tag=65)
class MailList(Record):
    """The answer: JSON text of rows, in several records if need be; `last` in the final one."""

    text: str
    last: bool = True
