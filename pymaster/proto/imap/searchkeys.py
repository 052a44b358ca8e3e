"""searchkeys - the search program of SEARCH, SORT, THREAD and ESEARCH: parsed, ordered by cost, compiled to steps.

Keys: RFC 3501 section 6.4.4, RFC 9051, WITHIN (RFC 5032), MODSEQ (RFC 7162), EMAILID and THREADID (RFC 8474), SAVEDATE
(RFC 8514), `$` (RFC 5182). A step tests one key and says where to go on for yes and for no, so whoever runs a program
needs no stack, and stops as soon as a message is decided; within AND and OR the cheap keys come first. Nothing recurses.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pymaster.proto.imap.cursor import BadSyntax, Cursor
from pymaster.proto.imap.sets import SequenceSet
from pymaster.proto.message.casemap import casemap

# spec: nesting (parentheses, NOT and OR all count); keys of one program.
MAX_DEPTH, MAX_KEYS = 50, 1000
# Kinds of keys. Up to COLUMNS a key is a comparison over a column of the mailbox's state.
(
    ALL, FLAG, RECENT, SEQUENCE, UIDS, INTERNAL, SAVED, SIZE, AGE, MODSEQ,
    SENT, EMAILID, THREADID, HEADER, BODY, TEXT,
) = range(16)  # fmt: skip
COLUMNS = MODSEQ
_COST = {SENT: 4, EMAILID: 4, THREADID: 4, HEADER: 20, BODY: 1000, TEXT: 1200}
# Beyond every number a key is compared with.
LEAST, MOST = -(1 << 62), 1 << 63
# Where a program ends.
MATCH, FAIL = -1, -2
_LEAF, _NOT, _AND, _OR = range(4)

Decode = Callable[[bytes], str]


@dataclass(slots=True)
class Key:
    """One key. Which fields count is the kind's matter:

    FLAG, EMAILID, THREADID: `name`. HEADER: `name` (lower case) and `text`; BODY, TEXT: `text` (case-mapped, UTF-8).
    SEQUENCE, UIDS: `numbers`. INTERNAL, SAVED, SENT: day numbers since 1970-01-01, SIZE octets, AGE seconds, MODSEQ:
    what is at least `low` and below `high`.
    """

    kind: int
    name: bytes = b""
    text: bytes = b""
    low: int = LEAST
    high: int = MOST
    numbers: SequenceSet = field(default_factory=lambda: SequenceSet([]))


# A step: the key, the next step for yes, for no (MATCH and FAIL are the end; every other is below this step's own number).
Step = tuple[Key, int, int]


@dataclass(slots=True)
class Program:
    """Steps; the last one is the first to be run. `modseq`: it has a MODSEQ key, so the answer has a MODSEQ too."""

    steps: list[Step]
    modseq: bool = False

    @property
    def sequences(self) -> bool:
        """Whether message sequence numbers (not `$`) or the selected mailbox's `$` stand in it."""
        return any(key.kind == SEQUENCE or key.numbers.saved for key, _, _ in self.steps)

    def mapped(self, change: Callable[[Key], Key]) -> Program:
        """A program with each key replaced by `change` of it."""
        return replace(self, steps=[(change(key), yes, no) for key, yes, no in self.steps])


@dataclass(slots=True)
class _Node:
    op: int
    cost: int
    key: Key | None = None
    children: list[_Node] = field(default_factory=list)


def everything() -> Program:
    """The program of the key ALL."""
    return Program([(Key(ALL), MATCH, FAIL)])


def parse(args: Cursor, decode: Decode) -> Program:
    """The program at the cursor, to the end of the command; `decode` is the charset's. Raises BadSyntax."""
    reader = _Reader(args, decode)
    root = reader.read()
    return Program(compiled(root), reader.modseq)


class _Frame:
    """A list, NOT or OR that is not complete yet."""

    __slots__ = ("children", "op", "wanted")

    def __init__(self, op: int, wanted: int) -> None:
        self.op, self.wanted = op, wanted
        self.children: list[_Node] = []

    def node(self) -> _Node:
        children = self.children
        if self.op == _AND and len(children) == 1:
            return children[0]
        children.sort(key=lambda node: node.cost)
        return _Node(self.op, sum([node.cost for node in children]), None, children)


