"""search - the keys under which access tables are asked (access(5), "EMAIL ADDRESS PATTERNS", "HOST NAME/ADDRESS").

The whole string is asked of every table; its parts only of tables with fixed keys. A value of DUNNO found under a key
ends the search, so the caller gets the first value and no more. Raises LookupFailed.
"""

from pymaster.model.lookup import Maps


def host(maps: Maps, name: str, address: str, parents: bool) -> bytes | None:
    """By a client's name, then by its address; a name that is not known is `unknown`."""
    found = domain(maps, name.encode(), parents)
    return found if found is not None else network(maps, address)


def domain(maps: Maps, name: bytes, parents: bool) -> bytes | None:
    """A name, then what it lies under: `parents` asks for `b.c`, otherwise for `.b.c` (smtpd_access_maps)."""
    if not name:
        return None
    found = maps.get(name)
    while found is None:
        _, dot, name = name[1:].partition(b".")
        if not dot or not name:
            return None
        found = maps.get(name if parents else b"." + name, fixed_only=True)
    return found


def network(maps: Maps, address: str) -> bytes | None:
    """An address, then its networks by cutting off octets (IPv4) or octet pairs (IPv6) at the end."""
    if not address:
        return None
    key = address.encode()
    mark = b":" if b":" in key else b"."
    found = maps.get(key)
    while found is None and mark in key:
        key = key.rpartition(mark)[0].rstrip(b":") if mark == b":" else key.rpartition(mark)[0]
        if not key:
            return None
        found = maps.get(key, fixed_only=True)
    return found


def mail(maps: Maps, addr: bytes, parents: bool, delimiters: bytes) -> bytes | None:
    """A mail address: user+ext@dom, user@dom, dom and what it lies under, user+ext@, user@."""
    found = maps.get(addr)
    if found is not None:
        return found
    local, at, name = addr.rpartition(b"@")
    if not at:
        local, name = name, b""
    plain = without_extension(local, delimiters)
    if plain != local and at:
        found = maps.get(plain + b"@" + name, fixed_only=True)
    if found is None and name:
        found = _under(maps, name, parents)
    if found is None:
        found = maps.get(local + b"@", fixed_only=True)
    if found is None and plain != local:
        found = maps.get(plain + b"@", fixed_only=True)
    return found


def _under(maps: Maps, name: bytes, parents: bool) -> bytes | None:
    found = maps.get(name, fixed_only=True)
    while found is None:
        _, dot, name = name[1:].partition(b".")
        if not dot or not name:
            return None
        found = maps.get(name if parents else b"." + name, fixed_only=True)
    return found


def without_extension(local: bytes, delimiters: bytes) -> bytes:
    """A local part up to the first delimiter character; the names that never have one stay whole."""
    if local.lower() in (b"postmaster", b"mailer-daemon", b"double-bounce"):
        return local
    for at in range(1, len(local)):
        if local[at] in delimiters:
            return local[:at]
    return local


def owners(maps: Maps, addr: bytes, delimiters: bytes) -> frozenset[str] | None:
    """The logins that own a sender address (smtpd_sender_login_maps): user@dom, user, @dom; None when nobody does."""
    local, _, name = addr.rpartition(b"@")
    plain = without_extension(local, delimiters)
    for key in (addr, plain + b"@" + name):
        if (found := maps.get(key)) is not None:
            return _logins(found)
    for key in (plain, b"@" + name):
        if (found := maps.get(key, fixed_only=True)) is not None:
            return _logins(found)
    return None


def _logins(value: bytes) -> frozenset[str]:
    words = value.decode("utf-8", "replace").replace(",", " ").replace("\t", " ").split(" ")
    return frozenset(word for word in words if word)
