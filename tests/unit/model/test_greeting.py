"""The records that commands send are the same ones that services know."""

from pymaster.model import greeting, messages


def test_one_vocabulary() -> None:
    assert messages.Hello is greeting.Hello
    assert messages.Flush is greeting.Flush
    assert messages.Changed is greeting.Changed
    for item in (greeting.Hello("queue"), greeting.Flush(queue_id="A1"), greeting.Changed(("A1",))):
        assert type(item).unpack(item.pack()) == item
