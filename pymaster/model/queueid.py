"""queueid - queue ids in Postfix's two forms, minted before the commit and never reused.

Short: 5 hexadecimal digits of the microsecond, then a number in hexadecimal (Postfix: the inode). Long
(enable_long_queue_ids): the time in base 52, `z`, the number in base 51. Here the number comes from a counter that the
queue keeps (`reserve_ids`): a process takes a block of numbers at a time, so ids stay apart between processes, after a
kill, and when the clock is set back.
"""

from collections import deque

from pymaster.util.clock import SYSTEM, Clock

_DIGITS = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"
BLOCK = 4096


def to_base(value: int, base: int, width: int = 1) -> str:
    """`value` in `base` (51 leaves out the last letter, `z`), padded with zeros to `width`."""
    digits: list[str] = []
    while value:
        value, rest = divmod(value, base)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits)).rjust(width, "0")


class Minter:
    """Turns reserved numbers into queue ids; `refill` it before it runs dry."""

    def __init__(self, long_ids: bool, clock: Clock = SYSTEM) -> None:
        self._long, self._clock = long_ids, clock
        self._blocks: deque[range] = deque()
        self._next = iter(range(0))
        self._left = 0

    def refill(self, numbers: range) -> None:
        """Add a block of numbers that nobody else will use."""
        self._blocks.append(numbers)
        self._left += len(numbers)

    @property
    def low(self) -> bool:
        """Whether another block should be reserved soon."""
        return self._left < BLOCK // 2

    def mint(self) -> str:
        """A fresh queue id; raises LookupError when every number is used up."""
        number = next(self._next, None)
        while number is None:
            if not self._blocks:
                raise LookupError("no queue id left")
            self._next = iter(self._blocks.popleft())
            number = next(self._next, None)
        self._left -= 1
        seconds, micro = divmod(int(self._clock.now() * 1_000_000), 1_000_000)
        if self._long:
            return to_base(seconds, 52, 6) + to_base(micro, 52, 4) + "z" + to_base(number, 51)
        return f"{micro:05X}{number:X}"
