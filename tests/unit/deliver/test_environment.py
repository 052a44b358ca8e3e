from pymaster.deliver import environment
from pymaster.model.envelope import Origin


def test_only_what_is_named_passes():
    own = {"TZ": "UTC", "LD_PRELOAD": "evil", "LANG": "C"}
    made = environment.exported("TZ, LANG MISSING A=b {C = d e}", own)
    assert made == {b"TZ": b"UTC", b"LANG": b"C", b"A": b"b", b"C": b"d e", b"PATH": b"/usr/bin:/bin"}
    assert environment.exported("PATH=/x", own)[b"PATH"] == b"/x"


def test_values_are_filtered_and_empty_ones_left_out():
    assert environment.filtered({"A": "x;y", "B": ""}, "xy") == {b"A": b"x_y"}


def test_client():
    made = environment.of_client(Origin("n", "1.2.3.4", helo="h", sasl_username="u"))
    assert made["CLIENT_ADDRESS"] == "1.2.3.4" and made["SASL_USERNAME"] == "u" and made["SASL_METHOD"] == ""
