"""authorized - which users may submit mail, see the queue, flush it (postconf(5) authorized_submit_users and its like)."""

import pwd

from pymaster.config.snapshot import Snapshot
from pymaster.model.lookup import OpenMaps
from pymaster.rules.matchlist import MatchList

SUBMIT, VIEW, FLUSH = "authorized_submit_users", "authorized_mailq_users", "authorized_flush_users"
# The usual value: it must not cost a look into the user database for each message.
ANYONE = "static:anyone"


class AuthorizedUsers:
    """The list of one parameter in one snapshot; a user without a name is `unknown`."""

    def __init__(self, snapshot: Snapshot, open_maps: OpenMaps, param: str) -> None:
        text = snapshot.text(param)
        self._everyone = text == ANYONE
        self._list = MatchList(text, open_maps, parents=False, param=param)

    def allowed(self, uid: int) -> bool:
        """Whether a user may; root and the list decide. Raises LookupFailed."""
        return self._everyone or uid == 0 or self._list.match_string(name_of(uid).encode())


def name_of(uid: int) -> str:
    """A user's name for the list."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "unknown"
