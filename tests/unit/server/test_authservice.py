from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.model.authtask import AuthAnswer, AuthTask
from pymaster.model.mailplace import MailPlace
from pymaster.rules.auth.mechanism import Challenge, Facts, Mechanism, Passed, Refused
from pymaster.rules.auth.mechanisms import MAKERS
from pymaster.server import authservice
from pymaster.server.authservice import Front, Login, allowed
from pymaster.util import log
from pymaster.util.clock import ManualClock
from tests.fakes import open_dicts

MAIN = "auth_trusted_networks = 10.0.0.0/8\nauth_master_passdb = passwd-file:/m\n"
PLACE = MailPlace("bob", 1, 1, "/h", "maildir", "/m", "/m")


class Pool:
    """Answers by (verb, user, value)."""

    def __init__(self) -> None:
        self.asked: list[AuthTask] = []
        self.fields: dict[str, str] = {}
        self.names = ""

    def ask(self, task: AuthTask) -> AuthAnswer:
        self.asked.append(task)
        if task.user == "ill":
            return AuthAnswer(0, "temp", {}, task.user, "the database does not answer")
        if task.verb == "verify":
            known = {"bob": b"pw", "admin": b"root"} if not task.master else {"admin": b"root"}
            if task.user not in known:
                return AuthAnswer(0, "unknown", {}, task.user, "unknown user")
            if task.user == "bob" and task.value == b"old":
                return AuthAnswer(0, "expired", {}, task.user, "pam account: expired")
            right = task.value == known[task.user]
            return AuthAnswer(
                0, "ok" if right else "mismatch", dict(self.fields), task.user, "" if right else "password mismatch"
            )
        if task.verb == "lookup":
            return (
                AuthAnswer(0, "ok", {}, "bob", place=PLACE.pack())
                if task.user == "bob"
                else AuthAnswer(0, "unknown", {})
            )
        name = self.names if task.verb == "token" and self.names else task.user
        return AuthAnswer(0, "ok" if task.user == "bob" or self.names else "unknown", {}, name)


class World:
    def __init__(self) -> None:
        self.pool, self.clock = Pool(), ManualClock()
        self.front = Front(Snapshot.from_text(MAIN), self.pool, open_dicts(), b"k" * 32, self.clock)
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)
            self.clock.advance(seconds)

    def login(
        self, word: bytes, method: bytes = b"PLAIN", address: str = "192.0.2.1", **facts: Any
    ) -> tuple[Any, Login]:
        mechanism: Mechanism = MAKERS[method](Facts("imap", address, **facts))
        login = Login(mechanism, method.decode(), "imap", address)
        return self.front.run(login, mechanism.start(word)), login


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World()
    monkeypatch.setattr(authservice.gevent, "sleep", made.sleep)
    sink, log.LOG.sink = log.LOG.sink, log.MemorySink()
    yield made
    log.LOG.sink = sink


def text() -> str:
    return log.LOG.sink.text  # type: ignore[attr-defined,no-any-return]


def test_right_is_remembered(world: World) -> None:
    for _ in range(3):
        step, login = world.login(b"\0Bob\0pw")
        assert (step, login.user) == (Passed(), "bob")
    assert len(world.pool.asked) == 1 and not world.slept and text() == ""


def test_wrong_is_told_late_and_looked_at_late(world: World) -> None:
    assert isinstance(world.login(b"\0bob\0a")[0], Refused) and world.slept == [2.0]
    assert isinstance(world.login(b"\0bob\0a")[0], Refused) and world.slept == [2.0, 2.0, 2.0]
    assert len(world.pool.asked) == 1
    world.login(b"\0bob\0b")
    assert world.slept[3:] == [2.0, 2.0]
    world.login(b"\0bob\0c")
    assert world.slept[5:] == [4.0, 2.0]
    # A right one waits for the network's penalty once; a remembered one does not.
    world.login(b"\0bob\0pw")
    assert world.slept[7:] == [8.0]
    world.login(b"\0bob\0pw")
    assert len(world.slept) == 8
    assert text().count("auth failed rip=192.0.2.1 user=<bob> method=PLAIN service=imap reason=password mismatch") == 4


def test_trusted_networks_do_not_wait(world: World) -> None:
    for word in (b"a", b"b"):
        world.login(b"\0bob\0" + word, address="10.1.1.1")
    assert not world.slept


def test_unknown_users_and_bad_names(world: World) -> None:
    world.login(b"\0nobody\0pw")
    assert "user=<nobody> method=PLAIN service=imap reason=unknown user" in text() and world.slept == [2.0]
    asked = len(world.pool.asked)
    for name in (b"%u", b"' OR 1=1", b"*)(uid=*", b"../../etc/passwd", b"-h", "bj\u00f6rn".encode()):
        assert isinstance(world.login(b"\0" + name + b"\0pw")[0], Refused)
    assert len(world.pool.asked) == asked
    assert "user=<'?OR?1=1>" in text()


