"""NAME
    lmtp - the LMTP client

DESCRIPTION
    Delivers mail to a local mail store over LMTP (RFC 2033) for the queue manager. A nexthop is `unix:path` (relative to
    the queue directory), `inet:host:port`, `host:port` or `[host]:port`; there is no MX lookup. The server answers for
    each recipient after the end of data.

PROTOCOL
    `delivery`: DeliveryRequest in, DeliveryReport out, many at once.

DIAGNOSTICS
    As smtp(8).

SEE ALSO
    smtp(8), qmgr(8), transport(5), RFC 2033
"""

from pymaster.config.params.core import CoreParams
from pymaster.config.params.lmtp import LmtpParams
from pymaster.config.params.lmtp_tls import LmtpTlsParams
from pymaster.config.params.logging import LoggingParams
from pymaster.server.service import run
from pymaster.server.smtpagent import ClientService


class Lmtp(ClientService):
    """The LMTP client."""

    name = "lmtp"
    params = (CoreParams, LoggingParams, LmtpParams, LmtpTlsParams)
    lmtp = True


if __name__ == "__main__":
    run(Lmtp)
