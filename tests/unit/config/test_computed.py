"""Defaults that depend on the machine."""

import pytest

from pymaster.config import computed
from pymaster.config.snapshot import Snapshot


@pytest.mark.parametrize(
    ("kernel", "main_cf", "name", "domain"),
    [
        ("mx.example.org", "", "mx.example.org", "example.org"),
        ("vm", "", "vm.localdomain", "localdomain"),
        ("vm", "mydomain = lab.example", "vm.lab.example", "lab.example"),
        ("vm", "myhostname = org", "org", "localdomain"),
        ("vm", "myhostname = a.b.c", "a.b.c", "b.c"),
        ("a.b", "mydomain = $myhostname", "a.b", "a.b"),
    ],
)
def test_names(monkeypatch: pytest.MonkeyPatch, kernel: str, main_cf: str, name: str, domain: str) -> None:
    monkeypatch.setattr(computed, "hostname", lambda: kernel)
    snapshot = Snapshot.from_text(main_cf)
    assert (snapshot.text("myhostname"), snapshot.text("mydomain")) == (name, domain)


def test_networks_and_places() -> None:
    snapshot = Snapshot.from_text("mynetworks_style = host\n")
    assert "127.0.0.1/32" in snapshot.text("mynetworks").split()
    assert snapshot.text("sendmail_path") == snapshot.text("command_directory") + "/sendmail"
    assert snapshot.text("daemon_directory").startswith("/")
    assert snapshot.text("process_id").isdigit()
