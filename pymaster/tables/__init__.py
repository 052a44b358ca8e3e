"""tables - lookup tables: `get(key)` answers a value, None for "there is none", or raises LookupFailed for "nobody knows".

`TableSet(snapshot).open(text, parameter)` gives the tables of one parameter. One file per table type or small family;
`registry` names them. `source` parses what people write, `build` makes indexed files of it. Manuals: postmap(1),
postalias(1), cidr_table(5), pcre_table(5), regexp_table(5), lmdb_table(5), DATABASE_README.
"""

from pymaster.tables.base import TableError
from pymaster.tables.tableset import TableMaps, TableSet

__all__ = ["TableError", "TableMaps", "TableSet"]
