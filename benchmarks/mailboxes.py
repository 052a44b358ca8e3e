"""mailboxes - `python -m benchmarks.mailboxes`: POP3 and IMAP of Dovecot and of pymaster on one folder of Maildirs, in turn.

Sessions per second (login, select, fetch, store, append, logout), FETCH per message on a large mailbox when nothing is
known of it, when a new process meets it, and warm; SEARCH, APPEND, POP3 RETR, memory of idle connections, and the longest
time a hub of ours was kept. Reports, never fails on a slow machine.
"""

import argparse
import contextlib
import json
import os
import pwd
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import mailreport
from benchmarks.mailclient import Imap, Pop3
from benchmarks.mailservers import PASSWORD, DovecotServer, OurServer
from pymaster.store.maildir import Item, Maildirs

Server = DovecotServer | OurServer
# u10 gets its mail delivered, u0 has many messages, the others few.
USERS, LARGE, SMALL = 10, 10_000, 200
FETCHES = {
    "FLAGS": b"FETCH 1:* (FLAGS)",
    "UID+FLAGS+SIZE+DATE": b"UID FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)",
    "ENVELOPE": b"FETCH 1:* (ENVELOPE)",
    "BODYSTRUCTURE": b"FETCH 1:* (BODYSTRUCTURE)",
    "Thunderbird's headers": b"UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date "
    b"Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To)])",
    "BODY[]": b"FETCH 1:* (BODY.PEEK[])",
}
SEARCHES = {"UNSEEN": b"SEARCH UNSEEN", "SUBJECT": b"SEARCH SUBJECT zzzz", "BODY": b"SEARCH BODY zzzzqqqq"}


def message(number: int) -> bytes:
    """A message as people send them, 2 to 6 KB, with LF line ends."""
    chance = random.Random(number)
    words = " ".join(chance.choices(["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"], k=12))
    lines = "\n".join(" ".join(chance.choices(words.split(" "), k=10)) for _ in range(chance.randrange(30, 90)))
    return (
        f"Return-Path: <sender{number % 97}@example.com>\nReceived: from a.example by b.example with ESMTP id {number:08X};\n"
        f"\tThu, 8 Mar 2007 08:20:{number % 60:02d} +0100\nFrom: Sender {number % 97} <sender{number % 97}@example.com>\n"
        f"To: User <user@{'bench.test'}>, Other <other@example.org>\nSubject: Re: {words}\n"
        f"Date: Thu, 8 Mar 2007 08:20:{number % 60:02d} +0100\nMessage-ID: <{number}.bench@example.com>\n"
        f"In-Reply-To: <{number - 1}.bench@example.com>\nReferences: <{number - 2}.bench@example.com>\n"
        f"\t<{number - 1}.bench@example.com>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        f"Content-Transfer-Encoding: 8bit\n\n{lines}\n"
    ).encode()


def fill(mail: Path, user: str, count: int, uid: int, gid: int) -> None:
    """A Maildir with messages, as a delivery agent leaves them."""
    base = mail / user
    for name in ("", "cur", "new", "tmp"):
        (base / name).mkdir(exist_ok=True)
        os.chown(base / name, uid, gid)
    for number in range(count):
        text = message(number)
        wide = len(text) + text.count(b"\n")
        path = (
            base
            / "cur"
            / f"{1700000000 + number}.M{number}P1.bench,S={len(text)},W={wide}:2,{'S' if number % 3 else ''}"
        )
        path.write_bytes(text)
        os.chown(path, uid, gid)


