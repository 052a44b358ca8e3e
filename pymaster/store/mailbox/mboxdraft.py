"""mboxdraft - a message on its way into an mbox: kept in memory while small, in a nameless file when not."""

from __future__ import annotations

import tempfile

from pymaster.store.mailbox.mboxmessage import stored
from pymaster.store.mailbox.wire import DiskForm, wire_form, wire_size

# A message larger than this (octets) goes to a file.
IN_MEMORY = 1 << 20


class MboxDraft:
    """See driver.DriverDraft. Nothing is durable before `save`."""

    def __init__(self, date: int, folder: str) -> None:
        """`folder` is where a large one goes."""
        self.date, self.size = date, 0
        self._form = DiskForm()
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=folder)  # noqa: SIM115 - closed by abandon or with us

    def write(self, block: bytes) -> None:
        """More of the wire form."""
        self._add(self._form.feed(block))

    def _add(self, text: bytes) -> None:
        self.size += wire_size(text)
        self._file.write(text)

    def finish(self) -> None:
        """All is written."""
        self._add(self._form.rest())
        self.size = wire_size(self.text())

    def text(self) -> bytes:
        """The message as it is stored, with LF line ends, not quoted."""
        self._file.seek(0)
        return stored(self._file.read())

    def wire(self) -> bytes:
        """The message in wire form."""
        return wire_form(self.text())

    def abandon(self) -> None:
        """Not wanted."""
        self._file.close()
