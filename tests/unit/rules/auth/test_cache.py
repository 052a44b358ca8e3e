from pymaster.rules.auth.cache import Cache
from pymaster.util.clock import ManualClock


def made(size: int = 10) -> tuple[Cache, ManualClock]:
    clock = ManualClock()
    return Cache(size, 3600, 60, clock), clock


def test_right_and_wrong_are_remembered_for_their_time() -> None:
    cache, clock = made()
    right, wrong = cache.key("bob", b"x", "imap"), cache.key("bob", b"y", "imap")
    assert cache.get(right) is None
    cache.put(right, "bob", right=True, user="bob2", fields={"a": "b"})
    cache.put(wrong, "bob", right=False)
    found = cache.get(right)
    assert found is not None and (found.right, found.user, found.fields) == (True, "bob2", {"a": "b"})
    assert cache.get(wrong) is not None
    clock.advance(61)
    assert cache.get(wrong) is None and cache.get(right) is not None
    clock.advance(3600)
    assert cache.get(right) is None
    cache.sweep()
    assert cache.flush() == 0


def test_keys_do_not_run_together() -> None:
    cache, _ = made()
    keys = {cache.key("a", b"bc"), cache.key("ab", b"c"), cache.key("a", b"bc", ""), cache.key("a", b"bc", "imap")}
    assert len(keys) == 4
    assert made()[0].key("a", b"bc") not in keys


def test_a_changed_password_ends_the_old_one() -> None:
    cache, _ = made()
    old, new, app = [cache.key("bob", word) for word in (b"old", b"new", b"app")]
    cache.put(old, "bob", right=True)
    cache.put(app, "bob", right=True, fields={"app": "phone"})
    assert cache.get(old) is not None
    cache.put(new, "bob", right=True)
    assert cache.get(old) is None and cache.get(new) is not None and cache.get(app) is not None


def test_size_and_forget() -> None:
    cache, _ = made(3)
    keys = [cache.key(f"u{n}", b"x") for n in range(5)]
    for n, key in enumerate(keys):
        cache.put(key, f"u{n}", right=True)
    assert [cache.get(key) is not None for key in keys] == [False, False, True, True, True]
    assert cache.forget("u3") == 1 and cache.get(keys[3]) is None
    assert cache.forget("u0") == 0
    assert cache.flush() == 2


def test_no_cache() -> None:
    cache, _ = made(0)
    cache.put(cache.key("a", b"b"), "a", right=True)
    assert cache.flush() == 0