def test_input_that_is_no_guess_costs_no_delay(world: World) -> None:
    assert isinstance(world.login(b"nonsense")[0], Refused) and not world.slept
    assert "reason=invalid input" in text()


def test_a_back_end_that_is_ill(world: World) -> None:
    step, login = world.login(b"\0ill\0pw")
    assert isinstance(step, Refused) and login.end == "temp" and not world.slept
    assert "auth deferred rip=192.0.2.1 user=<ill>" in text() and "auth failed" not in text()
    world.login(b"\0ill\0pw")
    assert len(world.pool.asked) == 2


def test_expired(world: World) -> None:
    assert world.login(b"\0bob\0old")[1].end == "pass_expired"


def test_masters(world: World) -> None:
    for word in (b"\0bob*admin\0root", b"bob\0admin\0root"):
        step, login = world.login(word)
        assert (step, login.user) == (Passed(), "bob")
    for word in (b"\0bob*admin\0pw", b"bob\0bob2\0pw", b"nobody\0admin\0root"):
        assert isinstance(world.login(word)[0], Refused)
    world.front._masters = False
    assert isinstance(world.login(b"bob\0admin\0root")[0], Refused)
    assert "master users are not configured" in text()


def test_allow_nets(world: World) -> None:
    world.pool.fields = {"allow_nets": "192.0.2.0/25"}
    assert world.login(b"\0bob\0pw")[0] == Passed()
    assert isinstance(world.login(b"\0bob\0pw", address="192.0.2.200")[0], Refused)
    assert allowed({}, "") and allowed({"allow_nets": "local"}, "") and not allowed({"allow_nets": "10.0.0.0/8,x"}, "")


def test_scram_for_an_unknown_user_looks_like_for_a_known_one(world: World) -> None:
    one, _ = world.login(b"n,,n=nobody,r=abc", b"SCRAM-SHA-256")
    two, _ = world.login(b"n,,n=nobody,r=abc", b"SCRAM-SHA-256")
    assert isinstance(one, Challenge) and isinstance(two, Challenge)
    salts = [step.data.split(b",")[1] for step in (one, two)]
    assert salts[0] == salts[1] and one.data.endswith(b",i=4096")
    # The salt that keys would be made with, had it a password in clear.
    assert world.pool.asked[-1].value == world.front.salt("nobody")
    other = Front(Snapshot.from_text(MAIN), world.pool, open_dicts(), b"k" * 32, world.clock)
    assert other.salt("nobody") == world.front.salt("nobody") != world.front.salt("nobodz")


def test_oauth_says_so_in_json_first(world: World) -> None:
    word = b"user=nobody\1auth=Bearer x\1\1"
    step, login = world.login(word, b"XOAUTH2")
    assert isinstance(step, Challenge) and b"400" in step.data
    assert isinstance(world.front.run(login, login.mechanism.respond(b"")), Refused) and world.slept == [2.0]


def test_a_token_may_name_its_user_itself(world: World) -> None:
    world.pool.names = "Bob"
    step, login = world.login(b"n,,\1auth=Bearer x\1\1", b"OAUTHBEARER")
    assert (step, login.user) == (Passed(), "bob")
    world.pool.names = "../x"
    assert isinstance(world.login(b"n,,\1auth=Bearer x\1\1", b"OAUTHBEARER")[0], Challenge)


def test_each_failed_proof_counts(world: World) -> None:
    for _ in range(3):
        step, login = world.login(b"n,,n=bob2,r=abc", b"SCRAM-SHA-256")
        assert isinstance(step, Challenge)
        nonce = step.data.split(b",")[0]
        assert isinstance(
            world.front.run(login, login.mechanism.respond(b"c=biws," + nonce + b",p=" + b"A" * 43 + b"=")), Refused
        )
    assert world.slept == [2.0, 2.0, 2.0, 4.0, 2.0]


def test_external(world: World) -> None:
    assert world.login(b"", b"EXTERNAL", certificate="bob")[0] == Passed()
    assert isinstance(world.login(b"", b"EXTERNAL", certificate="eve")[0], Refused)
    assert isinstance(world.login(b"admin", b"EXTERNAL", certificate="bob")[0], Refused)


def test_places(world: World) -> None:
    assert world.front.place("BOB") == PLACE
    assert world.front.place("nobody") == world.front.place("../x") == "unknown"
    assert world.front.place("ill") == "temp"
    world.front.sweep()


def test_passwords_are_never_logged(world: World, caplog: Any) -> None:
    for method, word in ((b"PLAIN", b"\0bob\0hunter2"), (b"PLAIN", b"hunter2"), (b"LOGIN", b"hunter2")):
        world.login(word, method)
    assert "hunter2" not in text()


def test_the_front_needs_nothing_of_the_pool_but_ask() -> None:
    asks: Callable[[AuthTask], AuthAnswer] = Pool().ask
    assert asks(AuthTask(0, "exists", "bob")).state == "ok"
