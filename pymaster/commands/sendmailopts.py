"""sendmailopts - the command line of sendmail(1), with what Sendmail's users are used to writing.

Parsed by hand, for sendmail must start at once: `getopt` alone costs more than the rest.
"""

from collections.abc import Iterator

MAIL, NEWALIASES, LIST, DAEMON, STANDALONE, FLUSH = "mail", "newaliases", "list", "daemon", "standalone", "flush"
NEVER, SUCCESS, FAILURE, DELAY = 1, 2, 4, 8
TRACE, VERIFY_ONLY = 4, 8
# Options with an argument; all of them take it attached or as the next word.
_WITH = frozenset("ABCFLNORVXbfhopr")
_ALONE = frozenset("GIUTcEeimnstvq")
_MODES = {"m": MAIL, "i": NEWALIASES, "p": LIST, "d": DAEMON, "l": DAEMON, "s": STANDALONE, "v": MAIL}


class UsageError(Exception):
    """A command line that cannot be meant; the text is for the user (exit status 64)."""


class Options:
    """What the command line says."""

    def __init__(self) -> None:
        self.mode = MAIL
        self.config = ""
        self.sender: str | None = None
        self.full_name = ""
        self.extract = self.keep_dot = False
        self.encoding = ""
        self.notify = self.ret = self.flags = 0
        self.envid, self.verp, self.alias_file = "", "", ""
        self.site, self.queue_id = "", ""
        self.recipients: list[str] = []
        self.verbose = 0
        # Asked for something of which there is nothing to do here (-bh, -q15m): no recipients are needed.
        self.idle = False
        self.warnings: list[str] = []


def parse(words: list[str]) -> Options:
    """Options and recipients; raises UsageError."""
    options = Options()
    for letter, value in _options(words, options.recipients):
        _apply(options, letter, value)
    return options


def _options(words: list[str], rest: list[str]) -> Iterator[tuple[str, str]]:
    """(letter, argument) pairs; what is no option goes to `rest`."""
    queue = iter(words)
    for word in queue:
        if word == "--":
            rest.extend(queue)
            return
        if not word.startswith("-") or word == "-":
            rest.append(word)
            continue
        at = 1
        while at < len(word):
            letter = word[at]
            at += 1
            if letter == "q":
                yield letter, word[at:]
                break
            if letter not in _WITH:
                yield letter, ""
                continue
            value = word[at:] or next(queue, None)
            if value is None:
                raise UsageError(f"option requires an argument -- '{letter}'")
            if letter == "o" and len(value) == 1 and value not in "78im" and value != "A":
                next(queue, None)  # `-o x value`, of no effect here
            if letter == "o" and value == "A":
                raise UsageError("-oA requires pathname")
            yield letter, value
            break


def _apply(options: Options, letter: str, value: str) -> None:
    if letter in ("f", "r"):
        options.sender = value
    elif letter == "F":
        options.full_name = value
    elif letter == "C":
        options.config = value
    elif letter == "b":
        _mode(options, value)
    elif letter == "q":
        _queue(options, value)
    elif letter == "o":
        options.keep_dot |= value == "i"
        if value.startswith("A"):
            options.alias_file = value[1:]
    elif letter in _FLAGS:
        _FLAGS[letter](options)
    elif letter in _DSN:
        _DSN[letter](options, value)
    elif letter not in _WITH and letter not in _ALONE:
        raise UsageError(f"invalid option -- '{letter}'")


def _mode(options: Options, value: str) -> None:
    if value not in _MODES:
        if value in ("h", "H"):
            options.idle = True  # the host status of Sendmail, which does not exist here
            return
        raise UsageError(f"unsupported: -b{value}")
    options.mode = _MODES[value]
    if value == "v":
        options.flags |= VERIFY_ONLY


def _queue(options: Options, value: str) -> None:
    if value.startswith("I"):
        options.queue_id = value[1:]
    elif value.startswith("R"):
        options.site = value[1:].lstrip("@")
    elif value.startswith("S"):
        raise UsageError("-qS is not supported")
    elif value and not value[:1].isdecimal():
        raise UsageError(f"-q{value} is not supported")
    elif value:
        options.idle = True  # an interval: the queue manager has one already
        return
    options.mode = FLUSH


def _verbose(options: Options) -> None:
    options.verbose += 1
    options.flags |= TRACE


def _extract(options: Options) -> None:
    options.extract = True


def _keep_dot(options: Options) -> None:
    options.keep_dot = True


def _newaliases(options: Options) -> None:
    options.mode = NEWALIASES


_FLAGS = {"v": _verbose, "t": _extract, "i": _keep_dot, "I": _newaliases}


def _notify(options: Options, value: str) -> None:
    names = {"never": NEVER, "success": SUCCESS, "failure": FAILURE, "delay": DELAY}
    words = [word for word in value.lower().replace(",", " ").split(" ") if word]
    wish = 0
    for word in words:
        wish |= names.get(word, 0)
    if not wish or (wish & NEVER and wish != NEVER) or not names.keys() >= set(words):
        options.warnings.append(f"bad -N option value -- {value[:100]} -- ignored")
    else:
        options.notify = wish


def _return(options: Options, value: str) -> None:
    options.ret = {"full": 1, "hdrs": 2}.get(value.lower(), 0)
    if not options.ret:
        options.warnings.append(f"bad -R option value -- {value[:100]} -- ignored")


def _envid(options: Options, value: str) -> None:
    if len(value) > 100 or not value.isascii() or not value.isprintable():
        options.warnings.append(f"too long or badly formed -V option value -- {value[:100]} -- ignored")
        return
    options.envid = value


def _encoding(options: Options, value: str) -> None:
    if value.upper() not in ("7BIT", "8BITMIME"):
        raise UsageError(f"bad -B option value -- {value}")
    options.encoding = "8bit" if value.upper() == "8BITMIME" else "7bit"


def _verp(options: Options, value: str) -> None:
    if value.startswith("V"):
        if len(value) not in (1, 3):
            raise UsageError("-V requires two characters")
        options.verp = value[1:] or "+="


_DSN = {"N": _notify, "R": _return, "V": _envid, "B": _encoding, "X": _verp}
