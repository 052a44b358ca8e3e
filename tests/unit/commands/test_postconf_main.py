"""Settings of main.cf: which are shown."""

from pathlib import Path

from pymaster.commands import postconf, postconf_main


def lines(place: Path, *words: str) -> list[str]:
    shown: list[str] = []
    postconf_main.show(postconf.parse(["-c", str(place), *words], {}), shown.append)
    return shown


def test_without_master_cf(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("mydestination = $x\nx = 1\n")
    assert lines(tmp_path, "-n", "-C", "user") == ["x = 1"]
    assert lines(tmp_path, "-n", "-C", "builtin", "-x", "mydestination") == ["mydestination = 1"]


def test_defaults_and_actual_values_together(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("biff = no\n")
    (tmp_path / "master.cf").write_text("")
    everything = lines(tmp_path)
    assert "biff = no" in everything
    assert len(everything) == len(lines(tmp_path, "-d")) > 850
    assert "biff = yes" in lines(tmp_path, "-d")
    assert everything == sorted(everything, key=lambda line: line.split(" =")[0])


def test_raw_values_are_not_expanded(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("mailbox_command = /x $USER $mydomain\n")
    assert lines(tmp_path, "-x", "mailbox_command") == ["mailbox_command = /x $USER $mydomain"]


def test_long_lines_fold(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("mynetworks = " + " ".join(f"10.0.{n}.0/24" for n in range(20)) + "\n")
    (line,) = lines(tmp_path, "-f", "mynetworks")
    assert "\n    10.0." in line
