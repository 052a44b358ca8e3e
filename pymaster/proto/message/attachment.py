"""attachment - whether a message has one, for $HasAttachment (RFC 8457): what a person would call a file sent along."""

from pymaster.proto.message.disposition import NONE, disposition
from pymaster.proto.message.mimetree import Entity
from pymaster.proto.message.parttree import LEAF, MULTIPART

_SIGNATURES = frozenset((b"pgp-signature", b"pkcs7-signature", b"x-pkcs7-signature", b"pgp-encrypted"))


def has_attachment(root: Entity) -> bool:
    """Whether a part says that it is an attachment, or is a file that the text does not show in itself."""
    if root.part.kind == LEAF and not root.fields:
        return False
    stack = [root]
    while stack:
        entity = stack.pop()
        if entity.part.kind == MULTIPART:
            stack.extend(entity.children)
        elif _is_file(entity, entity is root):
            return True
    return False


def _is_file(entity: Entity, whole: bool) -> bool:
    """A picture with an id and not said to be attached belongs to the HTML that shows it."""
    type_, found = entity.type, entity.fields
    values = found.get(b"content-disposition")
    said = disposition(values[0]) if values else NONE
    if said.word == b"attachment":
        return type_.minor not in _SIGNATURES
    if type_.major == b"text":
        return said.named and said.word != b"inline"
    if type_.major == b"message":
        return not whole and type_.minor in (b"rfc822", b"global") and said.word != b"inline"
    if type_.minor in _SIGNATURES:
        return False
    return (said.named or type_.named or whole) and not (b"content-id" in found and said.word != b"attachment")
