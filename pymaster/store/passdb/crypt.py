"""crypt - crypt(3) of the system's libxcrypt: $6$ $5$ $2y$ $y$ and the old ones.

Through ctypes, for Python's own `crypt` module is gone since 3.13. The reentrant functions are used, with a buffer that is
overwritten afterwards. Sources: crypt(3), crypt(5), crypt_gensalt(3).
"""

from __future__ import annotations

import ctypes
import os

# struct crypt_data and the longest setting (crypt.h: CRYPT_DATA_RESERVED makes it 32768, CRYPT_GENSALT_OUTPUT_SIZE 192).
_DATA, _SETTING = 32768, 192


class Unavailable(Exception):
    """There is no libxcrypt, or it does not know the method."""


def _library() -> ctypes.CDLL:
    for name in ("libcrypt.so.1", "libcrypt.so.2", "libcrypt.so"):
        try:
            library = ctypes.CDLL(name, use_errno=True)
        except OSError:
            continue
        if hasattr(library, "crypt_rn") and hasattr(library, "crypt_gensalt_rn"):
            library.crypt_rn.restype = ctypes.c_char_p
            library.crypt_gensalt_rn.restype = ctypes.c_char_p
            return library
    raise Unavailable("no libxcrypt")


_FOUND: list[ctypes.CDLL] = []


def _functions() -> ctypes.CDLL:
    if not _FOUND:
        _FOUND.append(_library())
    return _FOUND[0]


def crypt(password: bytes, setting: bytes) -> bytes:
    """The hash of a password by the method, cost and salt of `setting` (a stored hash will do); raises Unavailable."""
    library = _functions()
    data = ctypes.create_string_buffer(_DATA)
    made = library.crypt_rn(password, setting, ctypes.byref(data), ctypes.c_int(_DATA))
    result = bytes(made) if made else b""
    ctypes.memset(data, 0, _DATA)
    if not result or result.startswith(b"*"):
        raise Unavailable("crypt does not take this setting")
    return result


def setting(prefix: bytes, cost: int = 0) -> bytes:
    """A fresh setting with a random salt for a method (`$6$`, `$y$` ...); raises Unavailable."""
    library = _functions()
    out = ctypes.create_string_buffer(_SETTING)
    noise = os.urandom(32)
    made = library.crypt_gensalt_rn(
        prefix, ctypes.c_ulong(cost), noise, ctypes.c_int(len(noise)), out, ctypes.c_int(_SETTING)
    )
    if not made:
        raise Unavailable("crypt does not know this method")
    return bytes(made)
