"""pymaster - parameters of our own, that Postfix does not have. Kept sorted."""

from pymaster.config.param import Params, integer


class PymasterParams(Params):
    """What pymaster adds to postconf(5)."""

    worker_concurrency: int = integer(
        "0", doc="The number of clients one worker process handles at once; 0 shares maxproc among the workers."
    )
    worker_processes: int = integer(
        "0", doc="The number of processes a service runs at most; 0 is the number of processor cores."
    )
