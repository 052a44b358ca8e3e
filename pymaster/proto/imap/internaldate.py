"""internaldate - the date-time of APPEND, INTERNALDATE and SAVEDATE (RFC 3501 section 9): `17-Jul-1996 02:44:25 -0700`.

A mailbox keeps moments, not zones, so dates are written in this machine's zone. Many messages share a day, hence the cache.
"""

import calendar
import re
import time
from functools import lru_cache

_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_NUMBERS = {name.lower(): number for number, name in enumerate(_MONTHS, 1)}
_SHAPE = re.compile(
    rb"([ 0-3]?[0-9])-([A-Za-z]{3})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"
)
# Zones have changed their offset only at multiples of this since the columns' times began.
_QUARTER = 900
# 9999-12-31, and no time before the year 1: what can be written.
_LATEST, _EARLIEST = 253_402_214_400, -62_135_510_400


def parse(text: bytes) -> int:
    """Seconds since 1970 of a date-time (without its quotes); raises ValueError. A leap second is the next second."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError("not a date-time")
    day, month, year, hour, minute, second, sign, zone_hour, zone_minute = found.groups()
    number = _NUMBERS.get(month.lower(), 0)
    numbers = [int(each) for each in (year, day, hour, minute, second, zone_hour, zone_minute)]
    years, days, hours, minutes, seconds, zone_hours, zone_minutes = numbers
    if not number or not years or not 1 <= days <= calendar.monthrange(years, number)[1]:
        raise ValueError("no such day")
    if hours > 23 or minutes > 59 or seconds > 60 or zone_minutes > 59:
        raise ValueError("no such time")
    offset = zone_hours * 3600 + zone_minutes * 60
    utc = calendar.timegm((years, number, days, hours, minutes, seconds))
    return utc + offset if sign == b"-" else utc - offset


@lru_cache(maxsize=4096)
def _quarter(number: int) -> tuple[bytes, int, bytes]:
    """(day with a space behind it, second of that day at which the quarter begins, zone with a space before it)."""
    local = time.localtime(number * _QUARTER)
    minutes = (local.tm_gmtoff or 0) // 60
    sign, minutes = (b"-", -minutes) if minutes < 0 else (b"+", minutes)
    day = b"%2d-%s-%04d " % (local.tm_mday, _MONTHS[local.tm_mon - 1], local.tm_year)
    zone = b" %s%02d%02d" % (sign, minutes // 60, minutes % 60)
    return day, local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec, zone


def written(seconds: int) -> bytes:
    """A moment as date-time, without quotes."""
    quarter, rest = divmod(min(max(seconds, _EARLIEST), _LATEST), _QUARTER)
    day, begin, zone = _quarter(quarter)
    minutes, second = divmod(begin + rest, 60)
    return b"%s%02d:%02d:%02d%s" % (day, minutes // 60, minutes % 60, second, zone)
