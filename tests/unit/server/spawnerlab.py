"""A spawner in a process of its own, with workers that say who they are: run as `python spawnerlab.py LISTENER STATUS`."""

from gevent import monkey

monkey.patch_all()

import _socket  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

from pymaster.config.snapshot import Snapshot  # noqa: E402
from pymaster.model import control  # noqa: E402
from pymaster.runtime.mailstream import MailStream  # noqa: E402
from pymaster.server import green, spawner  # noqa: E402
from pymaster.server.skeleton import Connection, Multi, Spawner  # noqa: E402


class Greeter(Multi):
    """Says its pid and the user, then repeats what it hears."""

    def start(self) -> None:
        """Nothing to open."""

    def serve(self, conn: Connection) -> None:
        stream = MailStream(conn.raw)
        conn.kick = lambda text: stream.hang_up()  # type: ignore[attr-defined]
        user = conn.work.place.user  # type: ignore[attr-defined]
        stream.send(f"{os.getpid()} {user}\n".encode(), time.monotonic() + 5)
        while data := stream.recv(time.monotonic() + 30):
            stream.send(data, time.monotonic() + 5)


class Lab(Spawner):
    """Its spawner."""

    def worker(self) -> Multi:
        made = Greeter()
        made.snapshot, made.service_name, made.args = self.snapshot, "mailbox", []
        return made


if __name__ == "__main__":
    # A worker's user may not be able to read the interpreter's files.
    green.preload()
    listener, status = (_socket.socket(fileno=int(fd)) for fd in sys.argv[1:3])
    service = Lab()
    service.snapshot = Snapshot.from_text("", {"mailbox_processes_per_uid": "1"}, "/nonexistent", "mailbox", "mailboxd")
    service.service_name, service.args = "mailbox", []
    control.use(control.Slot([0] * control.SLOT_WORDS))
    sys.exit(spawner.run(service, control.Order(1, "mailbox", "unix", "mailboxd"), status, [listener]))
