"""pursuit - doing something with a message's file while other programs rename it: mutt sets flags that way."""

from __future__ import annotations

from collections.abc import Callable

from pymaster.store.mailbox.maildirfiles import MaildirFiles
from pymaster.store.mailbox.maildirname import base_of

# How often one file is looked for, and how many listings all files of one call may cost: when another program removed a
# thousand messages, the first few misses say enough.
TRIES, LISTINGS = 10, 30


class Pursuit:
    """One call's work on many files; remembers where the last listing saw them."""

    __slots__ = ("_files", "_left", "_places")

    def __init__(self, files: MaildirFiles) -> None:
        self._files, self._left = files, LISTINGS
        self._places: dict[str, str] = {}

    def act(self, place: str, do: Callable[[str], None]) -> str | None:
        """Call `do` with the place where the file is by now; that place, None when it is not to be found.

        `do` raises FileNotFoundError when it is not there (any more).
        """
        missed, base = 0, base_of(place)
        at: str | None = place
        for _ in range(TRIES):
            if at is not None:
                try:
                    do(at)
                except FileNotFoundError:
                    self._places.pop(base, None)
                else:
                    return at
            at = self._places.get(base)
            if at is None:
                # A listing may miss a file that is being renamed, hardly two.
                if missed == 2 or not self._left:
                    return None
                self._left -= 1
                self._places = self._files.finder()
                at = self._places.get(base)
                missed += at is None
        return None
