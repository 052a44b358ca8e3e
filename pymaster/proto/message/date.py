"""date - dates as Postfix writes them into headers: `Thu,  8 Mar 2007 08:20:16 +0100 (CET)` (RFC 5322 section 3.3)."""

import time

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_last: tuple[int, str] = (-1, "")


def mail_date(seconds: float) -> str:
    """The date of wall time `seconds` in this machine's zone; the last answer is kept, for many ask within a second."""
    global _last
    second = int(seconds)
    kept = _last
    if kept[0] == second:
        return kept[1]
    local = time.localtime(second)
    minutes = (local.tm_gmtoff or 0) // 60
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    zone = local.tm_zone or ""
    text = (
        f"{_DAYS[local.tm_wday]}, {local.tm_mday:2d} {_MONTHS[local.tm_mon - 1]} {local.tm_year} "
        f"{local.tm_hour:02d}:{local.tm_min:02d}:{local.tm_sec:02d} {sign}{minutes // 60:02d}{minutes % 60:02d}"
        f"{f' ({zone})' if zone else ''}"
    )
    _last = (second, text)
    return text


def id_stamp(seconds: float) -> str:
    """`YYYYMMDDHHMMSS` in UTC, the first part of a Message-Id."""
    utc = time.gmtime(int(seconds))
    return f"{utc.tm_year:04d}{utc.tm_mon:02d}{utc.tm_mday:02d}{utc.tm_hour:02d}{utc.tm_min:02d}{utc.tm_sec:02d}"
