"""toys - small programs for tests of the supervisor."""

ECHO = '''
"""echo - sends back what comes, in upper case; `pid` on request, `crash` and `spin` on request."""
import os, time
from pymaster.server.service import Multi, run

class Echo(Multi):
    name = "echo"
    def serve(self, conn):
        conn.sock.sendall(b"hello %d\\n" % os.getpid())
        while data := conn.sock.recv(100):
            if data == b"crash":
                raise RuntimeError("as asked")
            if data == b"spin":
                end = time.monotonic() + 60
                while time.monotonic() < end:
                    sum(range(1000))
            conn.sock.sendall(data.upper())

if __name__ == "__main__":
    run(Echo)
'''
KEPT = ECHO.replace('name = "echo"', 'name = "kept"\n    min_procs = 1')
ALONE = ECHO.replace("Multi", "Single").replace('name = "echo"', 'name = "alone"')
DIES = '''
"""dies - never starts."""
from pymaster.server.service import Multi, run
from pymaster.util.errors import Fatal

class Dies(Multi):
    name = "dies"
    def start(self):
        raise Fatal("cannot start, on purpose")
    def serve(self, conn):
        return
'''
NOTES = '''
"""notes - writes down its requests."""
from pymaster.server.service import Trigger, run

class Notes(Trigger):
    name = "notes"
    def trigger(self, requests):
        with open("notes", "ab") as file:
            file.write(requests + b"\\n")
'''
WRITER = '''
"""writer - holds the writer lock for as long as it is told."""
import time
from pymaster.model import control
from pymaster.server.service import Multi, run

class Writer(Multi):
    name = "writer"
    def serve(self, conn):
        control.SLOT.writing(time.monotonic_ns())
        conn.sock.recv(1)
        control.SLOT.writing(0)
'''
BROKEN = "import nothing_of_this_name\n"
PROGRAMS = {
    "echo": ECHO,
    "kept": KEPT,
    "alone": ALONE,
    "dies": DIES,
    "notes": NOTES,
    "writer": WRITER,
    "broken": BROKEN,
}
MASTER = """\
{port} inet n - n - - echo
alone unix - - n - 3 alone
kept unix - - n - - kept
dies unix - - n - - dies
notes unix n - n 60 1 notes
writer unix - - n - 1 writer
broken unix - - n - - broken
missing unix - - n - - missing
cleanup unix n - n - 0 cleanup
"""
