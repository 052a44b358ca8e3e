"""username - a name as a client said it, made the name that back ends are asked for; or refused before anybody is asked.

The class of allowed characters keeps `%u`, quotes, `*)(uid=*`, slashes and line ends away from every back end, whatever
that back end does about them itself (CVE-2026-24031, CVE-2026-27860, CVE-2019-10691).
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_LENGTH = 255
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class BadName(Exception):
    """The name may not be used; the text is for the log."""


@dataclass(slots=True)
class Names:
    """The rules of one configuration (auth_username_chars, auth_username_lower, auth_master_user_separator)."""

    chars: frozenset[str] = frozenset()
    lower: bool = True
    separator: str = ""

    def clean(self, name: str) -> str:
        """The normal form of a user name; raises BadName."""
        if not name or len(name) > MAX_LENGTH:
            raise BadName("empty or too long")
        if self.chars and not self.chars.issuperset(name):
            raise BadName("disallowed character in user name")
        if name.startswith((".", "-")) or ".." in name or "/" in name or name in ("@",) or name.startswith("@"):
            # Names become parts of paths and arguments of commands.
            raise BadName("user name begins or continues in a forbidden way")
        if not name.isprintable() or any(char.isspace() for char in name):
            raise BadName("disallowed character in user name")
        return name.translate(_LOWER) if self.lower else name

    def split(self, name: str, authzid: str) -> tuple[str, str]:
        """(whose mail, who logs in as that user: "" for the user); raises BadName."""
        if self.separator and self.separator in name and not authzid:
            user, _, master = name.partition(self.separator)
            return self.clean(user), self.clean(master)
        if authzid:
            user, master = self.clean(authzid), self.clean(name)
            return user, "" if master == user else master
        return self.clean(name), ""
