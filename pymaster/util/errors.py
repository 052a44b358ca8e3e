"""errors - the few exceptions of the house.

A mail's fate is a value (`model.status.Status`, `proto.smtp.reply.Reply`); an exception says that a program or
one of its helpers is ill. Only the skeleton of a service catches everything. Text that reaches a peer never
holds a path, a table name or `str(exc)`.
"""


class LookupFailed(Exception):
    """A table or the DNS is ill: the answer is unknown, not "not found". Becomes 451 or a deferral."""


class ConnectionLost(Exception):
    """The peer went away; ends a session quietly."""


class DeadlineExceeded(Exception):
    """A wait reached its deadline (seconds are told by whoever set it)."""


class Woken(Exception):
    """A wait for input ended because there may be news from elsewhere (`runtime.mailstream`)."""


class ConfigError(Exception):
    """A configuration file cannot be used. `where` is `file` or `file, line N`."""

    def __init__(self, text: str, where: str = "") -> None:
        super().__init__(f"{where}: {text}" if where else text)
        self.where = where


class Fatal(Exception):
    """Log the text and exit 1; the master throttles the service."""


class Panic(Exception):
    """A bug: traceback to the log, exit 1."""
