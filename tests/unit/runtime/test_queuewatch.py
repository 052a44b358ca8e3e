"""The warning about a destination that fills the active queue."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from queueworld import World, make

from pymaster.runtime.queuewatch import QueueWatch


def test_a_crowded_destination_is_warned_of_once_an_interval() -> None:
    world = World()
    world.parts.limits.active_messages = 20
    world.agent = lambda request: None
    world.insert(*[make(f"A{n}", [b"a@crowded"]) for n in range(10)])
    world.settle()
    watch = QueueWatch(world.driver, 300.0)
    for now in (0.0, 100.0, 301.0):
        watch.look(now)
    assert world.log.count("warning: mail for crowded is using up 10 of 10 active queue entries") == 2
    QueueWatch(world.driver, 0.0).look(1e9)
    world.driver.stop()
