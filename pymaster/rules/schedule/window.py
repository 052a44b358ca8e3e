"""window - how many deliveries one destination gets at once, and when it counts as dead (SCHEDULER_README, postconf(5)).

Every delivery that reaches its destination adds a little to `success`; when that adds up to one, the window grows by
one. Every failed connection or handshake takes a little from `failure`, and the window shrinks as soon as that drops
below zero: growth comes at the end of such a cycle, shrinking at its beginning, so an overload is corrected quickly.
Independently of the window, failed pseudo-cohorts (as many failures as the window is wide) are counted; when
they reach the limit, the destination is dead.
"""

import math
import re

_FORM = re.compile(
    r"\s*(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})\s*(?:/\s*(\d{1,6}(?:\.\d{1,6})?|concurrency|sqrt_concurrency)\s*)?"
)
# Sums of fractions such as ten times 1/10 must reach one; doubles miss it by an ulp or two.
_NEARLY_ONE = 1.0 - 1e-9


class Feedback:
    """How much one delivery changes the window: `x`, `x/y`, `x/concurrency` or `x/sqrt_concurrency`, 0 <= x <= 1."""

    __slots__ = ("kind", "share")

    def __init__(self, text: str) -> None:
        """Parse a parameter's value; raises ValueError."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError(f"bad feedback: {text!r} (use x, x/y, x/concurrency or x/sqrt_concurrency)")
        self.share = float(match[1])
        self.kind = match[2] if match[2] in ("concurrency", "sqrt_concurrency") else ""
        if match[2] and not self.kind:
            if not float(match[2]):
                raise ValueError(f"bad feedback: {text!r} (division by zero)")
            self.share /= float(match[2])
        if self.share > 1.0:
            raise ValueError(f"bad feedback: {text!r} (more than 1)")

    def of(self, concurrency: int) -> float:
        """The change for one delivery at this concurrency."""
        if not self.kind:
            return self.share
        return self.share / (concurrency if self.kind == "concurrency" else math.sqrt(concurrency))


class WindowLimits:
    """What bounds a destination's window: where it begins, how far it grows, how it moves, when it is dead."""

    __slots__ = ("cohorts", "initial", "maximum", "negative", "positive")

    def __init__(self, initial: int, maximum: int, positive: Feedback, negative: Feedback, cohorts: float) -> None:
        """`maximum` 0 is no bound; `cohorts` is the number of failed pseudo-cohorts that are forgiven, 0 means all."""
        self.maximum = maximum or 1 << 30
        self.initial = max(1, min(initial, self.maximum))
        self.positive, self.negative, self.cohorts = positive, negative, cohorts


class Window:
    """The concurrency of one destination; `size` 0 means that it is dead."""

    __slots__ = ("failed_cohorts", "failure", "limits", "size", "success")

    def __init__(self, limits: WindowLimits) -> None:
        self.limits = limits
        self.reset()

    def reset(self) -> None:
        """Forget everything: as if the destination had never been heard of."""
        self.size = self.limits.initial
        self.success = self.failure = self.failed_cohorts = 0.0

    def succeeded(self, busy: int) -> None:
        """A delivery reached the destination; `busy` deliveries, this one included, are under way."""
        self.failed_cohorts = 0.0
        limits = self.limits
        # Growing while most of the window lies idle would only delay the effect of a later failure.
        if self.size >= limits.maximum or self.size >= busy + limits.initial:
            return
        self.success += limits.positive.of(self.size)
        while self.success >= _NEARLY_ONE:
            self.size += 1
            self.failure = 0.0
            self.success = max(0.0, self.success - 1.0)
        self.size = min(self.size, limits.maximum)

    def failed(self) -> bool:
        """The destination could not be reached or refused the session; whether it is dead now."""
        if not self.size:
            return True
        limits = self.limits
        self.failed_cohorts += 1.0 / self.size
        # A limit of 1 and a window of 1: the first failure is a whole cohort, and the destination is dead.
        if limits.cohorts and self.failed_cohorts >= limits.cohorts * _NEARLY_ONE:
            self.size = 0
            return True
        self.failure -= limits.negative.of(self.size)
        while self.failure < -1e-9:
            self.size -= 1
            self.failure += 1.0
            self.success = 0.0
        self.size = max(1, self.size)
        return False
