"""session - one SMTP session from the banner to the disconnect line (RFC 5321; smtpd(8)).

The loop asks the line protocol for commands, lets a command group's function answer, and sends everything at once when
no whole command is left. Waits, limits and the log are here; what a command means is in hello, mail, rcpt, data, bdat,
misc and forward. After any reply to the end of data the transaction is empty.
"""

from pymaster.dialog.smtpd.handed import Io, Message, Opening, World
from pymaster.dialog.smtpd.settings import SILENT
from pymaster.dialog.smtpd.verbs import LMTP_VERBS, VERBS, Verb
from pymaster.model import event
from pymaster.model.envelope import Origin
from pymaster.proto.smtp.bdat import ChunkReceiver
from pymaster.proto.smtp.command import Command
from pymaster.proto.smtp.reply import Reply
from pymaster.proto.smtp.server import Server, TooLong
from pymaster.rules.access.facts import Facts
from pymaster.util import log
from pymaster.util.errors import ConnectionLost, DeadlineExceeded
from pymaster.util.text import escaped

_BAD_SYNTAX = Reply(500, "5.5.2", "Error: bad syntax")
_BAD_UTF8 = Reply(500, "5.5.2", "Error: bad UTF-8 syntax")
_TOO_LONG = Reply(500, "5.5.2", "Error: line too long")
_UNKNOWN = Reply(500, "5.5.2", "Error: command not recognized")
_NOT_SMTP = Reply(221, "2.7.0", "Error: I can break rules, too. Goodbye.")
_SYNCHRONIZATION = Reply(554, "5.5.0", "Error: SMTP protocol synchronization")
_OK = Reply(250, "2.0.0", "Ok")
# First words of other protocols, beyond smtpd_forbidden_commands: whoever says them is no mail client.
_STRANGERS = (b"SSH-", b"PROXY")


