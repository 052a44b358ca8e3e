"""Answers as values."""

from pymaster.model.dns import Answer, Mx, is_null_mx


def test_an_answer_is_true_when_it_holds_records() -> None:
    assert not Answer()
    assert not Answer(exists=False)
    assert Answer(("192.0.2.1",))


def test_null_mx() -> None:
    assert is_null_mx(Answer((Mx(0, ""),)))
    assert not is_null_mx(Answer((Mx(0, "a.test"),)))
    assert not is_null_mx(Answer())
