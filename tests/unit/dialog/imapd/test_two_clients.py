"""Two clients in one mailbox do what they like; each one's idea of it, made of the responses alone, is right after NOOP."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from pymaster.proto.imap.sets import SequenceSet, expand
from tests.unit.dialog.imapd.lab import Lab, responses

_COUNT = re.compile(rb"\* ([0-9]+) (EXISTS|EXPUNGE)")
_FETCH = re.compile(rb"\* ([0-9]+) FETCH \((.*)\)")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
_UID = re.compile(rb"UID ([0-9]+)")
_VANISHED = re.compile(rb"\* VANISHED (?:\(EARLIER\) )?([0-9:,]+)")
_MODIFIED = re.compile(rb"OK \[MODIFIED ([0-9:,]+)\]")
Flags = frozenset[bytes]


class Client:
    """A session, and what its client knows: a list of (UID or 0, flags or None)."""

    def __init__(self, lab: Lab, *before: bytes) -> None:
        self.session, self.io = lab.session([])
        self.known: list[tuple[int, Flags | None]] = []
        for command in (*before, b"SELECT INBOX", b"FETCH 1:* (UID FLAGS)"):
            self.say(command)

    def say(self, command: bytes) -> list[bytes]:
        begin = len(self.io.output)
        self.session.core.receive(b"a " + command + b"\r\n")
        self.session.execute(self.session.core.next())
        self.session.flush()
        lines = responses(self.io.output[begin:])
        for line in lines:
            self.learn(line)
        assert lines[-1].startswith(b"a "), lines
        if command.startswith(b"FETCH"):
            # Numbers may not change their meaning under a client that uses them (RFC 3501 section 7.4.1).
            assert not any(line.endswith(b"EXPUNGE") or b"VANISHED" in line for line in lines[:-1]), lines
        return lines

    def learn(self, line: bytes) -> None:
        if count := _COUNT.match(line):
            number = int(count[1])
            if count[2] == b"EXISTS":
                assert number >= len(self.known), (line, self.known)
                self.known += [(0, None)] * (number - len(self.known))
            else:
                assert 1 <= number <= len(self.known), (line, self.known)
                del self.known[number - 1]
        elif fetched := _FETCH.match(line):
            row = int(fetched[1]) - 1
            assert row < len(self.known), (line, self.known)
            uid, flags = self.known[row]
            if told := _UID.search(fetched[2]):
                assert uid in (0, int(told[1])), (line, self.known)
                uid = int(told[1])
            if named := _FLAGS.search(fetched[2]):
                flags = frozenset(named[1].split()) - {b"\\Recent"}
            self.known[row] = uid, flags
        elif gone := _VANISHED.match(line):
            numbers = set(expand(SequenceSet.parse(gone[1]).resolved(1)))
            strangers = len(numbers - {each[0] for each in self.known})
            self.known = [each for each in self.known if each[0] not in numbers]
            for _ in range(strangers):
                # Of messages that it has not looked at a client knows only how many there are.
                self.known.remove((0, None))

    def store(self, rows: set[int], operation: bytes, flag: bytes, silent: bool, since: int | None) -> None:
        """STORE; what a silent one does to flags is for the client to know."""
        rows = {row for row in rows if row < len(self.known)}
        if not rows:
            return
        numbers = b",".join([b"%d" % (row + 1) for row in rows])
        condition = b"(UNCHANGEDSINCE %d) " % since if since is not None else b""
        before = list(self.known)
        word = operation + (b"FLAGS.SILENT" if silent else b"FLAGS")
        begin = len(self.io.output)
        if silent:
            for row in rows:
                self.known[row] = before[row][0], changed(before[row][1], operation, flag)
        self.session.core.receive(b"a STORE %s %s%s (%s)\r\n" % (numbers, condition, word, flag))
        self.session.execute(self.session.core.next())
        self.session.flush()
        lines = responses(self.io.output[begin:])
        if silent and (refused := _MODIFIED.search(lines[-1])):
            for number in expand(SequenceSet.parse(refused[1]).resolved(1)):
                self.known[number - 1] = before[number - 1]
        for line in lines:
            assert not line.endswith(b"EXPUNGE") and b"VANISHED" not in line
            self.learn(line)


def changed(flags: Flags | None, operation: bytes, flag: bytes) -> Flags | None:
    if operation == b"":
        return frozenset([flag])
    if flags is None:
        return None
    return flags | {flag} if operation == b"+" else flags - {flag}


STEP = st.one_of(
    st.tuples(
        st.just("store"), st.sets(st.integers(0, 5), min_size=1, max_size=3), st.sampled_from([b"+", b"-", b""]),
        st.sampled_from([b"\\Seen", b"\\Deleted", b"$x"]), st.booleans(), st.sampled_from([None, None, 3, 8]),
    ),
    st.tuples(st.just("say"), st.sampled_from([
        b"NOOP", b"EXPUNGE", b"UID EXPUNGE 1:3", b"COPY 1 INBOX", b"UID COPY 2:3 INBOX", b"MOVE 1 Archive", b"UID MOVE 3 INBOX",
        b"APPEND INBOX {1+}\r\nx", b"FETCH 1:* (UID FLAGS)", b"FETCH 2 BODY[]", b"UID FETCH 1:* (UID)", b"REPLACE 2 INBOX {1+}\r\ny",
        b"UID STORE 1:* +FLAGS (\\Flagged)", b"FETCH 1 ENVELOPE", b"MOVE 1:2 Archive", b"CHECK", b"IDLE\r\nDONE",
    ])),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), STEP), max_size=25),
    st.sampled_from([b"NOOP", b"ENABLE CONDSTORE", b"ENABLE QRESYNC", b"ENABLE IMAP4rev2"]),
)
def test_what_both_know_is_right(steps: list[tuple[int, tuple]], enable: bytes) -> None:  # type: ignore[type-arg]
    lab = Lab()
    lab.account.create("Archive")
    for n in range(4):
        lab.add(b"Subject: %d\r\n\r\nbody\r\n" % n)
    clients = [Client(lab, enable), Client(lab)]
    for which, (kind, *rest) in steps:
        getattr(clients[which], kind)(*rest)
    flags = lab.box().flags
    for client in clients:
        client.say(b"NOOP")
        state = lab.box().state
        assert len(client.known) == len(state)
        for row, (uid, known) in enumerate(client.known):
            assert uid in (0, state.uids[row])
            assert known is None or known == flags.sets[state.flags[row]], (row, client.known)
