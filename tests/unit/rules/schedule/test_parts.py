"""Places, buckets, and the line in front of a destination."""

from heapq import heappush

from pymaster.rules.schedule.limits import default_window
from pymaster.rules.schedule.parts import END, Bucket, Destination, Entry, Job, Peer


def peer(destination: Destination, number: int) -> Peer:
    made = Peer(Job("smtp", (number, END), 0.0), destination)
    made.todo.append(Entry(made, number, [0], 0.0))
    destination.line.append(made)
    return made


def test_places_of_preempting_jobs_are_directly_in_front() -> None:
    first, second = (1, END), (2, END)
    child, later, grandchild = (2, 7, END), (2, 9, END), (2, 7, 8, END)
    assert sorted([second, later, first, child, grandchild]) == [first, grandchild, child, later, second]


def test_first_passes_over_empty_and_moved_peers() -> None:
    destination = Destination("a", "a", default_window())
    one, two, three = (peer(destination, n) for n in (1, 2, 3))
    one.todo.clear()
    assert destination.first() is two
    assert not one.listed
    three.front = True
    three.job.place = (1.5, END)
    heappush(destination.front, (three.job.place, 1, three))
    assert destination.first() is three
    assert set(destination.peers()) == {two, three}
    three.todo.clear()
    assert destination.first() is two


def test_bucket_offers_only_jobs_in_their_place() -> None:
    destination = Destination("a", "a", default_window())
    bucket = Bucket(destination)
    one, two = peer(destination, 1), peer(destination, 2)
    bucket.peers.extend([one, two])
    assert bucket.first() is one
    one.job.children = 1
    assert bucket.first() is two
    two.todo.clear()
    assert bucket.first() is None
