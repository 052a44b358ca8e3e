"""guard - no mail without relay control (A22): the lists that protect others from us must contain a refusal."""

from pymaster.util.errors import Fatal

# Any one of these, somewhere in the relay or recipient list, and strangers cannot send through us to everywhere.
WORKING = (
    "reject_unauth_destination",
    "defer_unauth_destination",
    "reject",
    "defer",
    "defer_if_permit",
    "check_relay_domains",
)


def require_relay_control(names: list[str]) -> None:
    """Raise Fatal unless `names`, the restrictions of both lists, hold one of WORKING."""
    if not any(name in WORKING for name in names):
        raise Fatal(
            "in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, "
            f"specify at least one working instance of: {', '.join(WORKING[:-1])}"
        )
