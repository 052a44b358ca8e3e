"""NAME
    smtp - the SMTP client

DESCRIPTION
    Delivers mail to remote systems for the queue manager. A nexthop is `domain`, `host:port`, `[host]:port` or a list of
    those; without brackets the domain's mail exchangers are looked up (RFC 5321 section 5.1). Sessions are kept open for
    a short while and carry the next messages to the same nexthop. Messages travel with pipelining where the server offers
    it; SIZE, 8BITMIME, SMTPUTF8 and DSN are used where offered.

PROTOCOL
    `delivery`: DeliveryRequest in, DeliveryReport out, many at once.

DIAGNOSTICS
    One line per recipient with relay, delays and status. A destination that cannot be reached or refuses the session is
    reported to the queue manager, which lowers its concurrency.

SEE ALSO
    lmtp(8), qmgr(8), transport(5), RFC 5321, RFC 2920, RFC 3461, RFC 7505
"""

from pymaster.config.params.core import CoreParams
from pymaster.config.params.logging import LoggingParams
from pymaster.config.params.smtp import SmtpParams
from pymaster.config.params.smtp_tls import SmtpTlsParams
from pymaster.server.service import run
from pymaster.server.smtpagent import ClientService


class Smtp(ClientService):
    """The SMTP client."""

    name = "smtp"
    params = (CoreParams, LoggingParams, SmtpParams, SmtpTlsParams)


if __name__ == "__main__":
    run(Smtp)
