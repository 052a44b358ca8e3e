"""POP3 and IMAP sessions when processes die or are replaced, and what an administrator does to them."""

import contextlib
import imaplib
import json
import os
import poplib
import signal
import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from harness import eventually
from reading import Reading

USER = "user@localhost"


@pytest.fixture(scope="module")
def system() -> Iterator[Reading]:
    with Reading(("user", "second"), main={"imapd_max_user_sessions": "6", "auth_failure_delay": "1s"}) as mail:
        yield mail


@pytest.fixture
def mail(system: Reading) -> Iterator[Reading]:
    """With no session left of the test before."""
    eventually(lambda: not rows(system))
    yield system
    assert system.process is not None and system.process.poll() is None


def login(mail: Reading, *, tls: bool = False, user: str = USER) -> imaplib.IMAP4:
    """A client that is logged in."""
    made = imaplib.IMAP4_SSL if tls else imaplib.IMAP4
    client: imaplib.IMAP4 = made("127.0.0.1", mail.imaps if tls else mail.imap, timeout=15)
    client.login(user, mail.PASSWORD)
    return client


def rows(mail: Reading, *words: str) -> list[dict[str, Any]]:
    """What `pymaster who` says."""
    done = mail.command("pymaster", "who", "--json", *words)
    found: list[dict[str, Any]] = json.loads(done.stdout) if done.returncode == 0 else []
    return found


def worker(mail: Reading, user: str = USER) -> int:
    """The process of a user's sessions."""
    return int(eventually(lambda: [row["pid"] for row in rows(mail) if row["user"] == user])[0])


def idle(client: imaplib.IMAP4) -> None:
    """Begin to wait for news."""
    client.send(b"I IDLE\r\n")
    assert client.readline().startswith(b"+")


def news(client: imaplib.IMAP4, word: bytes) -> None:
    """Wait for an answer with a word, and end IDLE."""
    while word not in (line := client.readline()):
        assert line, "the connection has ended"
    client.send(b"DONE\r\n")
    while not (line := client.readline()).startswith(b"I OK"):
        assert line, "the connection has ended"


def ended(client: imaplib.IMAP4) -> list[bytes]:
    """The lines up to the end of the connection."""
    lines = []
    with contextlib.suppress(ConnectionResetError):
        while line := client.file.readline():
            lines.append(line)
    client.shutdown()
    return lines


@pytest.mark.parametrize("tls", [False, True])
def test_a_worker_is_killed_during_idle(mail: Reading, tls: bool) -> None:
    client = login(mail, tls=tls)
    client.append("INBOX", "", "", b"Subject: kept\r\n\r\nx\r\n")
    client.select()
    idle(client)
    os.kill(worker(mail), signal.SIGKILL)
    began = time.monotonic()
    assert ended(client) == []
    with login(mail, tls=tls) as again:
        assert again.select()[0] == "OK" and again.uid("SEARCH", "SUBJECT", "kept")[1] != [b""]
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("program", ["mailboxd", "authd", "imapd"])
def test_a_server_process_is_killed(mail: Reading, program: str) -> None:
    """Sessions go on, and the next login works within a second."""
    with login(mail) as client:
        client.select()
        (pid, *_) = eventually(lambda: mail.workers(program))
        before = worker(mail)
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        with eventually(lambda: logged_in(mail), 10) as other:
            took = time.monotonic() - began
            assert other.select()[0] == "OK"
            assert client.noop()[0] == "OK" and os.path.exists(f"/proc/{before}")
            idle(client)
            other.append("INBOX", "", "", b"Subject: news\r\n\r\nx\r\n")
            news(client, b"EXISTS")
        assert took < 1.5, took


def logged_in(mail: Reading) -> imaplib.IMAP4 | None:
    """A client, unless it is not served just now."""
    try:
        return login(mail)
    except (OSError, imaplib.IMAP4.error):
        return None


def test_new_sessions_get_a_new_configuration(mail: Reading) -> None:
    with login(mail) as client:
        client.select()
        assert b"SORT" in client.capability()[1][0].split(b" ")
        mail.main["imapd_disabled_capabilities"] = "SORT"
        mail.write()
        mail.reload()

        def changed() -> bool:
            other = logged_in(mail)
            if other is None:
                return False
            with other:
                return b"SORT" not in other.capability()[1][0].split(b" ")

        eventually(changed)
        # What has begun goes on as it began, and sees what the others do.
        with eventually(lambda: logged_in(mail)) as other:
            before = client.select()[1][0]
            other.append("INBOX", "", "", b"Subject: after the reload\r\n\r\nx\r\n")
            eventually(lambda: client.noop() and client.select()[1][0] != before)
        assert b"SORT" in client.capability()[1][0].split(b" ")
        assert client.sort("ARRIVAL", "UTF-8", "ALL")[0] == "OK"
    del mail.main["imapd_disabled_capabilities"]
    mail.write()
    mail.reload()


