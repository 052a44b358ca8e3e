import os

import pytest

from pymaster.deliver.local import aliasdb
from pymaster.util.errors import LookupFailed


class Maps:
    def __init__(self, table):
        self.table = table

    def __bool__(self):
        return True

    def get(self, key, *, fixed_only=False):
        return self.table.get(key)


def test_tables_are_asked_in_order_and_proxy_is_ignored():
    opened = []

    def open_maps(text, param):
        opened.append((text, param))
        return Maps({b"a": text.encode()})

    databases = aliasdb.open_all("hash:/etc/aliases, proxy:ldap:/etc/l.cf inline:{b=c}", open_maps)
    assert opened == [(t, "alias_maps") for t in ("hash:/etc/aliases", "ldap:/etc/l.cf", "inline:{b=c}")]
    assert [d.path for d in databases] == ["/etc/aliases", "/etc/l.cf", ""]
    found = aliasdb.find(databases, b"a")
    assert found.value == b"hash:/etc/aliases" and found.database is databases[0]
    assert aliasdb.find(databases, b"z") is None


def test_rights_are_those_of_the_files_owner(tmp_path, site):
    path = site.folder / "aliases"
    database = aliasdb.AliasDatabase("hash:x", Maps({}), str(path))
    assert database.rights() is None
    (site.folder / "aliases.db").write_bytes(b"")
    if os.geteuid() == 0:
        assert database.rights() is None
        os.chown(site.folder / "aliases.db", 20001, 20001)
        assert database.rights().name == "joe"
        os.chown(site.folder / "aliases.db", 33333, 20001)
        with pytest.raises(LookupFailed, match="alias database owner"):
            database.rights()
    assert aliasdb.AliasDatabase("ldap", Maps({})).rights() is None
