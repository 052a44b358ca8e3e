"""check_policy_service."""

from pymaster.util.errors import LookupFailed
from tests.unit.rules.access.lab import Lab, client


def test_request_and_answer() -> None:
    seen: list[dict[str, str]] = []

    def ask(attributes: list[tuple[str, str]]) -> str:
        seen.append(dict(attributes))
        return "DEFER_IF_PERMIT Greylisted"

    lab = client("check_policy_service { inet:127.0.0.1:10023, policy_context=grey }", policy=ask)
    assert lab.ask() == "450 4.7.1 <h.them.test[192.0.2.1]>: Client host rejected: Greylisted"
    assert next(iter(seen[0])) == "request" and seen[0]["request"] == "smtpd_access_policy"
    assert (seen[0]["protocol_state"], seen[0]["client_address"], seen[0]["sender"]) == (
        "RCPT",
        "192.0.2.1",
        "a@them.test",
    )
    assert (seen[0]["recipient"], seen[0]["recipient_count"], seen[0]["policy_context"]) == ("b@ours.test", "0", "grey")
    assert all("\n" not in value for value in seen[0].values())


def test_a_silent_server() -> None:
    def ask(attributes: list[tuple[str, str]]) -> str:
        raise LookupFailed("timeout")

    text = "<h.them.test[192.0.2.1]>: Client host rejected:"
    assert (
        client("check_policy_service unix:private/p", policy=ask).ask()
        == f"451 4.3.5 {text} Server configuration problem"
    )
    assert client("check_policy_service { unix:p, { default_action = DUNNO } }", policy=ask).ask() is None


def test_end_of_data_counts_recipients() -> None:
    seen: list[dict[str, str]] = []

    def ask(attributes: list[tuple[str, str]]) -> str:
        seen.append(dict(attributes))
        return "dunno"

    lab = Lab("smtpd_end_of_data_restrictions = check_policy_service unix:p\n", policy=ask)
    assert lab.ask("end_of_data", recipient_count=3, size=77) is None
    assert (seen[0]["recipient_count"], seen[0]["size"], seen[0]["recipient"]) == ("3", "77", "")
