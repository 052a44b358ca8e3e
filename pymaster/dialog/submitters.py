"""submitters - which users may submit mail: authorized_submit_users (postconf(5), postdrop(1))."""

import pwd

from pymaster.config.params.core import CoreParams
from pymaster.config.snapshot import Snapshot
from pymaster.model.lookup import OpenMaps
from pymaster.rules.matchlist import MatchList


class Submitters:
    """The list of one snapshot; a user without a name is `unknown`."""

    def __init__(self, snapshot: Snapshot, open_maps: OpenMaps) -> None:
        text = snapshot[CoreParams].authorized_submit_users
        # The usual value must not cost a look into the user database for each message.
        self._everyone = text == "static:anyone"
        self._list = MatchList(text, open_maps, parents=False, param="authorized_submit_users")

    def allowed(self, uid: int) -> bool:
        """Whether a user may submit; root and the list decide. Raises LookupFailed."""
        if self._everyone or uid == 0:
            return True
        try:
            name = pwd.getpwuid(uid).pw_name
        except KeyError:
            name = "unknown"
        return self._list.match_string(name.encode())
