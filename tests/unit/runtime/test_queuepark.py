"""One slow destination does not fill the active queue."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from queueworld import World, make

from pymaster.model.messages import DeliveryRequest
from pymaster.model.status import Status, sent


def slow(request: DeliveryRequest) -> list[Status] | None:
    return None if request.nexthop == "slow" else [sent("ok")]


def test_other_mail_gets_in_and_parked_mail_is_delivered_in_the_end() -> None:
    world = World()
    world.parts.limits.active_messages = 50
    world.driver.stop()
    world.driver = world.new_driver()
    world.agent = slow
    world.insert(*[make(f"A{n:03}", [b"a@slow"]) for n in range(300)], hint=False)
    world.settle(5.0)
    assert len(world.driver.active) < 40
    assert len(world.driver.parking) > 0
    world.insert(make("B1", [b"a@quick"]))
    world.settle()
    assert world.store.load("B1") is None
    world.agent = lambda request: [sent("ok")]
    for _ in range(100):
        for pool, item, request in world.held:
            pool.answer(item, request)
        world.held.clear()
        world.settle(5.0)
    assert world.store.count() == 0
    assert len(world.driver.parking) == 0
    world.driver.stop()
