"""Batches: portions of rows, columns, messages that are gone, part trees that cannot be read."""

from pymaster.dialog.imapd.batch import Batch, by_weight, chunks, read
from pymaster.dialog.imapd.selected import Selected
from pymaster.proto.message.digest import Digest, pack
from pymaster.proto.message.summary import summarize
from tests.unit.dialog.imapd.lab import Lab


def selected(count: int) -> tuple[Lab, Selected]:
    lab = Lab()
    for n in range(count):
        lab.add(b"Subject: %d\r\n\r\nbody\r\n" % n)
    return lab, Selected(lab.box(), False)


def test_chunks() -> None:
    assert list(chunks([], 100)) == []
    assert list(chunks([range(0, 250)], 100)) == [range(0, 100), range(100, 200), range(200, 250)]
    assert list(chunks([range(3, 4)], 100)) == [range(3, 4)]
    assert list(chunks([range(0, 2), range(5, 6), range(10, 50), range(60, 61)], 100)) == [
        [0, 1, 5],
        range(10, 50),
        [60],
    ]
    scattered = [range(n, n + 1) for n in range(0, 500, 2)]
    assert [len(each) for each in chunks(scattered, 100)] == [100, 100, 50]


def test_by_weight() -> None:
    _, box = selected(10)
    size = box.view.sizes[0]
    assert list(by_weight(box, range(0, 10), 3 * size)) == [range(0, 3), range(3, 6), range(6, 9), range(9, 10)]
    assert list(by_weight(box, [1, 5, 7], size)) == [[1], [5], [7]]
    assert list(by_weight(box, range(0, 3), 1)) == [range(0, 1), range(1, 2), range(2, 3)]
    assert list(by_weight(box, range(0, 0), 1)) == []


def test_columns_of_ranges_and_lists() -> None:
    _, box = selected(4)
    assert list(Batch(box, range(1, 3)).uids) == [2, 3]
    assert list(Batch(box, [0, 3]).uids) == [1, 4]


def test_messages_that_are_gone_are_left_out() -> None:
    lab, box = selected(4)
    lab.box().remove([2])
    batch = Batch(box, range(0, 4))
    batch.load_digests(batch.selected.mailbox.digests_of(batch.uids))
    assert batch.gone and list(batch.uids) == [1, 3, 4] and len(batch.digests) == 3
    lab.box().remove([3])
    batch.load_bodies(read(box, batch.uids))
    assert list(batch.uids) == [1, 4] and len(batch.digests) == len(batch.bodies) == 2
    assert batch.body(1) == lab.box().read(4)
    assert Batch(box, [1]).body(0) == b""


def test_a_part_tree_that_cannot_be_read() -> None:
    lab, box = selected(1)
    summary = summarize(b"Subject: x\r\n\r\nbody")
    summary.parts = b"nonsense"
    lab.box().digests[1] = Digest(pack(summary))
    batch = Batch(box, range(0, 1))
    batch.load_digests(batch.selected.mailbox.digests_of(batch.uids))
    tree = batch.tree(0)
    assert (tree.body, tree.end, tree.children) == (14, 18, [])
    assert batch.tree(0) is tree
