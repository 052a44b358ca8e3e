"""NAME
    smtpd - the SMTP server

DESCRIPTION
    Accepts mail over SMTP. Each client is a greenlet; commands pass the restriction lists, content passes the cleanup
    pipeline inside this process, and a message is answered 250 when the queue has made it durable. The queue manager
    gets a hint. A table that fails, a full disk or a sick queue make temporary refusals, never a lost or a wrong answer.

PROTOCOL
    RFC 5321 with PIPELINING, SIZE, VRFY, ETRN, ENHANCEDSTATUSCODES, 8BITMIME, DSN, SMTPUTF8 and CHUNKING; XFORWARD and
    XCLIENT for trusted clients; HELP also explains one command (HELP MAIL). `-S` runs one session on standard input.

DIAGNOSTICS
    connect, client, reject and disconnect lines in Postfix's form; a number per session stands in the place of the
    process id.

SEE ALSO
    postconf(5), access(5), Postfix's smtpd(8), anvil(8), RFC 5321, RFC 2920, RFC 3030, RFC 3461
"""

from pymaster.server.service import run
from pymaster.server.smtpservice import SmtpService


class Smtpd(SmtpService):
    """smtpd(8)."""

    name = "smtpd"


if __name__ == "__main__":
    run(Smtpd)
