"""reply - status lines and listings of POP3 (RFC 1939), response codes (RFC 2449, 3206), what CAPA tells in both states."""

from collections.abc import Iterable

AUTH, IN_USE, TEMPORARY, PERMANENT, UTF8 = b"AUTH", b"IN-USE", b"SYS/TEMP", b"SYS/PERM", b"UTF8"
# RFC 2449 section 6. TOP and UIDL stand here before login too: Java Mail and mutt ask only then.
CAPABILITIES = (
    b"TOP", b"UIDL", b"RESP-CODES", b"PIPELINING", b"AUTH-RESP-CODE", b"EXPIRE NEVER", b"LOGIN-DELAY 0", b"UTF8",
    b"LANG",
)  # fmt: skip
# RFC 6856 section 3: the languages of our texts.
LANGUAGES = ((b"en", b"English"),)


def ok(text: bytes) -> bytes:
    """It was done."""
    return b"+OK %s\r\n" % text


def err(text: bytes, code: bytes = b"") -> bytes:
    """It was not; a client that meets no code it knows may take a fault for a wrong password, so faults carry one."""
    return b"-ERR [%s] %s\r\n" % (code, text) if code else b"-ERR %s\r\n" % text


def listing(text: bytes, lines: Iterable[bytes]) -> bytes:
    """A reply of several lines; none of them begins with a dot."""
    return b"+OK %s\r\n%s.\r\n" % (text, b"".join([line + b"\r\n" for line in lines]))


def language(words: list[bytes]) -> bytes:
    """The reply to LANG with these arguments."""
    if not words:
        return listing(b"Language listing follows:", [b"%s %s" % pair for pair in LANGUAGES])
    wanted = words[0].lower()
    if len(words) > 1 or (wanted not in (b"*", b"i-default") and wanted not in dict(LANGUAGES)):
        return err(b"Unknown language.")
    return ok(b"%s Language selected." % LANGUAGES[0][0])
