"""What a session is handed: the defaults do the plain thing."""

from pymaster.dialog.imapd.handed import Client, Woken, World
from pymaster.dialog.imapd.settings import Settings
from pymaster.store.mailbox.memory import MemoryAccount


def test_defaults() -> None:
    account = MemoryAccount()
    world = World(Settings(), account)
    mailbox = account.open("INBOX")
    assert world.run(len, "abc") == 3
    with world.lock(mailbox):
        world.changed(mailbox)
    world.watch(["x"], list)()
    world.follow(mailbox, list)()
    world.sleep(5.0)
    assert issubclass(Woken, Exception)
    assert Client("u").user == "u"