class _Reader:
    """The parser. `wanted` of a frame is 0 for a list, which takes keys until its end."""

    def __init__(self, args: Cursor, decode: Decode) -> None:
        self.args, self.decode = args, decode
        self.modseq, self.keys = False, 0

    def read(self) -> _Node:
        args, stack = self.args, [_Frame(_AND, 0)]
        while True:
            opened = self.opened()
            if opened is not None:
                if len(stack) > MAX_DEPTH:
                    raise BadSyntax("Search keys are nested too deep")
                stack.append(opened)
                continue
            node = self.leaf()
            while True:
                frame = stack[-1]
                frame.children.append(node)
                if len(frame.children) == frame.wanted or (len(stack) > 1 and not frame.wanted and args.leave()):
                    node = stack.pop().node()
                elif len(stack) == 1 and args.at_end:
                    return frame.node()
                else:
                    args.sp()
                    break

    def opened(self) -> _Frame | None:
        """A new frame if one begins here."""
        args = self.args
        if args.peek() == 40:
            args.enter()
            return _Frame(_AND, 0)
        if args.take(b"NOT "):
            return _Frame(_NOT, 1)
        if args.take(b"OR "):
            return _Frame(_OR, 2)
        return None

    def leaf(self) -> _Node:
        """One key with its arguments."""
        self.keys += 1
        if self.keys > MAX_KEYS:
            raise BadSyntax("Too many search keys")
        args = self.args
        if args.peek() in _SET_BEGINS:
            return _leaf(Key(SEQUENCE, numbers=args.sequence_set()))
        word = args.word()
        flag = _FLAGS.get(word)
        if flag is not None:
            return _leaf(Key(FLAG, flag))
        if word in _NO_FLAGS:
            return _not(_leaf(Key(FLAG, _NO_FLAGS[word])))
        simple = _SIMPLE.get(word)
        if simple is not None:
            return simple()
        reader = _ARGUMENTS.get(word)
        if reader is None:
            raise BadSyntax("Unknown search key")
        args.sp()
        return reader(self, word)

    # Keys with arguments.

    def keyword(self, word: bytes) -> _Node:
        node = _leaf(Key(FLAG, self.args.flag()))
        return node if word == b"KEYWORD" else _not(node)

    def uid(self, word: bytes) -> _Node:
        return _leaf(Key(UIDS, numbers=self.args.sequence_set()))

    def date(self, word: bytes) -> _Node:
        kind, how = _DATES[word]
        day = _day(self.args)
        low = LEAST if how == b"BEFORE" else day
        high = day if how == b"BEFORE" else day + 1 if how == b"ON" else MOST
        return _leaf(Key(kind, low=low, high=high))

    def size(self, word: bytes) -> _Node:
        number = self.args.number64()
        return _leaf(Key(SIZE, low=number + 1) if word == b"LARGER" else Key(SIZE, high=number))

    def age(self, word: bytes) -> _Node:
        number = self.args.nz_number()
        return _leaf(Key(AGE, low=number) if word == b"OLDER" else Key(AGE, high=number + 1))

    def modification(self, word: bytes) -> _Node:
        """RFC 7162 section 3.1.5; there is one modseq a message, whichever flag the entry names."""
        args = self.args
        if args.peek() == 34:
            args.string()
            args.sp()
            if args.word() not in (b"ALL", b"PRIV", b"SHARED"):
                raise BadSyntax("Bad MODSEQ entry type")
            args.sp()
        self.modseq = True
        return _leaf(Key(MODSEQ, low=args.number64()))

    def object_id(self, word: bytes) -> _Node:
        return _leaf(Key(EMAILID if word == b"EMAILID" else THREADID, self.args.astring()))

    def header(self, word: bytes) -> _Node:
        if word != b"HEADER":
            return _leaf(Key(HEADER, word.lower(), self.text()))
        name = self.args.astring()
        self.args.sp()
        return _leaf(Key(HEADER, name.lower(), self.text()))

    def body(self, word: bytes) -> _Node:
        text = self.text()
        # Every message has the empty text in it.
        return _leaf(Key(BODY if word == b"BODY" else TEXT, text=text) if text else Key(ALL))

    def text(self) -> bytes:
        """A string, case-mapped."""
        try:
            return casemap(self.decode(self.args.astring())).encode()
        except ValueError as exc:
            raise BadSyntax("Search string is not valid in its charset") from exc


