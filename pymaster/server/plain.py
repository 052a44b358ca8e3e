"""plain - the nursery of services that block: no gevent in it."""

import signal

from pymaster.server import nursery

if __name__ == "__main__":
    nursery.main(signal.signal)
