"""NAME
    postlogd - takes log lines of commands that ordinary users run

DESCRIPTION
    With maillog_file, workers write to the descriptor that master opened; commands such as sendmail and postqueue have no
    right to that file and send their lines here instead, as datagrams to public/postlog. A line is stamped, made
    printable and written; nothing a user sends can look like two lines or like another time.

PROTOCOL
    A datagram is `tag[number]: text` in UTF-8.

DIAGNOSTICS
    A datagram that is not of this form is logged as it is, under this program's own name.

SEE ALSO
    postlog(1), postconf(5) maillog_file
"""

import re

from pymaster.config.params.core import CoreParams
from pymaster.config.params.logging import LoggingParams
from pymaster.server.service import Trigger, run
from pymaster.util import log
from pymaster.util.text import printable

FORM = re.compile(r"([A-Za-z0-9_./-]{1,64})\[(\d{1,12})\]: (.*)", re.DOTALL)
MAX_LINE = 2000


class Postlogd(Trigger):
    """The log service."""

    name = "postlogd"
    params = (CoreParams, LoggingParams)

    def trigger(self, requests: bytes) -> None:
        text = requests.decode("utf-8", "replace").rstrip("\n")
        found = FORM.fullmatch(text)
        if found is None:
            log.info(text)
            return
        tag, number, line = found.groups()
        log.LOG.sink.write([(int(number), printable(line, MAX_LINE), tag)])


if __name__ == "__main__":
    run(Postlogd)