def _leaf(key: Key) -> _Node:
    return _Node(_LEAF, _COST.get(key.kind, 1), key)


def _not(node: _Node) -> _Node:
    return _Node(_NOT, node.cost, None, [node])


def _new() -> _Node:
    return _Node(_AND, 2, None, [_leaf(Key(RECENT)), _not(_leaf(Key(FLAG, b"\\Seen")))])


_SET_BEGINS = frozenset(b"0123456789*$")
_FLAGS = {name.upper(): b"\\" + name for name in (b"Answered", b"Deleted", b"Draft", b"Flagged", b"Seen")}
_NO_FLAGS = {b"UN" + name: flag for name, flag in _FLAGS.items()}
_SIMPLE: dict[bytes, Callable[[], _Node]] = {
    b"ALL": lambda: _leaf(Key(ALL)),
    b"SAVEDATESUPPORTED": lambda: _leaf(Key(ALL)),
    b"RECENT": lambda: _leaf(Key(RECENT)),
    b"OLD": lambda: _not(_leaf(Key(RECENT))),
    b"NEW": _new,
}
_DATES = {
    prefix + how: (kind, how)
    for prefix, kind in ((b"", INTERNAL), (b"SENT", SENT), (b"SAVED", SAVED))
    for how in (b"BEFORE", b"ON", b"SINCE")
}
_ARGUMENTS: dict[bytes, Callable[[_Reader, bytes], _Node]] = {
    **dict.fromkeys((b"KEYWORD", b"UNKEYWORD"), _Reader.keyword),
    **dict.fromkeys(_DATES, _Reader.date),
    **dict.fromkeys((b"LARGER", b"SMALLER"), _Reader.size),
    **dict.fromkeys((b"OLDER", b"YOUNGER"), _Reader.age),
    **dict.fromkeys((b"EMAILID", b"THREADID"), _Reader.object_id),
    **dict.fromkeys((b"HEADER", b"BCC", b"CC", b"FROM", b"SUBJECT", b"TO"), _Reader.header),
    **dict.fromkeys((b"BODY", b"TEXT"), _Reader.body),
    b"UID": _Reader.uid,
    b"MODSEQ": _Reader.modification,
}

_DATE = re.compile(rb'("?)([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})\1')
_MONTHS = {
    name: number for number, name in enumerate(b"JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(b" "), 1)
}


def _day(args: Cursor) -> int:
    """A date, as the number of its day since 1970-01-01; it may come as a literal too."""
    if args.peek() == 123:
        args = Cursor([args.string()], [])
    found = args.match(_DATE)
    if found is None:
        raise BadSyntax("Bad date")
    month, year, day = _MONTHS.get(found.group(3).upper()), int(found.group(4)), int(found.group(2))
    if month is None or not year or not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise BadSyntax("No such date")
    return calendar.timegm((year, month, day, 0, 0, 0)) // 86400


def compiled(root: _Node) -> list[Step]:
    """The steps of a tree. They are made from the end: what comes after a key has to be there to be pointed at."""
    steps: list[Step] = []
    entry = MATCH
    # (node, next step for yes, for no, how many children are still to do; -1 at the first visit)
    stack: list[tuple[_Node, int, int, int]] = [(root, MATCH, FAIL, -1)]
    while stack:
        node, yes, no, left = stack.pop()
        if node.key is not None:
            steps.append((node.key, yes, no))
            entry = len(steps) - 1
        elif node.op == _NOT:
            stack.append((node.children[0], no, yes, -1))
        else:
            if left < 0:
                left, entry = len(node.children), yes if node.op == _AND else no
            if left:
                stack.append((node, yes, no, left - 1))
                into = (entry, no) if node.op == _AND else (yes, entry)
                stack.append((node.children[left - 1], *into, -1))
    return steps
