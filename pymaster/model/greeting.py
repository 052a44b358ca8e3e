"""greeting - the few records of model.messages that commands send: apart, so that a command starts without the others."""

from pymaster.util.record import Record, record

VERSION = 1


@record(tag=30)
class Hello(Record):
    """The first frame from a listener. `protocol` is `delivery`, `queue`, `bounce`, `pickup`, `showq`, ..."""

    protocol: str
    version: int = VERSION
    window: int = 1


@record(tag=34)
class Changed(Record):
    """A hint to qmgr that an administrator changed these messages (hold, release, requeue, delete, expire)."""

    queue_ids: tuple[str, ...]


@record(tag=35)
class Flush(Record):
    """A request to qmgr: try deferred mail now. Empty fields mean all; else one site or one queue id."""

    site: str = ""
    queue_id: str = ""
