import os

UID = os.geteuid() or 20001
GID = os.getegid() or 20001


def test_a_window_of_requests_is_delivered(bench):
    base = bench.folder / "vmail"
    base.mkdir()
    os.chown(base, UID, GID)
    main_cf = (
        f"virtual_mailbox_base = {base}\nvirtual_mailbox_maps = inline:{{ a@v.example=a/ b@v.example=b }}\n"
        f"virtual_uid_maps = static:{UID}\nvirtual_gid_maps = static:{GID}\nvirtual_minimum_uid = 1\n"
    )
    requests = [bench.store(b"a@v.example", b"b@v.example") for _ in range(40)]
    reports = bench.deliver("virtual", main_cf, requests)
    assert {s.reason for r in reports for s in r.statuses} == {"delivered to maildir", "delivered to mailbox"}
    assert bench.hello.protocol == "delivery" and bench.hello.window == 32
    names = os.listdir(base / "a/new")
    assert len(names) == 40 and len({name.split(".")[1] for name in names}) == 40
    assert (base / "b").read_bytes().count(b"\nDelivered-To: b@v.example\n") == 40


def test_a_message_that_is_gone_waits(bench):
    main_cf = "virtual_mailbox_maps = static:x/\nvirtual_uid_maps = static:2000\nvirtual_gid_maps = static:2000"
    request = bench.store(b"a@v.example")
    request.envelope.queue_id = "GONE"
    (report,) = bench.deliver("virtual", main_cf, [request])
    assert report.statuses[0].word == "deferred"
