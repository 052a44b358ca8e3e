"""objectid - EMAILID and THREADID (RFC 8474), computed from what the digest holds: nothing is stored for them.

EMAILID is the message's content, so a copy has the same one and an upload of the same bytes too. THREADID is the first
message of the conversation as the message itself names it; a message without any id belongs to no thread.
"""

import hashlib

from pymaster.proto.message.digest import CONTENT_ID, MESSAGE_ID, Digest


def email_id(digest: Digest) -> bytes:
    """The EMAILID, without parentheses."""
    return b"M" + digest[CONTENT_ID].hex().encode()


def thread_id(digest: Digest) -> bytes | None:
    """The THREADID, without parentheses; None is told as NIL."""
    references = digest.references
    first = references[0] if references else digest[MESSAGE_ID]
    if not first:
        return None
    return b"T" + hashlib.blake2b(first, digest_size=16).hexdigest().encode()
