"""reload - reading a new configuration beside the running one: all of it is usable, or none of it is used."""

from pymaster.config.params.core import CoreParams
from pymaster.master import listen, plan
from pymaster.master.listen import Listener, Network
from pymaster.master.plan import Plan
from pymaster.util import log
from pymaster.util.errors import ConfigError, Fatal


def network(made: Plan, owner: tuple[int, int] | None) -> Network:
    """What a plan says of addresses."""
    core = made.snapshot[CoreParams]
    return listen.network(core.inet_interfaces, core.inet_protocols, core.known_tcp_ports, owner)


def open_all(made: Plan, owner: tuple[int, int] | None, kept: dict[str, Listener]) -> dict[str, Listener]:
    """The listeners that the plan needs beyond `kept`; raises Fatal, and then none stays open."""
    net = network(made, owner)
    queue_directory = made.snapshot[CoreParams].queue_directory
    opened: dict[str, Listener] = {}
    try:
        for key, item in made.services.items():
            if key not in kept:
                opened[key] = listen.open_listener(item.line, net, queue_directory)
    except BaseException:
        for listener in opened.values():
            listener.close()
        raise
    return opened


def reload(current: Plan, owner: tuple[int, int] | None, listeners: dict[str, Listener]) -> Plan | None:
    """The new plan, its new listeners put into `listeners`; None, and a log line, if the running system must stay."""
    try:
        made = plan.load(current.snapshot.config_directory)
        old, new = current.snapshot[CoreParams].queue_directory, made.snapshot[CoreParams].queue_directory
        if old != new:
            raise Fatal(f"queue_directory cannot change from {old} to {new} while the mail system runs")
        listeners.update(open_all(made, owner, listeners))
    except (ConfigError, Fatal) as exc:
        log.error(f"reload: {exc}; the running configuration stays")
        return None
    return made
