"""
NAME
    imapd - IMAP server

DESCRIPTION
    Greets IMAP clients, begins TLS (STARTTLS, or at once with imapd_tls_wrappermode), and has authd check who they are. Then
    the client goes to a process with the rights of its user (see mailboxd), which serves the session: this one has no right
    to any mail. Which mail a user has follows from the parameters by which local(8) and virtual(8) deliver it.

    In master.cf:

        imap     inet  n  -  n  -  -  imapd
        imaps    inet  n  -  n  -  -  imapd -o imapd_tls_wrappermode=yes
        auth     unix  -  -  n  -  -  authd

DIAGNOSTICS
    A login and its end are one line each, with the user, both addresses and a session id. Failed logins are logged by authd.
    A changed certificate is taken up by itself.

SEE ALSO
    authd(8), mailboxd(8), postconf(5), master(5)
"""

from pymaster.config.params.core import CoreParams
from pymaster.config.params.imapd import ImapdParams
from pymaster.server.loginservice import LoginService
from pymaster.server.service import run


class Imapd(LoginService):
    """The login stage of IMAP."""

    name = "imapd"
    protocol = "imap"
    params = (CoreParams, ImapdParams)


if __name__ == "__main__":
    run(Imapd)
