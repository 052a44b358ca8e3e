"""Defaults of what a session is handed: trust nobody, refuse nothing for lack of room."""

from tests.unit.dialog.smtpd.lab import Server


def test_defaults_trust_nobody() -> None:
    from pymaster.dialog.smtpd.handed import World

    made = Server().world
    world = World(made.settings, made.access, made.open, made.commit, made.arrived, made.sleep)
    assert world.room()
    for predicate in (world.exempt, world.xforward, world.xclient, world.bare_newline_exempt):
        assert not predicate("localhost", "127.0.0.1")
    assert not world.flushable("x") and not world.forbidden(b"GET") and world.discards("127.0.0.1") is None


def test_client_limits() -> None:
    class Limits:
        def __init__(self) -> None:
            self.gone: list[str] = []

        def connect(self, client: str) -> tuple[int, int]:
            return 51, 0

        def disconnect(self, client: str) -> None:
            self.gone.append(client)

        def message(self, client: str) -> int:
            return 3

        def recipient(self, client: str) -> int:
            return 9

    server = Server()
    limits = server.world.limits = Limits()
    assert server.talk([b"QUIT\r\n"]) == b"421 4.7.0 mx.ours.test Error: too many connections from 192.0.2.1\r\n"
    assert (
        "warning: Connection concurrency limit exceeded: 51 from client.test[192.0.2.1] for service smtp\n"
        in server.log.text
    )
    assert limits.gone == ["192.0.2.1"]
    server = Server(
        "smtpd_client_connection_count_limit = 0\nsmtpd_client_message_rate_limit = 2\nsmtpd_client_recipient_rate_limit = 10\n"
    )
    server.world.limits = Limits()
    assert server.say("MAIL FROM:<a@b>") == ["450 4.7.1 Error: too much mail from 192.0.2.1"]
    server.world.exempt = lambda name, address: True
    assert server.say("MAIL FROM:<a@b>", "RCPT TO:<b@ours.test>") == ["250 2.1.0 Ok", "250 2.1.5 Ok"]
