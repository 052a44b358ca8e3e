"""NAME
    lmtpd - the LMTP server

DESCRIPTION
    Takes mail over LMTP into the queue: smtpd(8) with LHLO in the place of EHLO and one reply for each recipient after
    the content. All recipients of a message become durable together, so these replies are alike.

PROTOCOL
    RFC 2033, with the extensions of smtpd(8).

DIAGNOSTICS
    As smtpd(8).

SEE ALSO
    smtpd(8), lmtp(8), postconf(5)
"""

from pymaster.server.service import run
from pymaster.server.smtpservice import SmtpService


class Lmtpd(SmtpService):
    """The LMTP server."""

    name = "lmtpd"
    lmtp = True


if __name__ == "__main__":
    run(Lmtpd)