def test_no_login_is_refused_because_of_a_reload(mail: Reading) -> None:
    failures: list[str] = []
    counts = [0]
    over = threading.Event()

    def log_in_and_out() -> None:
        while not over.is_set():
            try:
                login(mail).logout()
                counts[0] += 1
            except (OSError, imaplib.IMAP4.error) as exc:
                failures.append(repr(exc))

    clients = [threading.Thread(target=log_in_and_out) for _ in range(3)]
    for client in clients:
        client.start()
    for _ in range(6):
        mail.reload()
        time.sleep(0.5)
    over.set()
    for client in clients:
        client.join(30)
    assert not failures and counts[0] > 30, (failures, counts)


def test_mail_arrives_for_a_session_while_the_system_is_reloaded(mail: Reading) -> None:
    with login(mail) as client:
        count = int(client.select()[1][0])
        mail.reload()
        for _ in range(3):
            eventually(lambda: delivered(mail))
        eventually(lambda: client.noop() and int(client.select()[1][0]) == count + 3, 15)


def delivered(mail: Reading) -> bool:
    """Whether SMTP took one message."""
    try:
        return mail.smtp() == {}
    except (OSError, smtplib.SMTPException):
        return False


def test_who_and_kick(mail: Reading) -> None:
    with contextlib.ExitStack() as stack:
        first, second = login(mail), login(mail, tls=True)
        other = stack.enter_context(login(mail, user="second@localhost"))
        pop = poplib.POP3("127.0.0.1", mail.pop3, 15)
        pop.user(USER)
        pop.pass_(mail.PASSWORD)
        found = eventually(lambda: len(rows(mail)) == 4 and rows(mail))
        assert {(row["user"], row["service"], row["tls"]) for row in found} == {
            (USER, "imap", False), (USER, "imap", True), ("second@localhost", "imap", False), (USER, "pop3", False),
        }  # fmt: skip
        assert len({row["pid"] for row in found if row["user"] == USER}) == 1
        assert b"second@localhost" in mail.command("pymaster", "who").stdout
        session = next(row["session"] for row in found if row["tls"])
        assert mail.command("pymaster", "kick", "--session", session).returncode == 0
        assert any(line.startswith(b"* BYE") for line in ended(second))
        eventually(lambda: len(rows(mail)) == 3)
        assert first.noop()[0] == "OK"
        assert mail.command("pymaster", "kick", USER).returncode == 0
        assert any(line.startswith(b"* BYE") for line in ended(first))
        with pytest.raises((poplib.error_proto, OSError)):
            pop.stat()
            pop.stat()
        pop.close()
        eventually(lambda: [row["user"] for row in rows(mail)] == ["second@localhost"])
        assert other.noop()[0] == "OK"
        assert mail.command("pymaster", "kick", USER).returncode == 1


def test_a_user_has_so_many_sessions(mail: Reading) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(login(mail))
        with pytest.raises(imaplib.IMAP4.error, match=r"\[LIMIT\]"):
            login(mail)
        stack.enter_context(login(mail, user="second@localhost"))
        pop = poplib.POP3("127.0.0.1", mail.pop3, 15)
        pop.user(USER)
        pop.pass_(mail.PASSWORD)
        pop.quit()
    eventually(lambda: logged_in(mail)).logout()


def test_two_workers_of_one_uid_see_each_other(mail: Reading) -> None:
    """After mailboxd was replaced, an old session and a new one of one user are in two processes."""
    with login(mail) as old:
        old.select()
        os.kill(mail.workers("mailboxd")[0], signal.SIGKILL)
        with eventually(lambda: logged_in(mail)) as new:
            new.select()
            for writer, watcher in ((old, new), (new, old)):
                idle(watcher)
                writer.append("INBOX", r"\Flagged", "", b"Subject: x\r\n\r\nx\r\n")
                news(watcher, b"EXISTS")
            uids = [client.noop() and client.uid("SEARCH", "ALL")[1][0].split(b" ") for client in (old, new)]
            assert uids[0] == uids[1] and len(set(uids[0])) == len(uids[0])


def test_a_wrong_password_is_told_late(mail: Reading) -> None:
    """Also one of a user who does not exist, with the same words."""
    said = []
    for user in (USER, "nobody@localhost"):
        client = imaplib.IMAP4("127.0.0.1", mail.imap, timeout=30)
        began = time.monotonic()
        with pytest.raises(imaplib.IMAP4.error) as refused:
            client.login(user, "wrong")
        assert time.monotonic() - began > 0.9
        said.append(str(refused.value))
        client.logout()
    assert said[0] == said[1] and "AUTHENTICATIONFAILED" in said[0]
    mail.wait_log(rf"auth failed rip=127\.0\.0\.1 user=<{USER}> method=\S+ service=imap")
    pop = poplib.POP3("127.0.0.1", mail.pop3, 30)
    pop.user(USER)
    began = time.monotonic()
    with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
        pop.pass_("wrong")
    assert time.monotonic() - began > 0.9
    pop.close()


def test_a_client_that_says_nothing_does_not_hold_up_others(mail: Reading) -> None:
    silent = [socket.create_connection(("127.0.0.1", mail.imap), 10) for _ in range(50)]
    try:
        with login(mail) as client:
            assert client.noop()[0] == "OK"
    finally:
        for sock in silent:
            sock.close()
