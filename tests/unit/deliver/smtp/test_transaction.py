from pymaster.deliver.smtp.transaction import xtext


def test_xtext() -> None:
    assert xtext(b"a+b=c d\xff") == b"a+2Bb+3Dc+20d+FF"
