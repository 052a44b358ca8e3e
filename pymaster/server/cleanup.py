"""cleanup - the pipeline as the cleanup line of master.cf configures it, for services that receive mail.

There is no cleanup process here, but its line's `-o` overrides hold (`cleanup_service_name` names the line).
"""

import os
from collections.abc import Callable

from pymaster.config import mastercf
from pymaster.config.params.cleanup import CleanupParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.lookup import OpenMaps
from pymaster.rules.cleanup.pipeline import Cleanup
from pymaster.tables.base import Offload
from pymaster.tables.tableset import TableSet
from pymaster.util.clock import SYSTEM, Clock
from pymaster.util.errors import ConfigError


def configuration(snapshot: Snapshot) -> Snapshot:
    """The cleanup service's configuration; raises ConfigError."""
    name = snapshot[CleanupParams].cleanup_service_name
    try:
        lines = mastercf.load(os.path.join(snapshot.config_directory, "master.cf"))
    except ConfigError:
        lines = []  # a session by hand, without a master.cf
    overrides = next((line.overrides for line in lines if line.name == name and line.type in ("unix", "fifo")), {})
    return Snapshot.load(snapshot.config_directory, overrides, service_name=name, process_name="cleanup")


def pipeline(
    snapshot: Snapshot,
    mint: Callable[[], str],
    clock: Clock = SYSTEM,
    open_maps: OpenMaps | None = None,
    offload: Offload | None = None,
) -> Cleanup:
    """The pipeline for a service's snapshot. `open_maps` defaults to tables of its own, opened with `offload`."""
    own = configuration(snapshot)
    return Cleanup(own, open_maps or TableSet(own, offload=offload, renewing=True).open, mint, clock)


def lenient(
    snapshot: Snapshot, mint: Callable[[], str], clock: Clock = SYSTEM, offload: Offload | None = None
) -> Cleanup:
    """A pipeline without limits, for mail that was refused and now must come back to its sender."""
    own = configuration(snapshot)
    overrides = {**own.overrides, "hopcount_limit": "1000000", "message_size_limit": "0"}
    made = Snapshot.load(snapshot.config_directory, overrides, own.text("service_name"), "cleanup")
    return Cleanup(made, TableSet(made, offload=offload, renewing=True).open, mint, clock)
