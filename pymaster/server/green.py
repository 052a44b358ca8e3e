"""green - the nursery of greenlet services. gevent comes before everything else, for it replaces what others import."""

from gevent import monkey

monkey.patch_all()

import encodings.idna  # noqa: E402, F401
import importlib  # noqa: E402

import gevent  # noqa: E402

from pymaster.server import nursery  # noqa: E402

# What a hub imports when it comes to life; a worker may be in a jail by then.
LATER = (
    "pprint",
    "gevent.event",
    "gevent.queue",
    "gevent.pool",
    "gevent.lock",
    "gevent.subprocess",
    "gevent.threadpool",
    # dnspython imports a record type when it meets one.
    *(f"dns.rdtypes.ANY.{kind}" for kind in ("CNAME", "DNAME", "MX", "NS", "PTR", "SOA", "TXT", "OPT")),
    *(f"dns.rdtypes.IN.{kind}" for kind in ("A", "AAAA", "SRV")),
    "glob",
)


def preload() -> None:
    """Import what gevent would import late, without making a hub."""
    for name in LATER:
        importlib.import_module(name)
    for setting in ("loop", "resolver", "threadpool", "format_context"):
        getattr(gevent.config, setting)


if __name__ == "__main__":
    preload()
    nursery.main(monkey.get_original("signal", "signal"))
