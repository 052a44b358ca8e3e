import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymaster.store.mailbox.control import ACCOUNT, Control, acl_text, parse_acl
from pymaster.util.clock import ManualClock


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def control(tmp_path, clock):
    made = Control(os.open(tmp_path, os.O_RDONLY), str(tmp_path), ("/", "."), clock)
    yield made
    made.close()


def test_subscriptions_of_dovecots_second_version(control, tmp_path):
    path = tmp_path / "subscriptions"
    path.write_bytes(b"V\t2\n\nWork\nWork\tSub\n&APw-\n&bad\n")
    assert control.subscriptions() == ["Work", "Work/Sub", "ü"]
    control.subscribe("New/Bö", on=True)
    control.subscribe("Work", on=False)
    control.subscribe("Work", on=False)
    assert path.read_bytes() == b"V\t2\n\nWork\tSub\n&APw-\n&bad\nNew\tB&APY-\n"


def test_subscriptions_of_the_first_version(control, tmp_path):
    path = tmp_path / "subscriptions"
    path.write_bytes(b"Work.Sub\nx\\2ey\n")
    assert control.subscriptions() == ["Work/Sub", "x.y"]
    control.subscribe("a.b/c", on=True)
    assert path.read_bytes() == b"Work.Sub\nx\\2ey\na\\2eb.c\n" and "a.b/c" in control.subscriptions()


def test_a_new_file(control, tmp_path):
    control.subscribe("A/B", on=True)
    assert (tmp_path / "subscriptions").read_bytes() == b"V\t2\n\nA\tB\n"


def test_uidvalidity_rises(control, tmp_path, clock):
    first = control.next_validity()
    assert first == int(clock.now()) and control.next_validity() == first + 1
    assert (tmp_path / "dovecot-uidvalidity").read_bytes() == b"%08x" % (first + 1)
    clock.step_wall(-1e6)
    assert control.next_validity() == first + 2
    clock.step_wall(3e6)
    assert control.next_validity() > first + 1000


def test_uidvalidity_of_dovecot(control, tmp_path, clock):
    (tmp_path / "dovecot-uidvalidity").write_bytes(b"f0000000")
    (tmp_path / "dovecot-uidvalidity.f0000000").write_bytes(b"")
    assert control.next_validity() == 0xF0000001
    assert (tmp_path / "dovecot-uidvalidity.f0000001").exists()
    (tmp_path / "dovecot-uidvalidity").write_bytes(b"ffffffff")
    assert control.next_validity() == int(clock.now())
    (tmp_path / "dovecot-uidvalidity").write_bytes(b"nonsense")
    assert control.next_validity() > 0


def test_settings_are_changed_whole(control, tmp_path):
    with control.change() as settings:
        settings["special"] = {"A": ["\\Sent"]}
    with pytest.raises(RuntimeError), control.change() as settings:
        settings["special"]["B"] = []
        raise RuntimeError
    assert control.account() == {"special": {"A": ["\\Sent"]}}
    other = Control(os.open(tmp_path, os.O_RDONLY), str(tmp_path), ("/", "."), ManualClock())
    with other.change() as settings:
        settings["quota"] = [1, 2]
    assert control.account()["quota"] == [1, 2]
    other.close()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"special": 5}', b"\xff", b"[" * 100_000])
def test_damaged_settings_are_set_aside(control, tmp_path, data):
    (tmp_path / ACCOUNT).write_bytes(data)
    assert control.account() == {} and (tmp_path / f"{ACCOUNT}.damaged").read_bytes() == data


def test_rights():
    rights = {"me": "lr", "anyone": "l", "-bob x": "w", "$staff": "lrs", "authenticated": "", "joe": "lrswipkxtea"}
    text = acl_text(rights, "me")
    assert b'-"user=bob x" w\n' in text and b"owner lr\n" in text and b"group=staff lrs\n" in text
    assert parse_acl(text, "me") == rights
    assert parse_acl(b"nonsense\n# comment\nuser=x lr\nfoo=bar l\n\nanyone\n", "me") == {"x": "lr", "anyone": ""}


@given(st.binary(max_size=100))
def test_any_rights(data):
    assert isinstance(parse_acl(data, "me"), dict)


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "5", "null", "[" * 100_000, '{"special": []}', '{"special": {"A": 5}}', '{"special": {"A": [5]}}', '{"made": {}}',
     '{"made": [1]}', '{"quota": [1]}', '{"quota": ["a", "b"]}', '{"quota": {}}', '{"metadata": []}', '{"metadata": {"": []}}',
     '{"metadata": {"": {"/private/x": 5}}}', '{"metadata": {"": {"/private/x": "\\u20ac"}}}', "\udcff", "\0" * 100],
)  # fmt: skip
def test_a_damaged_account_file_is_set_aside(control, tmp_path, text):
    for _ in range(2):
        (tmp_path / ACCOUNT).write_bytes(text.encode("utf-8", "surrogateescape"))
        assert control.account() == {} == control.account()
        assert not (tmp_path / ACCOUNT).exists() and (tmp_path / f"{ACCOUNT}.damaged").exists()
    with control.change() as settings:
        settings["made"] = ["x"]
    assert control.account() == {"made": ["x"]}


@pytest.mark.parametrize(
    "name", [ACCOUNT, "subscriptions", "dovecot-uidvalidity", "pymaster.lock", "subscriptions.tmp"]
)
def test_links_lead_nowhere(control, tmp_path, name):
    (tmp_path / "elsewhere").write_bytes(b"secret")
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    assert control.account() == {}
    control.subscribe("A", on=True)
    assert control.next_validity() > 0 and control.subscriptions() == ["A"]
    with control.change() as settings:
        settings["made"] = ["x"]
    assert (tmp_path / "elsewhere").read_bytes() == b"secret"
