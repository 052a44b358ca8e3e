import os
import selectors
import signal

from pymaster.master.signals import CAUGHT, Signals, forget


def test_signals_are_queued_and_wake_the_loop() -> None:
    before = {name: signal.getsignal(getattr(signal, name)) for name in CAUGHT}
    selector = selectors.DefaultSelector()
    signals = Signals(selector)
    try:
        signals.catch()
        os.kill(os.getpid(), signal.SIGHUP)
        ready = selector.select(2)
        assert len(ready) == 1
        ready[0][0].data()
        assert signals.take() == [signal.SIGHUP]
        assert signals.take() == []
        signals.drain()
    finally:
        signal.set_wakeup_fd(-1)
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def test_forget_twice() -> None:
    selector = selectors.DefaultSelector()
    reader, writer = os.pipe()
    selector.register(reader, selectors.EVENT_READ)
    forget(selector, reader)
    forget(selector, reader)
    os.close(reader)
    os.close(writer)
