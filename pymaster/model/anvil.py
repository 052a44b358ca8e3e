"""anvil - the records of the anvil service: rates of clients, which only one process can count.

An `ident` is `service:address`, as in anvil(8). A client of the service is counted while the connection that named it
lasts, so a killed server process leaves no count behind.
"""

from pymaster.util.record import Record, record

# What is counted per unit of time (anvil_rate_time_unit).
CONNECT, MESSAGE, RECIPIENT, NEWTLS, AUTH, LOOKUP = "connect", "message", "recipient", "newtls", "auth", "lookup"
# The end of a connection counted by CONNECT.
DISCONNECT = "disconnect"
EVENTS = (CONNECT, MESSAGE, RECIPIENT, NEWTLS, AUTH)


@record(tag=42)
class Count(Record):
    """Something happened (`event`), or, with LOOKUP, tell only."""

    request: int
    ident: str
    event: str


@record(tag=43)
class Rates(Record):
    """The answer: open connections of the ident, and what it did in the running unit of time."""

    request: int
    connections: int = 0
    connects: int = 0
    messages: int = 0
    recipients: int = 0
    newtls: int = 0
    auths: int = 0
