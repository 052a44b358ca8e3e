"""What the SMTP service hands its sessions (tests/unit/services/test_smtpd.py runs it whole)."""

from pathlib import Path

from pymaster.server import boot
from pymaster.server.skeleton import Connection
from pymaster.server.smtpservice import SmtpService

MAIN = "compatibility_level = 3.6\nmyhostname = mx.test\nqueue_directory = {0}\nlocal_recipient_maps =\nalias_maps =\n"


class Tested(SmtpService):
    name = "smtpd"


def service(tmp_path: Path, main: str = "") -> SmtpService:
    (tmp_path / "main.cf").write_text(MAIN.format(tmp_path) + main)
    (tmp_path / "master.cf").write_text("")
    made = boot.prepare(Tested, str(tmp_path), {}, "smtp", "smtpd")
    assert isinstance(made, SmtpService)
    made.before_jail()
    made.start()
    return made


def test_world(tmp_path: Path) -> None:
    made = service(
        tmp_path, "mynetworks = 192.0.2.0/24\nsmtpd_authorized_xclient_hosts = 192.0.2.7\nrelay_domains = relay.test\n"
    )
    world = made.world
    assert world.exempt("x", "192.0.2.1") and not world.exempt("x", "198.51.100.1")
    assert (
        world.xclient("x", "192.0.2.7") and not world.xclient("x", "192.0.2.8") and not world.xforward("x", "192.0.2.7")
    )
    assert world.forbidden(b"GET") and world.forbidden(b"\x16\x03") and not world.forbidden(b"MAIL")
    assert world.flushable("relay.test") and not world.flushable("else.test")
    assert world.room() and world.service == "smtp"
    made.stop()


def test_no_room_without_space(tmp_path: Path) -> None:
    made = service(tmp_path)
    made.needed = 1 << 62
    made.room_until = 0.0
    assert not made.room()
    made.stop()


def test_facts_of_a_client(tmp_path: Path) -> None:
    made = service(tmp_path, "smtpd_client_port_logging = yes\nsmtpd_peername_lookup = no\n")
    facts = made.facts(Connection(None, ("::ffff:192.0.2.5", 4711), ("192.0.2.1", 25), 77))  # type: ignore[arg-type]
    assert (facts.label, facts.address, facts.port, facts.number) == (
        "unknown[192.0.2.5]:4711",
        "192.0.2.5",
        "4711",
        77,
    )
    assert (facts.local_address, facts.local_port) == ("192.0.2.1", "25")
    made.stop()
