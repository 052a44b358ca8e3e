"""pymaster - parameters of our own, that Postfix does not have. Kept sorted."""

from pymaster.config.param import Params, duration, integer


class PymasterParams(Params):
    """What pymaster adds to postconf(5)."""

    worker_concurrency: int = integer(
        "0", doc="The number of clients one worker process handles at once; 0 shares maxproc among the workers."
    )
    worker_memory_limit: int = integer(
        "0", doc="The megabytes of resident memory above which master replaces a worker; 0 is no limit."
    )
    worker_ping_interval: float = duration("2s", min=1, doc="The time between two pings of master to each worker.")
    worker_processes: int = integer(
        "0", doc="The number of processes a service runs at most; 0 is the number of processor cores."
    )
    worker_silence_limit: float = duration(
        "8s", min=2, doc="How long a worker may leave a ping unanswered before it is aborted and replaced."
    )
    worker_stop_time: float = duration("5s", doc="How long `postfix stop` lets workers finish what they are doing.")
    worker_write_limit: float = duration(
        "2s", min=1, doc="How long a worker may hold the queue's writer lock before it is killed and replaced."
    )