def deliver(mail: Path, user: str, count: int, uid: int, gid: int) -> None:
    """Messages as virtual(8) delivers them, by its own library and with the owner's rights. A mailbox that is read with
    our IMAP server gets their digests, as it does in life."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgid(gid)
            os.setuid(uid)
            boxes = Maildirs("bench.test")
            for start in range(0, count, 50):
                numbers = range(start, min(start + 50, count))
                items = [
                    Item(f"{mail}/{user}", f"D{number}", 0, time.time(), lambda number=number: [message(number)])  # type: ignore[misc]
                    for number in numbers
                ]
                if any(placed.error for placed in boxes.deliver(items)):
                    raise OSError("delivery failed")
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("delivery failed")


def delivered(server: Server, mail: Path, owner: tuple[int, int]) -> float:
    """Microseconds per message of SELECT and FETCH ENVELOPE by the first client after a large delivery. Stopped before
    and after."""
    shutil.rmtree(mail / "u10", ignore_errors=True)
    fill(mail, "u10", 0, *owner)
    server.start()
    client = Imap(server.imap, server.login("u10"), PASSWORD)
    client.do(b"SELECT INBOX")
    client.close()
    deliver(mail, "u10", LARGE, *owner)
    server.stop()
    server.start()
    took = first_fetch(server, FETCHES["ENVELOPE"], "u10")
    server.stop()
    return took


def forget(mail: Path) -> None:
    """Remove what servers keep beside the mail: indexes of both, and the list of UIDs."""
    for path in mail.rglob("*"):
        if path.name.startswith(("dovecot", "pymaster")) and path.is_file():
            path.unlink()


def timed(work: Callable[[], Any]) -> float:
    """Seconds that it took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def one_session(server: Server, user: str, number: int) -> None:
    """The mix of a session."""
    client = Imap(server.imap, server.login(user), PASSWORD)
    client.do(b"SELECT INBOX")
    at = number % SMALL + 1
    client.do(b"FETCH %d:%d (UID FLAGS ENVELOPE)" % (at, min(at + 20, SMALL)))
    client.do(b"FETCH %d (BODY.PEEK[])" % at)
    client.do(b"STORE %d +FLAGS.SILENT (\\Seen)" % at)
    if number % 4 == 0:
        client.do(b"APPEND Drafts (\\Draft)", message(number).replace(b"\n", b"\r\n"))
    client.close()


def sessions(server: Server, seconds: float, clients: int = 10) -> float:
    """Sessions per second with concurrent clients."""
    for number in range(1, USERS):
        client = Imap(server.imap, server.login(f"u{number}"), PASSWORD)
        with contextlib.suppress(RuntimeError):
            client.do(b"CREATE Drafts")
        client.close()
    done, until = [0] * clients, time.perf_counter() + seconds

    def run(each: int) -> None:
        number = each * 1000
        while time.perf_counter() < until:
            one_session(server, f"u{1 + each % (USERS - 1)}", number)
            number += 1
            done[each] += 1

    threads = [threading.Thread(target=run, args=(each,)) for each in range(clients)]
    took = timed(lambda: ([thread.start() for thread in threads], [thread.join() for thread in threads]))
    return sum(done) / took


def logins(server: Server, seconds: float) -> float:
    """Connect, LOGIN, LOGOUT per second, ten clients."""
    done, until = [0] * 10, time.perf_counter() + seconds

    def run(each: int) -> None:
        while time.perf_counter() < until:
            Imap(server.imap, server.login(f"u{1 + each % (USERS - 1)}"), PASSWORD).close()
            done[each] += 1

    threads = [threading.Thread(target=run, args=(each,)) for each in range(10)]
    took = timed(lambda: ([thread.start() for thread in threads], [thread.join() for thread in threads]))
    return sum(done) / took


def fetches(server: Server, rounds: int) -> dict[str, float]:
    """Microseconds per message of each FETCH, the best of some rounds on one connection."""
    client = Imap(server.imap, server.login("u0"), PASSWORD)
    client.do(b"SELECT INBOX")
    found = {}
    for name, command in FETCHES.items():
        found[name] = min(timed(lambda command=command: client.do(command)) for _ in range(rounds)) / LARGE * 1e6  # type: ignore[misc]
    client.close()
    return found


def first_fetch(server: Server, command: bytes, user: str = "u0") -> float:
    """Microseconds per message of SELECT and one FETCH on a new connection."""
    client = Imap(server.imap, server.login(user), PASSWORD)
    took = timed(lambda: (client.do(b"SELECT INBOX"), client.do(command)))
    client.close()
    return took / LARGE * 1e6


def searches(server: Server) -> dict[str, float]:
    """Milliseconds of each SEARCH on the large mailbox, warm."""
    client = Imap(server.imap, server.login("u0"), PASSWORD)
    client.do(b"SELECT INBOX")
    found = {}
    for name, command in SEARCHES.items():
        found[name] = min(timed(lambda command=command: client.do(command)) for _ in range(2)) * 1000  # type: ignore[misc]
    client.close()
    return found


def appends(server: Server, count: int = 200) -> float:
    """Milliseconds per APPEND, one after the other."""
    client = Imap(server.imap, server.login("u9"), PASSWORD)
    with contextlib.suppress(RuntimeError):
        client.do(b"CREATE Appended")
    text = message(7).replace(b"\n", b"\r\n")
    took = timed(lambda: [client.do(b"APPEND Appended", text) for _ in range(count)])
    client.close()
    return took / count * 1000


