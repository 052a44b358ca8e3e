"""auth - who may log in, and where the mail of those who may lies (authd(8)). Names are our own; Dovecot's ideas. Kept sorted."""

from pymaster.config.param import Params, boolean, duration, integer, text


class AuthParams(Params):
    """Passwords and users for POP3, IMAP and SMTP."""

    auth_allow_weak_schemes: bool = boolean(
        "no", doc="Accept stored passwords as MD5, DES or a digest without salt; better let people set new ones."
    )
    auth_app_passwords: str = text(
        "$data_directory/app-passwords",
        doc="The file of passwords for single programs (pymaster app-password); empty: there are none.",
    )
    auth_cache_negative_ttl: float = duration("60s", doc="How long a wrong password is known to be wrong.")
    auth_cache_size: int = integer(
        "10000", doc="How many logins are remembered, so that they need no hashing; 0 is none."
    )
    auth_cache_ttl: float = duration("1h", doc="How long a right password is known to be right.")
    auth_failure_delay: float = duration(
        "2s",
        max=15,
        doc="The wait before a failure is told; doubled for each further one of the same network, to 15 s.",
    )
    auth_master_passdb: str = text(
        doc="Back ends, as for auth_passdb, of those who may log in as others (user*master, or an authorization identity)."
    )
    auth_master_user_separator: str = text(
        "*", max=1, doc="What stands between a user's name and that of the master who logs in as the user."
    )
    auth_mechanisms: str = text(
        "plain, login",
        doc=(
            "SASL mechanisms to offer: plain, login, scram-sha-1, scram-sha-256 (with their -plus forms), cram-md5, apop, "
            "xoauth2, oauthbearer, external. Programs take the strongest, so offer a scram one only when all passwords "
            "are stored for it or in clear, which PAM's are not."
        ),
    )
    auth_oauth2_audience: str = text(doc="Audiences (aud) of which a token must name one; empty does not ask.")
    auth_oauth2_issuers: str = text(doc="Issuers (iss) of which a token must name one; empty does not ask.")
    auth_oauth2_key_directory: str = text(
        doc="Where token keys are: KID.pem for RS256 and ES256, KID.secret for HS256; `default` for tokens without kid."
    )
    auth_oauth2_username_claim: str = text("email", min=1, doc="The claim of a token that is the user's name.")
    auth_passdb: str = text(
        "pam",
        doc=(
            "Back ends that know passwords, asked in order until one accepts: pam, passwd, passwd-file:PATH, sql:PATH, "
            "ldap:PATH, static:{SCHEME}HASH; { passwd-file:PATH, deny=yes } shuts its users out."
        ),
    )
    auth_trusted_networks: str = text(
        doc="Clients whose failures are not delayed, such as a webmail server; a list as mynetworks."
    )
    auth_username_chars: str = text(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_@+",
        doc="Characters that a user name may have; with any other it is refused before anybody is asked. Empty: all.",
    )
    auth_username_lower: bool = boolean("yes", doc="Take user names in lower case.")
    auth_worker_processes: int = integer(
        "0", max=64, doc="Processes that check passwords; 0 is the number of processor cores, at least 4."
    )
    mailbox_default_quota: str = text(
        doc="A user's quota where no back end has one: `storage=1G`, `messages=10000`, or both with a colon between."
    )
    mailbox_index_directory: str = text(
        doc="Where index files go, in a folder for each user; on a local disk. Empty: beside the mail."
    )
    mailbox_mbox_directory: str = text(
        "mail", min=1, doc="The folder of an mbox user's mailboxes besides INBOX, relative to the home."
    )
    mailbox_separator: str = text(".", max=1, doc="What separates the levels of mailbox names: `.` or `/`.")
    mailbox_special_use: str = text(
        r"Drafts=\Drafts, Sent=\Sent, Trash=\Trash, Junk=\Junk",
        doc="Mailboxes with a special use, made when an account is first opened.",
    )
