"""engine_pcre2 - patterns on the system's PCRE2 library, through ctypes (pcre2api(3)).

Two bounds hold. The library counts backtracking steps: LIMIT_JIT (compiled patterns) or LIMIT (where memory cannot be made
executable) take about 10 ms on the reference machine. It does not count plain scanning, so `\\s+x` against 100 KB of blanks
is quadratic unnoticed: a long subject is therefore tried from a few start positions per call, at most WORK bytes of
scanning, and the CPU time is looked at in between.

Byte patterns see bytes; a pattern with UTF-8 text in it sees characters, and no subject is ever refused for not being
UTF-8. Match data is shared by all patterns: lookups run in one thread.
"""

from __future__ import annotations

import ctypes
import functools
import time
from typing import Any

from pymaster.tables.engine import BadPattern, TooComplex

LIMIT, LIMIT_JIT = 1_000_000, 5_000_000
# A subject up to this size is matched in one call; a longer one by slices of start positions, until BUDGET CPU seconds.
WHOLE, WORK, BUDGET = 4096, 20_000_000, 0.03
HEAP_KILOBYTES = 1 << 16
JIT_STACK = 1 << 20
# A group number above this never appears in a result.
MAX_GROUPS = 1000
NO_MATCH, PARTIAL = -1, -2
UNSET = ctypes.c_size_t(-1).value

CASELESS, DOLLAR_ENDONLY, DOTALL, EXTENDED, MULTILINE = 0x8, 0x10, 0x20, 0x80, 0x400
UNGREEDY, ANCHORED, UTF, MATCH_INVALID_UTF, USE_OFFSET_LIMIT = 0x40000, 0x80000000, 0x80000, 0x4000000, 0x800000
OPTIONS = {
    "i": CASELESS,
    "m": MULTILINE,
    "s": DOTALL,
    "x": EXTENDED,
    "A": ANCHORED,
    "E": DOLLAR_ENDONLY,
    "U": UNGREEDY,
}

_P, _S, _U, _I = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_int
_SIGNATURES: dict[str, tuple[object, tuple[object, ...]]] = {
    "compile": (_P, (ctypes.c_char_p, _S, _U, ctypes.POINTER(_I), ctypes.POINTER(_S), _P)),
    "code_free": (None, (_P,)),
    "jit_compile": (_I, (_P, _U)),
    "jit_stack_create": (_P, (_S, _S, _P)),
    "jit_stack_assign": (None, (_P, _P, _P)),
    "match": (_I, (_P, ctypes.c_char_p, _S, _S, _U, _P, _P)),
    "match_data_create": (_P, (_U, _P)),
    "get_ovector_pointer": (ctypes.POINTER(_S), (_P,)),
    "match_context_create": (_P, (_P,)),
    "set_match_limit": (_I, (_P, _U)),
    "set_heap_limit": (_I, (_P, _U)),
    "set_offset_limit": (_I, (_P, _S)),
    "pattern_info": (_I, (_P, _U, _P)),
    "get_error_message": (_I, (_I, ctypes.c_char_p, _S)),
}


class Library:
    """The functions, and what all matches of this process share."""

    def __init__(self, name: str = "libpcre2-8.so.0") -> None:
        """Load; raises OSError, AttributeError (too old)."""
        native = ctypes.CDLL(name)
        for short, (result, arguments) in _SIGNATURES.items():
            function = getattr(native, f"pcre2_{short}_8")
            function.restype, function.argtypes = result, arguments
            setattr(self, short, function)
        self.data = self.match_data_create(MAX_GROUPS, None)
        self.vector = self.get_ovector_pointer(self.data)
        stack = self.jit_stack_create(1 << 15, JIT_STACK, None)
        # (for whole subjects, for slices), without and with compiled patterns
        self.slow, self.fast = (
            (self._context(limit, stack), self._context(limit, stack)) for limit in (LIMIT, LIMIT_JIT)
        )

    def __getattr__(self, name: str) -> Any:
        # The functions are set by name above; this tells the type checker that there may be any.
        raise AttributeError(name)

    def _context(self, limit: int, stack: int | None) -> int:
        context: int = self.match_context_create(None)
        self.set_match_limit(context, limit)
        self.set_heap_limit(context, HEAP_KILOBYTES)
        self.jit_stack_assign(context, None, stack)
        return context

    def message(self, code: int) -> str:
        """The library's text for an error number."""
        buffer = ctypes.create_string_buffer(256)
        self.get_error_message(code, buffer, 256)
        return buffer.value.decode("ascii", "replace")


