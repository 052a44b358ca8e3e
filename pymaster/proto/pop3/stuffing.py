"""stuffing - a whole message as POP3 sends it (RFC 1939 section 3): in bulk, never an object per line.

Messages come in wire form (CRLF line ends). What is done here does not count as size: LIST tells the octets before it.
"""

END = b".\r\n"


def stuffed(message: bytes) -> bytes:
    """The message with its dots doubled at line starts and a last line end, without the final dot."""
    # Where nothing is to be replaced, `replace` returns the same object and costs one scan.
    text = message.replace(b"\n.", b"\n..")
    if text[:1] == b".":
        text = b"." + text
    if text and text[-2:] != b"\r\n":
        text += b"\r\n"
    return text


def header_end(message: bytes) -> int:
    """Where the body begins: behind the first empty line, or the end of a message that is all header."""
    if message[:2] == b"\r\n":
        return 2
    at = message.find(b"\r\n\r\n")
    return at + 4 if at >= 0 else len(message)


def top(message: bytes, lines: int) -> bytes:
    """The header with the empty line, and the first `lines` lines of the body (any number)."""
    start = header_end(message)
    if not lines:
        return message[:start]
    low, high, left = start, len(message), lines
    if message.count(b"\n", low) < lines:
        return message
    # Halve the span in which the wanted line ends, counting each byte about twice in all.
    while high - low > 256:
        middle = (low + high) // 2
        inside = message.count(b"\n", low, middle)
        if inside < left:
            low, left = middle, left - inside
        else:
            high = middle
    for _ in range(left):
        low = message.index(b"\n", low) + 1
    return message[:low]
