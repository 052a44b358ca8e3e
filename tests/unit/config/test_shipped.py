"""The configuration as shipped is sound: everything is known, every value is valid."""

from pathlib import Path

from pymaster.config import maincf, mastercf, registry, usage
from pymaster.config.snapshot import Snapshot

CONF = Path(__file__).resolve().parents[3] / "conf"


def test_main_cf() -> None:
    snapshot = Snapshot.load(str(CONF))
    for cls in registry.classes():
        snapshot[cls]


def test_master_cf_and_names() -> None:
    path = str(CONF / "master.cf")
    services = {(line.name, line.type): line for line in mastercf.load(path)}
    assert services["smtp", "inet"].program == "smtpd"
    assert services["qmgr", "unix"].maxproc == 1
    main = maincf.load(str(CONF / "main.cf"))
    entries = mastercf.entries(maincf.read_text(path), path)
    assert main.warnings == []
    assert usage.examine(main, {}, entries, path).warnings == []
