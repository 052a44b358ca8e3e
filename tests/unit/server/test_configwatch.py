"""An edited main.cf."""

from pathlib import Path

from pymaster.config.snapshot import Snapshot
from pymaster.server.configwatch import ConfigWatch
from pymaster.util import log
from pymaster.util.clock import ManualClock


def test_an_edit_is_noticed_when_it_has_settled(tmp_path: Path) -> None:
    main, clock = tmp_path / "main.cf", ManualClock()
    main.write_text("biff = no\n")
    watch = ConfigWatch(Snapshot.load(str(tmp_path)), clock)
    assert not watch.changed()
    (tmp_path / "new").write_text("biff = yes\n")
    (tmp_path / "new").rename(main)
    assert not watch.changed()
    clock.advance(1.5)
    assert watch.changed()
    watch.close()


def test_a_bad_edit_changes_nothing_until_it_is_mended(tmp_path: Path) -> None:
    main, clock, sink = tmp_path / "main.cf", ManualClock(), log.MemorySink()
    log.setup(sink, "test")
    main.write_text("biff = no\n")
    watch = ConfigWatch(Snapshot.load(str(tmp_path)), clock)

    def edit(text: str) -> list[bool]:
        main.write_text(text)
        found = [watch.changed()]
        for _ in range(3):
            clock.advance(1.5)
            found.append(watch.changed())
        return found

    assert edit("smtpd_timeout = soon and more\n") == [False] * 4
    assert sink.text.count("bad time value") == 1 and "the running configuration stays" in sink.text
    assert edit("smtpd_timeout = 10s\n")[1:] == [True] * 3


def test_without_a_file(tmp_path: Path) -> None:
    watch = ConfigWatch(Snapshot.from_text("", config_directory=str(tmp_path)))
    assert not watch.changed()
    watch.close()