@functools.cache
def library() -> Library | None:
    """The library, loaded once; None when this machine has none."""
    try:
        return Library()
    except (OSError, AttributeError):
        return None


def available() -> bool:
    """Whether PCRE2 can be used here."""
    return library() is not None


class Pcre2Pattern:
    """One compiled pattern."""

    def __init__(self, source: bytes, flags: frozenset[str]) -> None:
        """Compile; raises BadPattern."""
        lib = library()
        if lib is None:
            raise BadPattern("no PCRE2 library")
        self._lib = lib
        options = sum(OPTIONS[flag] for flag in flags if flag in OPTIONS) | USE_OFFSET_LIMIT
        self._anchored = "A" in flags
        code, offset = _I(), _S()
        self._code = None
        for extra in (0,) if source.isascii() else (UTF | MATCH_INVALID_UTF, 0):
            self._code = lib.compile(
                source, len(source), options | extra, ctypes.byref(code), ctypes.byref(offset), None
            )
            if self._code:
                break
        else:
            raise BadPattern(f"error in regex at offset {offset.value}: {lib.message(code.value)}")
        self._contexts = lib.fast if lib.jit_compile(self._code, 1) == 0 else lib.slow
        count = ctypes.c_uint32()
        lib.pattern_info(self._code, 4, ctypes.byref(count))
        self.groups = min(count.value, MAX_GROUPS - 1)

    def _run(self, subject: bytes) -> int:
        lib = self._lib
        size = len(subject)
        if size > WHOLE:
            return self._run_slices(subject, size)
        found: int = lib.match(self._code, subject, size, 0, 0, lib.data, self._contexts[0])
        if found < PARTIAL:
            raise TooComplex(f"matching error: {lib.message(found)}")
        return found

    def _run_slices(self, subject: bytes, size: int) -> int:
        lib, context, step = self._lib, self._contexts[1], max(1, WORK // size)
        begin, at = time.thread_time(), 0
        while at <= size:
            end = at + step
            # A slice begins with a character, should the pattern see characters.
            while end < size and 0x80 <= subject[end] < 0xC0 and end < at + step + 4:
                end += 1
            lib.set_offset_limit(context, end - 1)
            found: int = lib.match(self._code, subject, size, at, 0, lib.data, context)
            if found < PARTIAL:
                raise TooComplex(f"matching error: {lib.message(found)}")
            if found >= 0 or self._anchored:
                return found
            if time.thread_time() - begin > BUDGET:
                raise TooComplex("matching error: match limit exceeded")
            at = end
        return NO_MATCH

    def matches(self, subject: bytes) -> bool:
        """Whether it matches anywhere; raises TooComplex."""
        return self._run(subject) >= 0

    def groups_of(self, subject: bytes) -> list[bytes] | None:
        """The match and its groups, or None; raises TooComplex."""
        found = self._run(subject)
        if found < 0:
            return None
        vector = self._lib.vector
        # Groups beyond the last one set are not in the vector; 0 says that the vector was too small for all.
        upto = found if found else MAX_GROUPS
        groups = [
            subject[vector[2 * n] : vector[2 * n + 1]] if n < upto and vector[2 * n] != UNSET else b""
            for n in range(self.groups + 1)
        ]
        return groups

    def __del__(self) -> None:
        if getattr(self, "_code", None):
            self._lib.code_free(self._code)