class Session:
    """One client. `facts` is what access rules see; `message` exists from the first accepted recipient on."""

    __slots__ = (
        "chunks", "core", "counts", "deadline", "discard", "discarding", "errors", "esmtp", "facts", "forwarded", "io", "junk",
        "last", "message", "opening", "over", "overshoot", "recipients", "settings", "verbs", "world",
    )  # fmt: skip

    def __init__(self, world: World, io: Io, facts: Facts) -> None:
        self.world, self.settings, self.io, self.facts = world, world.settings, io, facts
        self.verbs = LMTP_VERBS if world.lmtp else VERBS
        self.core = Server(world.settings.line_limit)
        self.counts: dict[str, list[int]] = {}
        self.discard = world.settings.discarded(world.discards(facts.address))
        self.errors = self.junk = self.overshoot = self.recipients = 0
        self.over = self.esmtp = self.discarding = False
        self.last = "CONNECT"
        self.deadline = 0.0
        self.opening: Opening | None = None
        self.message: Message | None = None
        self.chunks: ChunkReceiver | None = None
        self.forwarded: Origin | None = None

    def run(self) -> None:
        """The whole session. Ends quietly however the client leaves; the caller closes the stream."""
        log.emit(event.Connect(self.facts.label).line(), self.facts.number)
        counted = False
        try:
            counted = self._count_connection()
            if not self.over:
                self._greet()
            self._converse()
        except DeadlineExceeded:
            self._timed_out()
        except ConnectionLost:
            self._note("lost connection")
        finally:
            self.forget()
            if counted and self.world.limits is not None:
                self.world.limits.disconnect(self.facts.address)
            self._disconnected()

    def _greet(self) -> None:
        """The banner, unless the client is refused already or talks out of turn."""
        self.facts.stage = "CONNECT"
        # Port 0: a session by hand, its input may be a file.
        if self.settings.forbid_pipelining and self.facts.port != "0" and self.io.pending():
            self._improper("CONNECT", b"")
            return
        refusal = self.world.access.connect(self.facts)
        self.answer(refusal or self.settings.banner)

    def _count_connection(self) -> bool:
        """Ask anvil whether there are too many like this one; whether it was asked."""
        limits, smtpd, facts = self.world.limits, self.settings.smtpd, self.facts
        if limits is None or self.world.exempt(facts.name, facts.address):
            return False
        count, rate = limits.connect(facts.address)
        for value, limit, what in (
            (count, smtpd.smtpd_client_connection_count_limit, "concurrency"),
            (rate, smtpd.smtpd_client_connection_rate_limit, "rate"),
        ):
            if limit and value > limit:
                self.last = "CONNECT"
                log.warning(
                    f"Connection {what} limit exceeded: {value} from {facts.label} for service {self.world.service}",
                    facts.number,
                )
                self.answer(
                    Reply(421, "4.7.0", f"{self.settings.host} Error: too many connections from {facts.address}")
                )
                break
        return True

    def _converse(self) -> None:
        core = self.core
        while not self.over:
            item = core.next()
            if item is None:
                self.flush()
                core.receive(self.read())
            else:
                self._execute(item)
        self.flush()

    def flush(self) -> None:
        """Send what there is to say, in one piece."""
        out = self.core.output()
        if out:
            self.io.send(out, self.world.clock.monotonic() + self.settings.timeout)

    def read(self) -> bytes:
        """More input; raises ConnectionLost at its end, DeadlineExceeded."""
        if not self.settings.per_request or not self.deadline:
            self.deadline = self.world.clock.monotonic() + self.settings.timeout
        data = self.io.recv(self.deadline)
        if not data:
            raise ConnectionLost
        # With a deadline per request, only what arrives buys more time (smtpd_min_data_rate).
        self.deadline += len(data) / self.settings.data_rate
        return data

    def _execute(self, item: Command | TooLong) -> None:
        self.deadline = 0.0
        if self.errors >= self.settings.hard_errors:
            self._note("too many errors")
            self.answer(self.settings.too_many_errors)
        elif isinstance(item, TooLong):
            self._count("unknown", self.answer(_TOO_LONG))
        elif self.core.bare_lf and self._refuses_bare_newline():
            return
        else:
            self._perform(item)

    def _refuses_bare_newline(self) -> bool:
        mode = self.settings.bare_newline
        if mode in ("allow", "normalize") or self.world.bare_newline_exempt(self.facts.name, self.facts.address):
            return False
        log.info(
            f"{self.facts.queue_id or 'NOQUEUE'}: bare <LF> received after {self.last} from {self.facts.label}",
            self.facts.number,
        )
        if mode == "note":
            return False
        self.answer(self.settings.bare_newline_reply)
        self.over = True
        return True

    def _perform(self, command: Command) -> None:
        verb = self.verbs.get(command.verb)
        if self.settings.noops and command.verb in self.settings.noops:
            self._count("noop", self.answer(_OK))
            return
        if verb is None:
            self._unknown(command)
            return
        if not command.line.isascii() and self.settings.utf8 and not _is_utf8(command.line):
            self._count(verb.name, self.answer(_BAD_UTF8))
            return
        self.last = verb.label
        if self.core.improper(command, self.esmtp) and not self.facts.improper:
            self._improper(verb.label, self.core.take() if self.settings.forbid_pipelining else b"")
            if self.over:
                self._count(verb.name, False)
                return
        if verb.junk:
            self.junk += 1
            if self.junk > self.settings.junk_limit:
                self.errors += 1
        try:
            reply = verb.run(self, command)
        except (ConnectionLost, DeadlineExceeded):
            self._count(verb.name, False)
            raise
        self._count(verb.name, self.answer(reply))

    def _unknown(self, command: Command) -> None:
        """No command of ours: another protocol, a header line, or a mistake."""
        first = command.line.strip(b" \t").split(b" ")[0].split(b"\t")[0].upper()
        self.last = "UNKNOWN"
        if first and (self.world.forbidden(first) or first.startswith(_STRANGERS) or _is_header(command.line)):
            log.warning(f"non-SMTP command from {self.facts.label}: {escaped(command.line, 100)}", self.facts.number)
            self._count("unknown", self.answer(_NOT_SMTP, failed=True))
            self.over = True
            return
        self._count("unknown", self.answer(_UNKNOWN if command.verb else _BAD_SYNTAX))

    def _improper(self, after: str, sample: bytes) -> None:
        """The client did not wait where it must: noted once, and by default the end."""
        self.facts.improper = True
        text = f"improper command pipelining after {after} from {self.facts.label}"
        log.info(f"{text}: {escaped(sample, 100)}" if sample else text, self.facts.number)
        if self.settings.forbid_pipelining:
            self.answer(_SYNCHRONIZATION)
            self.over = True

    def answer(self, reply: Reply, *, failed: bool = False) -> bool:
        """Give a reply; whether it was a good one. Slows down whoever makes many mistakes."""
        settings = self.settings
        if reply.code >= 500 and settings.soft_bounce:
            reply = reply.soft()
        bad = failed or reply.code >= 400
        if bad:
            self.errors += 1
        if self.errors > settings.soft_errors and settings.error_sleep:
            self.flush()
            self.world.sleep(settings.error_sleep)
        self.core.reply(reply)
        if reply.code in (421, 521):
            self.over = True
        return not bad

    def _count(self, name: str, good: bool) -> None:
        pair = self.counts.get(name)
        if pair is None:
            pair = self.counts[name] = [0, 0]
        pair[0] += good
        pair[1] += 1

    def refused(self, reply: Reply, stage: str) -> Reply:
        """A refusal that no access rule made, logged like one."""
        self.facts.stage = stage
        self.facts.report("reject", reply.text)
        return reply

    def forget(self) -> None:
        """End the transaction, if there is one, with nothing promised."""
        if self.message is not None:
            self.message.abandon()
            self.message = None
        self.opening = self.chunks = self.forwarded = None
        self.recipients = self.overshoot = 0
        self.discarding = False
        self.facts.new_transaction()

    def delivered(self) -> None:
        """A message was accepted: the client is forgiven its mistakes."""
        self.errors = self.junk = 0

    def say_silent(self) -> None:
        """Log that EHLO keywords were held back, unless the administrator wants no word of it."""
        if self.discard and SILENT not in self.discard:
            log.info(f"discarding EHLO keywords: {' '.join(sorted(self.discard)).upper()}", self.facts.number)

    def _note(self, what: str) -> None:
        log.info(f"{what} after {self.last} from {self.facts.label}", self.facts.number)

    def _timed_out(self) -> None:
        self._note("timeout")
        self.core.output()
        try:
            # The client may still be there; a short wait is all it gets.
            self.io.send(self.settings.timed_out.encode(), self.world.clock.monotonic() + 1.0)
        except (ConnectionLost, DeadlineExceeded):
            return

    def _disconnected(self) -> None:
        counts = {verb.name: _pair(self.counts[verb.name]) for verb in self.verbs.values() if verb.name in self.counts}
        if "unknown" in self.counts:
            counts["unknown"] = _pair(self.counts["unknown"])
        log.emit(event.Disconnect(self.facts.label, counts).line(), self.facts.number)


def _pair(counts: list[int]) -> tuple[int, int]:
    return counts[0], counts[1]


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_header(line: bytes) -> bool:
    """Whether a line looks like a message header: a label of visible characters and a colon."""
    label, colon, _ = line.partition(b":")
    return bool(colon and label) and all(33 <= byte <= 126 for byte in label.rstrip(b" \t"))


__all__ = ["Session", "Verb"]
