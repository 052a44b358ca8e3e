"""sendmail - submit mail, as every program on Unix expects it.

NAME
    sendmail - pymaster to Sendmail compatibility interface

SYNOPSIS
    sendmail [option ...] [recipient ...]
    mailq
    newaliases

DESCRIPTION
    Reads a message from standard input and hands it to the mail system; a line with nothing but a dot ends it, unless -i
    or -oi is given. The answer comes when the message is safely queued. When the mail system is down, the message waits
    in the maildrop folder, for those who may write there.

    -t takes recipients from To, Cc and Bcc; -f sender; -F full name; -N, -R, -V are the DSN options, of which a bad one is
    ignored with a warning. -v reports the first attempt of delivery by mail; -bv reads and delivers nothing, and reports
    what would become of mail to the recipients; -bp (mailq) lists the queue, -q flushes it, -qIid and -qRsite parts of it; -bi (newaliases) rebuilds the alias
    databases; -bs speaks SMTP on standard input; -bd starts the mail system. Other options of Sendmail are accepted and
    have no effect.

DIAGNOSTICS
    The exit status is one of sysexits.h: 64 for a bad command line, 65 or 69 for mail that is refused, 75 for mail that
    could not be taken now.

SEE ALSO
    sendmail(1), pickup(8), postqueue(1), aliases(5)
"""

import os
import sys

from pymaster.commands import quickconf, sendmailopts, submit
from pymaster.commands.mailtext import MailText
from pymaster.commands.sendmailopts import DAEMON, FLUSH, LIST, NEWALIASES, STANDALONE, VERIFY_ONLY, Options, UsageError
from pymaster.commands.submit import EX_CONFIG, EX_DATAERR, EX_IOERR, EX_OSERR, EX_TEMPFAIL, EX_USAGE, Refused
from pymaster.proto import submission

BLOCK = 65536


def main(arguments: list[str] | None = None) -> int:
    """The command; returns the exit status. Under the name mailq or newaliases it is that command."""
    words = sys.argv[1:] if arguments is None else arguments
    name = os.path.basename(sys.argv[0])
    try:
        options = sendmailopts.parse(words)
        if arguments is None and name in ("mailq", "newaliases"):
            options.mode = LIST if name == "mailq" else NEWALIASES
        for warning in options.warnings:
            sys.stderr.write(f"sendmail: warning: {warning}\n")
        return _MODES.get(options.mode, mail)(options)
    except UsageError as exc:
        return _fatal(str(exc), EX_USAGE)
    except Refused as exc:
        return _fatal(str(exc), exc.status)
    except BrokenPipeError:
        return _fatal("the mail system closed the connection", EX_TEMPFAIL)
    except OSError as exc:
        return _fatal(exc.strerror or str(exc), EX_OSERR)


def mailq() -> int:
    """The command under its name."""
    return main(["-bp", *sys.argv[1:]])


def newaliases() -> int:
    """The command under its name."""
    return main(["-bi", *sys.argv[1:]])


def _fatal(text: str, status: int) -> int:
    sys.stderr.write(f"sendmail: fatal: {text}\n")
    _record(text)
    return status


def _record(text: str) -> None:
    """The mail log's line about a failure: what ran this (cron, a web page) may have thrown the message away."""
    from pymaster.commands import cmdlog
    from pymaster.config.snapshot import Snapshot
    from pymaster.util import log
    from pymaster.util.errors import ConfigError

    try:
        cmdlog.setup(Snapshot.load(quickconf.directory("")), "sendmail", stderr=False)
    except (ConfigError, OSError):
        return  # no configuration, no log: standard error has it
    log.fatal(text)


def mail(options: Options) -> int:
    """Submit standard input."""
    if not options.extract and not options.recipients:
        if options.idle:
            return 0
        raise UsageError("Recipient addresses must be specified on the command line or via the -t option")
    params = quickconf.get(quickconf.directory(options.config), ("queue_directory", "sendmail_fix_line_endings"))
    sender, full_name = _sender(options)
    recipients = [address for word in options.recipients for address in _addresses(word)]
    text = MailText(dot=not options.keep_dot, crlf=params["sendmail_fix_line_endings"] != "never")
    if options.flags & VERIFY_ONLY:
        first, text.ended = _probe(sender, recipients), True
    else:
        first = _read(text)
    if options.extract:
        first, found = _extract(text, first)
        recipients += found
        if not recipients:
            return _fatal("No recipient addresses found in message header", EX_DATAERR)
    head = submission.MAGIC + submission.attribute(b"sender", sender)
    for name, value in (
        (b"full_name", full_name),
        (b"encoding", options.encoding.encode()),
        (b"envid", options.envid.encode()),
        (b"verp", options.verp.encode()),
        (b"ret", b"%d" % options.ret if options.ret else b""),
        (b"flags", b"%d" % options.flags if options.flags else b""),
    ):
        if value:
            head += submission.attribute(name, value)
    head += b"".join([submission.recipient(address, options.notify) for address in recipients])
    _submit(params["queue_directory"], head, text, first)
    if options.flags:
        sys.stdout.write(f"Mail Delivery Status Report will be mailed to <{os.fsdecode(sender)}>.\n")
    return 0


