"""authtask - questions of authd's front process to the processes that check passwords, and their answers.

One message of a SOCK_SEQPACKET pair is one record, so a checker that is killed while it writes leaves no half of one.
"""

from pymaster.util.record import Record, record

# Verbs of AuthTask.
VERIFY, SECRET, TOKEN, EXISTS, LOOKUP = "verify", "secret", "token", "exists", "lookup"
# States of AuthAnswer: accepted; wrong password; nobody of that name; password too old; login forbidden; nobody knows now.
OK, MISMATCH, UNKNOWN, EXPIRED, DISABLED, TEMPORARY = "ok", "mismatch", "unknown", "expired", "disabled", "temp"
# The largest record of either kind in bytes.
MAX_MESSAGE = 1 << 17


@record(tag=70)
class AuthTask(Record):
    """`value` is a password or token; `scheme` the form in which a secret is wanted (SCRAM-SHA-256, PLAIN ...); `master`
    says that the back ends of master users are meant; `address` is the client's."""

    number: int
    verb: str
    user: str
    value: bytes = b""
    service: str = ""
    address: str = ""
    scheme: str = ""
    master: bool = False


@record(tag=71)
class AuthAnswer(Record):
    """`user` may be another name than was asked for (a back end's `user` field); `fields` are a back end's extra fields;
    `secret` the value of a SECRET; `place` a packed MailPlace; `reason` is for the log."""

    number: int
    state: str
    fields: dict[str, str]
    user: str = ""
    reason: str = ""
    secret: bytes = b""
    place: bytes = b""


@record(tag=72)
class AuthReady(Record):
    """A checker (again) serves this pair: whatever was asked before on it is lost."""

    pid: int


@record(tag=73)
class AuthSaid(Record):
    """Log lines of a checker: the front writes them, for it knows of rotated logs."""

    lines: tuple[str, ...]
