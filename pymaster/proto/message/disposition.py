"""disposition - a Content-Disposition value (RFC 2183): its word, whether it names a file, and its BODYSTRUCTURE form."""

import re
from typing import NamedTuple

from pymaster.proto.message.contenttype import params_list
from pymaster.proto.message.fields import without_comments
from pymaster.proto.message.nstring import string
from pymaster.proto.message.params import parameters

_WORD = re.compile(rb'[ \t"]*+([!#-\'*+.0-9A-Z^-~-]++)')
_FILE = frozenset((b"filename", b"filename*"))


class Disposition(NamedTuple):
    """`word` in lower case, empty if there is none."""

    word: bytes
    named: bool
    printed: bytes


NONE = Disposition(b"", False, b"NIL")


def disposition(value: bytes) -> Disposition:
    """What an unfolded value says; a value that begins with no word says nothing."""
    item = _WORD.match(value)
    if item is None and b"(" in value:
        value = without_comments(value)
        item = _WORD.match(value)
    if item is None:
        return NONE
    word = item.group(1)
    params = parameters(value, item.end())
    named = any(name.lower() in _FILE for name, _ in params)
    return Disposition(word.lower(), named, b"(%s %s)" % (string(word), params_list(params)))
