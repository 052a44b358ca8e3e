import mailbox
import os
from dataclasses import replace

import pytest

from pymaster.config.snapshot import Snapshot
from pymaster.deliver.rights import elevated
from pymaster.deliver.virtual import Virtual
from pymaster.model.envelope import VERIFY_ONLY
from pymaster.store.mboxjournal import Journal
from pymaster.tables.tableset import TableSet

ROOT = os.geteuid() == 0
UID, GID = (20001, 20001) if ROOT else (os.geteuid(), os.getegid())
root = pytest.mark.skipif(not ROOT, reason="needs root")


@pytest.fixture
def make(site):
    base = site.folder / "vmail"
    base.mkdir()
    os.chown(base, UID, GID)
    site.base = base
    made = []

    def build(main_cf="", boxes="joe@v.example=v/joe/ box@v.example=v/box @all.example=catch/"):
        snapshot = Snapshot.from_text(
            f"myhostname = h.example\nvirtual_mailbox_base = {base}\nvirtual_minimum_uid = 1\n"
            f"virtual_mailbox_maps = inline:{{ {boxes} }}\nvirtual_uid_maps = static:{UID}\n"
            f"virtual_gid_maps = static:{GID}\nrecipient_delimiter = +\ndeliver_lock_attempts = 1\n{main_cf}"
        )
        journal = Journal(str(site.folder / "notes"), elevated)
        made.append(Virtual(snapshot, lambda queue_id: iter(site.body), TableSet(snapshot).open, journal=journal))
        return made[-1]

    yield build
    for agent in made:
        agent.close()


def statuses(agent, *requests):
    return [status for report in agent.deliver(requests) for status in report.statuses]


def test_maildir(make, site):
    (status,) = statuses(make(), site.request(b"Joe@V.example"))
    assert (status.word, status.reason, status.relay) == ("sent", "delivered to maildir", "virtual")
    (path,) = (site.base / "v/joe/new").iterdir()
    assert path.name.split(".", 1)[1] == "QQ1R0.h.example,S=133,W=141"
    assert path.read_bytes() == (
        b"Return-Path: <s@x.example>\nX-Original-To: Joe@V.example\nDelivered-To: joe@v.example\n" + site.body[0]
    )
    if ROOT:
        assert path.stat().st_uid == UID
    assert "status=sent (delivered to maildir)" in site.sink.lines[-1]


def test_mbox_and_its_retry(make, site):
    agent = make()
    for _ in range(2):
        (status,) = statuses(agent, site.request(b"box@v.example"))
        assert status.reason == "delivered to mailbox"
    assert len(mailbox.mbox(site.base / "v/box")) == 1
    text = (site.base / "v/box").read_bytes()
    assert text.startswith(b"From s@x.example  ") and text.endswith(b">From here\n\n")


def test_search_order(make, site):
    agent = make("", "joe+x@v.example=one/ joe@v.example=two/ @v.example=three/ joe=never/")
    requests = [
        site.request(a, queue_id=f"Q{a[:5].hex()}") for a in (b"joe+x@v.example", b"JOE+y@v.example", b"eve@v.example")
    ]
    assert [s.word for s in statuses(agent, *requests)] == ["sent"] * 3
    assert [len(list((site.base / d / "new").iterdir())) for d in ("one", "two", "three")] == [1, 1, 1]


def test_unknown_user_bounces(make, site):
    (status,) = statuses(make(), site.request(b"who@v.example"))
    assert (status.word, status.dsn, status.reason) == ("bounced", "5.1.1", 'unknown user: "who@v.example"')


@pytest.mark.parametrize(
    "setting",
    [
        "virtual_uid_maps = static:0",
        "virtual_uid_maps = static:99\nvirtual_minimum_uid = 100",
        "virtual_uid_maps = static:joe",
        "virtual_uid_maps = static:-5",
        "virtual_uid_maps = static:4294967295",
        "virtual_uid_maps = static:99999999999",
        "virtual_gid_maps = static:0",
        "virtual_gid_maps =",
        "virtual_uid_maps = fail:x",
        "virtual_mailbox_maps = fail:x",
    ],
)
def test_bad_tables_defer(make, site, setting):
    (status,) = statuses(make(setting), site.request(b"joe@v.example"))
    assert (status.word, status.dsn) == ("deferred", "4.3.5")
    assert list(site.base.iterdir()) == []


def test_paths_do_not_lead_out(make, site):
    agent = make("", "a@v.example=../x/ b@v.example=a/../../x")
    for address in (b"a@v.example", b"b@v.example"):
        assert statuses(agent, site.request(address))[0].dsn == "4.3.5"
    assert not (site.folder / "x").exists()


def test_a_batch_with_one_bad_message(make, site):
    agent = make("virtual_mailbox_limit = 1000")
    good = site.request(b"joe@v.example", b"box@v.example", b"who@v.example", b"x@all.example")
    big = replace(site.request(b"joe@v.example", queue_id="BIG"), request=8)
    agent.chunks = lambda queue_id: iter([b"x" * 5000] if queue_id == "BIG" else site.body)
    first, second = agent.deliver([good, big])
    assert [s.word for s in first.statuses] == ["sent", "sent", "bounced", "sent"]
    assert (first.request, second.request) == (7, 8)
    assert (second.statuses[0].word, second.statuses[0].dsn) == ("bounced", "5.2.2")


def test_a_message_that_is_gone(make, site):
    def gone(queue_id):
        raise OSError(5, "the message is gone from the queue")
        yield b""

    agent = make()
    agent.chunks = gone
    assert [s.word for s in statuses(agent, site.request(b"joe@v.example", b"box@v.example"))] == ["deferred"] * 2


def test_a_large_message_is_read_block_by_block(make, site):
    site.body = [b"Subject: x\n\n"] + [b"y" * 65519 + b"\n"] * 40
    assert statuses(make(), site.request(b"joe@v.example", b"x@all.example"))[0].word == "sent"
    for folder in ("v/joe", "catch"):
        (path,) = (site.base / folder / "new").iterdir()
        assert path.read_bytes().endswith(b"".join(site.body))


def test_verify_only(make, site):
    agent = make()
    found = statuses(agent, site.request(b"joe@v.example", b"box@v.example", flags=VERIFY_ONLY))
    assert [s.reason for s in found] == ["delivers to maildir", "delivers to mailbox"]
    assert list(site.base.iterdir()) == []


@root
def test_a_folder_that_the_user_may_not_write(make, site):
    (site.base / "v").mkdir()
    (status,) = statuses(make(), site.request(b"joe@v.example"))
    assert status.word == "deferred" and "Permission denied" in status.reason


@root
@pytest.mark.parametrize("trap", ["link", "other"])
def test_traps_for_an_mbox(make, site, trap):
    (site.base / "v").mkdir()
    os.chown(site.base / "v", UID, GID)
    if trap == "link":
        (site.base / "v/box").symlink_to("/etc/passwd")
    else:
        (site.base / "v/box").write_bytes(b"")
        (site.base / "v/box").chmod(0o666)
    (status,) = statuses(make(), site.request(b"box@v.example"))
    assert status.word == "deferred"
    assert statuses(make("strict_mailbox_ownership = no"), site.request(b"box@v.example"))[0].word == (
        "deferred" if trap == "link" else "sent"
    )


def test_another_user_in_a_rootless_process(make, site, monkeypatch):
    agent = make()
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 4242)
        found = statuses(agent, site.request(b"joe@v.example", b"box@v.example"))
    assert [s.word for s in found] == ["deferred", "deferred"]
    assert f"uid {UID} needs a mail system that was started by root" in found[0].reason
