"""service - what a program in services/ imports: the shapes, and `run` for its last line.

class Anvil(Multi):
    name, params = "anvil", (ProcessParams,)
    def serve(self, conn): ...

if __name__ == "__main__":
    run(Anvil)
"""

from pymaster.server.boot import run
from pymaster.server.skeleton import ON_DEMAND, PER_CORE, Connection, Multi, Service, Single, Spawner, Trigger

__all__ = ["ON_DEMAND", "PER_CORE", "Connection", "Multi", "Service", "Single", "Spawner", "Trigger", "run"]
