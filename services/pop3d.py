"""
NAME
    pop3d - POP3 server

DESCRIPTION
    Greets POP3 clients, begins TLS (STARTTLS, or at once with pop3d_tls_wrappermode), and has authd check who they are. Then
    the client goes to a process with the rights of its user (see mailboxd), which serves the session: this one has no right
    to any mail. Which mail a user has follows from the parameters by which local(8) and virtual(8) deliver it.

    In master.cf:

        pop3     inet  n  -  n  -  -  pop3d
        pop3s    inet  n  -  n  -  -  pop3d -o pop3d_tls_wrappermode=yes
        auth     unix  -  -  n  -  -  authd

DIAGNOSTICS
    A login and its end are one line each, with the user, both addresses and a session id. Failed logins are logged by authd.
    A changed certificate is taken up by itself.

SEE ALSO
    authd(8), mailboxd(8), postconf(5), master(5)
"""

from pymaster.config.params.core import CoreParams
from pymaster.config.params.pop3d import Pop3dParams
from pymaster.server.loginservice import LoginService
from pymaster.server.service import run


class Pop3d(LoginService):
    """The login stage of POP3."""

    name = "pop3d"
    protocol = "pop3"
    params = (CoreParams, Pop3dParams)


if __name__ == "__main__":
    run(Pop3d)
