"""maildate - the Date field as seconds since 1970 (RFC 5322 section 3.3 with the obsolete forms), tolerantly."""

import re
from datetime import date

from pymaster.proto.message.fields import without_comments

_TIME = rb"([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:[.,][0-9]*+)?)?"
_ZONE = rb"(?:[ \t]*+([+-][0-9]{4}(?![0-9])|[+-][0-9]{2}:[0-9]{2}|[A-Za-z]{1,5}(?![A-Za-z])))?"
_USUAL = re.compile(
    rb"[ \t]*+(?:[A-Za-z]{2,9}+\.?[ \t]*+,?[ \t]*+)?([0-9]{1,2})[ \t-]++([A-Za-z]{3})[A-Za-z]{0,6}+\.?[ \t,-]++([0-9]{2,4})(?![0-9])"
    rb"(?:[ \t,]++" + _TIME + _ZONE + rb")?"
)
_ASCTIME = re.compile(
    rb"[ \t]*+(?:[A-Za-z]{3,9}+,?[ \t]++)?([A-Za-z]{3})[A-Za-z]{0,6}+[ \t]++([0-9]{1,2}),?[ \t]++"
    + _TIME + rb"(?:[ \t]++([A-Za-z]{1,5}|[+-][0-9]{4}))?[ \t]++([0-9]{4})(?:[ \t]++([+-][0-9]{4}))?"
)  # fmt: skip
_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"), 1
    )
}
_ZONES = {b"EDT": -4, b"EST": -5, b"CDT": -5, b"CST": -6, b"MDT": -6, b"MST": -7, b"PDT": -7, b"PST": -8}
_EPOCH = date(1970, 1, 1).toordinal()
_LONGEST = 200


def sent(value: bytes) -> int | None:
    """Seconds since 1970 of a Date value, None if it tells no time. Zone letters mean nothing (section 4.3)."""
    found = parse(value)
    return None if found is None else (found[0] - _EPOCH) * 86400 + found[1] - found[2]


def sent_day(value: bytes) -> int | None:
    """The day as written, time and zone disregarded, as SEARCH SENTON compares it: an ordinal as `datetime.date` has."""
    found = parse(value)
    return None if found is None else found[0]


def parse(value: bytes) -> tuple[int, int, int] | None:
    """The day's ordinal, the seconds of its time, and the zone's seconds east of UTC."""
    value = value[:_LONGEST]
    if b"(" in value:
        value = without_comments(value)
    item = _USUAL.match(value)
    if item is not None:
        day, month, year, hour, minute, second, zone = item.groups()
    else:
        item = _ASCTIME.match(value)
        if item is None:
            return None
        month, day, hour, minute, second, zone, year, late = item.groups()
        zone = late or zone
    number = _MONTHS.get(month.lower())
    if number is None:
        return None
    try:
        ordinal = date(_year(year), number, int(day)).toordinal()
    except ValueError:
        return None
    clock = (int(hour or 0), int(minute or 0), int(second or 0))
    if clock[0] > 24 or clock[1] > 59 or clock[2] > 60:
        return None
    return ordinal, clock[0] * 3600 + clock[1] * 60 + clock[2], _zone(zone or b"")


def _year(text: bytes) -> int:
    year = int(text)
    if len(text) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(text) == 3 else year


def _zone(text: bytes) -> int:
    if text[:1] in (b"+", b"-"):
        digits = text[1:].replace(b":", b"")
        seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
        return -seconds if text[:1] == b"-" else seconds
    return _ZONES.get(text.upper(), 0) * 3600
