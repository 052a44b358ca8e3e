"""tables - lookup tables (DATABASE_README): get(key) -> value or None, or LookupFailed."""
