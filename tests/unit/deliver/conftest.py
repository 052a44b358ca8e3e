"""A little site for the agents' tests: users, tables and a message in memory; files in a folder that every uid may enter."""

import os
import shutil
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.deliver.local.agent import Local, Outside, tools
from pymaster.deliver.local.job import Forwarded
from pymaster.model.envelope import Envelope, Origin, Recipient
from pymaster.model.messages import DeliveryReport, DeliveryRequest
from pymaster.model.status import sent
from pymaster.model.stored import NewMessage
from pymaster.store.mboxjournal import Journal
from pymaster.util import log, passwd
from pymaster.util.errors import LookupFailed

BODY = b"Subject: test\nFrom: a@b.example\n\nhello\nFrom here\n"
ROOT = os.geteuid() == 0


class DictMaps:
    """Maps over a dict; a value that is an exception is raised."""

    def __init__(self, table):
        self.table = table

    def __bool__(self):
        return self.table is not None

    def get(self, key, *, fixed_only=False):
        value = (self.table or {}).get(key)
        if isinstance(value, Exception):
            raise value
        return value


class Sink:
    def __init__(self):
        self.lines = []

    def write(self, lines):
        self.lines += [text for _, text, _ in lines]


class Site:
    """Users joe, eve and the mail system; `self.aliases` and `self.tables` are looked up."""

    def __init__(self, folder):
        self.folder = folder
        self.aliases, self.tables, self.users = {}, {}, {}
        self.body = [BODY]
        self.forwarded, self.handed = [], []
        self.transports = {}
        self.sink = Sink()
        self.spool = folder / "mail"
        self.spool.mkdir()
        self.spool.chmod(0o1777)
        for name, uid in (("joe", 20001), ("eve", 20002), ("nobody", 20003), ("root", 0)):
            self.user(name, uid)

    def user(self, name, uid):
        home = self.folder / "home" / name
        home.mkdir(parents=True)
        if ROOT:
            os.chown(home, uid, uid)
        else:
            uid = os.geteuid()
        gid = uid if ROOT else os.getegid()
        self.users[name.encode()] = passwd.User(name, uid, gid, str(home), "/bin/sh")

    def write(self, path, data, owner="joe", mode=0o600):
        path = self.folder / path
        path.write_bytes(data)
        if ROOT:
            os.chown(path, self.users[owner.encode()].uid, self.users[owner.encode()].gid)
        path.chmod(mode)
        return path

    def open_maps(self, text, param):
        return DictMaps(self.aliases if param == "alias_maps" else self.tables.get(text) if text else None)

    def resolve(self, sender, address):
        if address.endswith(b"@broken.example"):
            raise LookupFailed("table is ill")
        name, _, domain = address.rpartition(b"@")
        if domain == b"h.example":
            return SimpleNamespace(transport="local", nexthop="h.example", recipient=address, ok=True)
        ok = bool(name) and b" " not in domain
        return SimpleNamespace(transport="smtp", nexthop="x", recipient=address, ok=ok)

    def forward(self, job, forwarding):
        self.forwarded.append(forwarding)
        envelope = Envelope(
            f"NEW{len(self.forwarded)}", 0.0, forwarding.sender, tuple(forwarding.recipients), 1, Origin()
        )
        return Forwarded([NewMessage(envelope)])

    def hand_over(self, transport, nexthop, request):
        self.handed.append((transport, nexthop, request))
        return DeliveryReport(0, (sent("250 ok", relay="other"),))

    def snapshot(self, main_cf=""):
        return Snapshot.from_text(
            "myhostname = h.example\nalias_maps = hash:aliases\nmydestination = h.example\nmail_owner = nobody2\n"
            f"mail_spool_directory = {self.spool}\nrecipient_delimiter = +\ndeliver_lock_delay = 1s\n"
            f"deliver_lock_attempts = 1\n{main_cf}\n"
        )

    def local(self, main_cf=""):
        outside = Outside(
            lambda queue_id: iter(self.body),
            self.open_maps,
            self.resolve,
            lambda address: address if b"@" in address else address + b"@h.example",
            self.forward,
            self.hand_over,
            Journal(str(self.folder / "notes"), _elevated()),
        )
        return Local(tools(self.snapshot(main_cf), outside))

    def request(self, *addresses, sender=b"s@x.example", flags=0, origin=None, queue_id="Q1"):
        now = time.time()
        to = tuple(Recipient(a, a) for a in addresses)
        envelope = Envelope(queue_id, now - 1, sender, to, sum(map(len, self.body)), origin or Origin(), flags=flags)
        return DeliveryRequest(7, "h.example", envelope, tuple(range(len(to))), now - 0.5, now)

    def deliver(self, address, main_cf="", **kwargs):
        """Deliver to one address; (status, texts of the log)."""
        agent = self.local(main_cf)
        self.sink.lines.clear()
        report = agent.deliver(self.request(address, **kwargs))
        agent.close()
        self.children = report.children
        return report.statuses[0]

    def mbox(self, name="joe"):
        return (self.spool / name).read_bytes()


def _elevated():
    from pymaster.deliver.rights import elevated

    return elevated


@pytest.fixture
def site(monkeypatch):
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    made = Site(folder)
    everybody = {**made.users, b"nobody2": passwd.User("nobody2", 20009, 20009, "/", "/bin/false")}
    made.everybody = everybody

    def by_name(name):
        found = made.users.get(name) or everybody.get(name)
        if isinstance(found, Exception):
            raise found
        return found

    def by_uid(uid):
        return next((u for u in made.users.values() if isinstance(u, passwd.User) and u.uid == uid), None)

    monkeypatch.setattr(passwd, "by_name", by_name)
    monkeypatch.setattr(passwd, "by_uid", by_uid)
    monkeypatch.setattr(log.LOG, "sink", made.sink)
    monkeypatch.setattr(log.LOG, "on_first", None)
    yield made
    assert (os.geteuid(), os.getegid()) == (0, 0) or not ROOT
    shutil.rmtree(folder)
