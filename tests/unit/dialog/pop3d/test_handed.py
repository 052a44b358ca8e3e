"""What a session is handed, by default: everything at once, no lock, one session as good as another."""

from pymaster.dialog.pop3d.handed import Client, World
from pymaster.dialog.pop3d.settings import Settings
from pymaster.store.mailbox.memory import MemoryAccount


def test_defaults_wait_for_nothing() -> None:
    account = MemoryAccount()
    world = World(Settings(), account)
    assert world.run(max, 1, 2) == 2
    with world.lock(account.open("INBOX")):
        world.changed(account.open("INBOX"))
    release = world.reserve()
    assert release is not None
    release()
    world.sleep(0)
    assert Client("user").user == "user"
