from pymaster.util.text import escaped, printable


def test_controls_become_question_marks() -> None:
    assert printable(b"a\r\nb\x00\x1b[31m") == "a??b??[31m"
    assert printable("x\u202ey\u2028z") == "x?y?z"
    assert printable(b"\xff\xfe") == "??"
    assert printable("Grüße") == "Grüße"
    assert printable("\udcff") == "?"


def test_limit() -> None:
    assert printable(b"abcdef", 3) == "abc"
    assert printable("é" * 10, 4) == "éééé"


def test_a_sample_in_the_log() -> None:
    assert escaped(b"a\r\n\x16\xff\\", 100) == "a\\r\\n\\026\\377\\\\"
    assert escaped(b"abc", 2) == "ab"
