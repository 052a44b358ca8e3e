"""lab - for tests of structures: an IMAP list as Python values, messages of wild structure, input made to hurt."""

import re
from collections.abc import Iterator

from hypothesis import strategies as st

_ITEM = re.compile(rb'\(|\)|"((?:[^"\\\r\n\x00\x80-\xff]|\\["\\])*)"|\{([0-9]+)\}\r\n|(NIL)|([0-9]+)')

List = list["List | bytes | int | None"]


def wire(text: bytes) -> bytes:
    """Text with LF line ends in wire form."""
    return text.replace(b"\n", b"\r\n")


def read(data: bytes) -> List:
    """The one parenthesized list in `data`, checked: strings, literals, numbers and NIL with single blanks between.

    Lists in a list may stand without a blank between them (addresses, parts of a multipart).
    """
    stack: list[List] = [[]]
    pos = 0
    while pos < len(data):
        item = _ITEM.match(data, pos)
        assert item, data[pos : pos + 80]
        token, pos = item.group(), item.end()
        if token == b"(":
            stack.append([])
            continue
        if token == b")":
            inner = stack.pop()
            stack[-1].append(inner)
            assert inner, "()"
        elif item.group(2):
            size = int(item.group(2))
            stack[-1].append(data[pos : pos + size])
            assert b"\0" not in data[pos : pos + size]
            pos += size
        elif item.group(3):
            stack[-1].append(None)
        elif item.group(4):
            stack[-1].append(int(item.group(4)))
        else:
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", item.group(1)))
        if data[pos : pos + 1] == b" ":
            assert data[pos + 1 : pos + 2] not in (b" ", b")", b"")
            pos += 1
        else:
            assert data[pos : pos + 1] in (b")", b"") or data[pos - 1 : pos + 1] == b")(", data[pos - 20 : pos + 20]
    assert len(stack) == 1 and len(stack[0]) == 1
    return stack[0][0]  # type: ignore[return-value]


_BOUNDARIES = [b"b", b"bb", b"b--", b"--b", b"--", b"a b", b""]
_LINES = [
    *[b"--%s" % text for text in _BOUNDARIES],
    *[b"--%s--" % text for text in _BOUNDARIES],
    *[b'Content-Type: multipart/mixed; boundary="%s"' % text for text in _BOUNDARIES],
    b"Content-Type: multipart/digest; boundary=b",
    b"Content-Type: message/rfc822",
    b"Content-Type: text/html; charset=\"utf-8\"",
    b"Content-Type: text; x",
    b"Content-Transfer-Encoding: base64",
    b"Content-Disposition: attachment; filename*0=a; filename*1*=%20",
    b"Content-Language: en, (de",
    b"Subject: =?utf-8?q?a_=FF?= Re: [x] (fwd)",
    b"From: \xff <a\0@b>, g:;, <@r:u@h>, (c",
    b"To: \"a\\",
    b"Date: 31 Feb 2020 99:99",
    b"References: <a@b> <\"c\"@d>",
    b"From ", b" fold", b"\ttext < & > \0 \xe2", b"text", b"", b"", b"", b"QUJD=", b"=E2=82",
]  # fmt: skip
messages = st.lists(
    st.tuples(st.sampled_from(_LINES) | st.binary(max_size=12), st.sampled_from([b"\r\n", b"\r\n", b"\n", b"\r", b""])),
    max_size=40,
).map(lambda lines: b"".join(text + end for text, end in lines))


def hostile(count: int) -> Iterator[tuple[str, bytes]]:
    """Messages of a size in proportion to `count`, each named by what it tries to make slow or deep."""
    multi, deep = b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n", count // 10
    hundred = b"".join(multi % b"x%d" % n + b"--x%d\r\n" % n for n in range(99))
    yield "empty lines", b"\r\n" * count
    yield "hyphens", multi % b"b" + b"--\r\n" * count
    yield "boundaries that begin alike", multi % b"b" + b"--bb\r\n" * count
    yield "parts", multi % b"b" + b"--b\r\n\r\nx\r\n" * count
    yield "parts without an empty line", multi % b"b" + b"--b\r\nx: y\r\n" * count
    yield "nested", b"".join(multi % b"b%d" % n + b"--b%d\r\n" % n for n in range(deep))
    yield "nested in one boundary", (multi % b"b" + b"--b\r\n") * deep
    yield "many lines in 100 levels", hundred + b"\r\n--y\r\n" * count
    yield "closed over 100 levels", hundred + b"\r\n--x0\r\n" * count
    yield "messages in messages", b"Content-Type: message/rfc822\r\n\r\n" * deep
    yield "a long boundary", multi % (b"b" * count) + b"--" + b"b" * count
    yield "fields", b"X-A: b\r\n" * count
    yield "a long name", b"x" * count + b": y"
    yield "folds", b"To:" + b"\r\n \r\n\t" * count
    for name, text in (("words", b"a "), ("commas", b"a,"), ("comments", b"("), ("angles", b"<"), ("signs", b"@"),
                       ("route", b"<@a,"), ("colons", b":"), ("groups", b"a:;"), ("quotes", b'"'), ("pairs", b"\\"),
                       ("no commas", b"a@b c@d "), ("brackets", b"["), ("usual", b"A B <c@d>, ")):  # fmt: skip
        yield f"addresses: {name}", b"To: " + text * count
    for name, text in (
        ("usual", b"; a=b"),
        ("semicolons", b";"),
        ("blanks", b"; "),
        ("quotes", b'; a="'),
        ("comments", b"("),
    ):
        yield f"parameters: {name}", b"Content-Type: text/plain; x=y" + text * count
    yield "parameters: pieces", b"Content-Type: text/plain" + b"".join(b"; a*%d*=b" % n for n in range(count))
    for name, text in (("words", b"=?utf-8?q?a?= "), ("begins", b"=?"), ("halves", b"=?a?q?b "), ("re", b"Re: "),
                       ("blobs", b"[a] "), ("brackets", b"["), ("fwd", b"[fwd: "), ("blanks", b" ")):  # fmt: skip
        yield f"subject: {name}", b"Subject: " + text * count + b"x" + b"]" * (count if name == "fwd" else 0)
    yield "subject: trailers", b"Subject: x" + b" (fwd)" * count
    yield "references", b"References: " + b"".join(b"<%d@b>" % n for n in range(count))
    yield "references: open", b"References: " + b"<a" * count
    for name, text in (("tags", b"<"), ("comments", b"<!--"), ("styles", b"<style>"), ("entities", b"&#9999999;")):
        yield f"html: {name}", b"Content-Type: text/html\r\n\r\n" + text * count
    yield "quoted-printable", b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=  " * count
    yield "NUL", b"\0" * count
    yield "CR", b"a:" + b"\r" * count