def _probe(sender: bytes, recipients: list[bytes]) -> bytes:
    """The content of a message that is only there to be asked about."""
    people = b",\n\t".join([b"<" + address + b">" for address in recipients])
    return b"From: <" + sender + b">\nSubject: probe\nTo: " + people + b"\n"


def _submit(queue_directory: str, head: bytes, text: MailText, first: bytes) -> None:
    """Hand everything over; raises Refused, OSError."""
    drop = submit.begin(queue_directory)
    try:
        drop.write(head + submission.content(first))
        while data := _read(text):
            drop.write(submission.content(data))
        drop.write(submission.END)
        drop.finish()
    except TimeoutError:
        drop.abandon()
        raise Refused("the mail system does not answer", EX_TEMPFAIL) from None
    except BaseException:
        drop.abandon()
        raise


def _read(text: MailText) -> bytes:
    """The next content of standard input; b"" is the end. Raises Refused."""
    while not text.ended:
        try:
            block = os.read(0, BLOCK)
        except OSError as exc:
            raise Refused(f"cannot read standard input: {exc.strerror}", EX_IOERR) from exc
        data = text.feed(block, final=not block)
        if not block:
            text.ended = True
        if data:
            return data
    return b""


def _extract(text: MailText, first: bytes) -> tuple[bytes, list[bytes]]:
    """Read on until the header section is complete; the content so far, and the recipients in it."""
    from pymaster.commands import extract

    while not extract.complete(first):
        data = _read(text)
        if not data:
            break
        first += data
    return first, extract.recipients(first)


def _addresses(word: str) -> list[bytes]:
    """The internal addresses of an argument, which may hold a list in header syntax."""
    if _plain(word):
        return [word.encode()]
    if word in ("", "<>"):
        return [b""]
    from pymaster.proto import addrlist

    # A header may fold, a command line may not.
    broken = "\n" in word or "\r" in word
    found = [] if broken else [spot.address for spot in addrlist.find(os.fsencode(word))]
    if not found:
        raise UsageError(f"bad recipient address: {word[:100]!r}")
    return found


def _plain(word: str) -> bool:
    return bool(word) and word.isascii() and word.isprintable() and not any(c in word for c in ' "()<>[]:;,\\')


def _sender(options: Options) -> tuple[bytes, bytes]:
    """Envelope sender and full name: from the options, else of the user who runs this. Raises Refused."""
    import pwd

    try:
        entry = pwd.getpwuid(os.getuid())
    except KeyError:
        if options.sender is None:
            raise Refused(f"no login name found for user ID {os.getuid()}", EX_OSERR) from None
        return _from(options.sender), os.fsencode(options.full_name)
    name = options.full_name or os.environ.get("NAME", "")
    if not name:
        name = entry.pw_gecos.partition(",")[0].replace("&", entry.pw_name.capitalize())
    name = " ".join(name.replace("\n", " ").replace("\r", " ").split(" "))
    sender = os.fsencode(entry.pw_name) if options.sender is None else _from(options.sender)
    return sender, os.fsencode(name)[:500]


def _from(text: str) -> bytes:
    if text in ("", "<>"):
        return b""
    if _plain(text):
        return text.encode()
    from pymaster.proto.address import parse_path

    found = parse_path(os.fsencode(text))
    if found is None:
        raise UsageError(f"bad sender address: {text[:100]!r}")
    return found


def _config(options: Options) -> list[str]:
    return ["-c", quickconf.directory(options.config)] if options.config else []


def _list(options: Options) -> int:
    from pymaster.commands import postqueue

    return postqueue.main([*_config(options), "-p"])


def _flush(options: Options) -> int:
    from pymaster.commands import postqueue

    if options.site:
        return postqueue.main([*_config(options), "-s", options.site])
    if options.queue_id:
        return postqueue.main([*_config(options), "-i", options.queue_id])
    return postqueue.main([*_config(options), "-f"])


def _newaliases(options: Options) -> int:
    from pymaster.commands import postalias
    from pymaster.config.snapshot import Snapshot
    from pymaster.config.words import split_list
    from pymaster.util.errors import ConfigError

    try:
        snapshot = Snapshot.load(quickconf.directory(options.config))
        databases = split_list(options.alias_file or snapshot.text("alias_database"))
    except ConfigError as exc:
        return _fatal(str(exc), EX_CONFIG)
    return postalias.main([*_config(options), *databases]) if databases else 0


def _standalone(options: Options) -> int:
    from pymaster.commands import standalone

    return standalone.main(quickconf.directory(options.config))


def _daemon(options: Options) -> int:
    from pymaster.commands import postfix

    return postfix.main([*_config(options), "start"])


_MODES = {LIST: _list, FLUSH: _flush, NEWALIASES: _newaliases, STANDALONE: _standalone, DAEMON: _daemon}

if __name__ == "__main__":
    sys.exit(main())