def retrieves(server: Server, count: int = 1000) -> float:
    """Milliseconds per POP3 RETR."""
    client = Pop3(server.pop3, server.login("u0"), PASSWORD)
    client.lines(b"UIDL")
    took = timed(lambda: [client.lines(b"RETR %d" % (number + 1)) for number in range(count)])
    client.close()
    return took / count * 1000


def idles(server: Server, count: int) -> float:
    """KB of memory per idle IMAP connection (INBOX selected, in IDLE)."""
    Imap(server.imap, server.login("u1"), PASSWORD).close()
    before, clients = server.tree.pss(), []
    for number in range(count):
        client = Imap(server.imap, server.login(f"u{1 + number % (USERS - 1)}"), PASSWORD)
        client.do(b"SELECT INBOX")
        client.sock.sendall(b"I IDLE\r\n")
        clients.append(client)
    time.sleep(2.0)
    after = server.tree.pss()
    for client in clients:
        client.sock.close()
    return (after - before) * 1000 / count


def measure(server: Server, mail: Path, opts: argparse.Namespace) -> dict[str, Any]:
    """All figures of one server. It is stopped when this begins and when it ends."""
    found: dict[str, Any] = {}
    owner = mail.stat().st_uid, mail.stat().st_gid
    found["first ENVELOPE after delivery"] = delivered(server, mail, owner)
    for name in ("FLAGS", "ENVELOPE"):
        forget(mail)
        server.start()
        found[f"first {name}"] = first_fetch(server, FETCHES[name])
        server.stop()
        server.start()
        found[f"new process {name}"] = first_fetch(server, FETCHES[name])
        if name != "ENVELOPE":
            server.stop()
    cpu = server.tree.cpu()
    found["sessions/s"] = sessions(server, opts.seconds)
    found["CPU ms/session"] = (server.tree.cpu() - cpu) * 1000 / max(found["sessions/s"] * opts.seconds, 1)
    found["logins/s"] = logins(server, opts.seconds)
    found |= {f"warm {name}": value for name, value in fetches(server, 3).items()}
    found |= {f"SEARCH {name} ms": value for name, value in searches(server).items()}
    found["APPEND ms"] = appends(server)
    found["POP3 RETR ms"] = retrieves(server)
    found["idle KB/connection"] = idles(server, opts.idle)
    if isinstance(server, OurServer):
        found["hub gaps ms"] = server.gaps()
    server.stop()
    return found


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="benchmarks.mailboxes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--idle", type=int, default=2000)
    parser.add_argument("--servers", default="dovecot,dovecot reuse,pymaster")
    parser.add_argument("--out", default="scratch/bench")
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks-mailboxes.md and its plot")
    opts = parser.parse_args()
    owner = pwd.getpwnam("nobody")
    base = Path(tempfile.mkdtemp(prefix="pymaster-mailbench-"))
    base.chmod(0o755)
    mail = base / "mail"
    mail.mkdir()
    os.chown(mail, owner.pw_uid, owner.pw_gid)
    fill(mail, "u0", LARGE, owner.pw_uid, owner.pw_gid)
    for number in range(1, USERS):
        fill(mail, f"u{number}", SMALL, owner.pw_uid, owner.pw_gid)
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in opts.servers.split(",")}
    try:
        for turn in range(opts.rounds):
            for name in results:
                ours = name.startswith("pymaster")
                server: Server = (
                    OurServer(name, mail, owner.pw_uid, owner.pw_gid, base / f"{name}-{turn}", USERS + 1)
                    if ours
                    else DovecotServer(name, mail, owner.pw_uid, owner.pw_gid)
                )
                results[name].append(measure(server, mail, opts))
                print(name, json.dumps(results[name][-1]), flush=True)
    finally:
        out = Path(opts.out)
        out.mkdir(parents=True, exist_ok=True)
        (out / "mailboxes.json").write_text(json.dumps(results, indent=1))
        shutil.rmtree(base, ignore_errors=True)
    print(mailreport.table(results))
    mailreport.plot(out / "mailboxes.png", results)
    if opts.publish:
        Path("docs/benchmarks-mailboxes.md").write_text(mailreport.page(results, opts.rounds))
        mailreport.plot(Path("docs/img/mailboxes.png"), results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
