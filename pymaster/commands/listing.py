"""listing - the mail queue as postqueue(1) prints it: the table that scripts cut with awk, and JSON lines.

Column widths, the status letters (`*` active, `!` hold, `#` forced to expire) and the place of a reason are what tools
have relied on for decades; they follow postqueue(1) to the blank.
"""

import json
import time
from collections.abc import Iterable, Iterator

from pymaster.model.queuelist import Listed
from pymaster.util.text import printable

# Where the reason of a delay ends.
REASON_END = 76
_NULL = "MAILER-DAEMON"


def traditional(items: Iterable[Listed], long_ids: bool = False, null_sender: str = _NULL) -> Iterator[str]:
    """`postqueue -p`, as pieces of text; `null_sender` is empty_address_recipient."""
    head = ("----Queue ID-----", "--Size--", "---Arrival Time----", "--Sender/Recipient------")
    short = ("-Queue ID-", "--Size--", "----Arrival Time----", "-Sender/Recipient-------")
    row = "{:<17} {:>8} {:<19.19} {}\n" if long_ids else "{:<11} {:>7} {:<20.20} {}\n"
    count = size = 0
    reason = ""
    for item in items:
        if not item.part:
            yield "\n" if count else row.format(*(head if long_ids else short))
            count += 1
            size += item.size
            stamp = time.strftime("%a %b %e %H:%M:%S ", time.localtime(item.arrival))
            yield row.format(item.queue_id + _letter(item), item.size, stamp, _address(item.sender, null_sender))
            reason = ""
        for address, why in zip(item.addresses, item.reasons, strict=True):
            if why and why != reason:
                text = printable(why)
                yield " " * max(REASON_END - len(text), 0) + f"({text})\n"
            reason = why or reason
            yield row.format("", "", "", _address(address, null_sender))
    if not count:
        yield "Mail queue is empty\n"
    else:
        yield f"\n-- {size // 1024} Kbytes in {count} Request{'' if count == 1 else 's'}.\n"


def _letter(item: Listed) -> str:
    letter = {"active": "*", "hold": "!"}.get(item.queue_name, "")
    return letter + "#" if item.forced_expire else letter


def _address(address: bytes, null_sender: str) -> str:
    return printable(address) or null_sender


def as_json(items: Iterable[Listed], null_sender: str = _NULL) -> Iterator[str]:
    """`postqueue -j`: one object per message and line, members in the order of postqueue(1)."""
    whole: dict[str, object] = {}
    recipients: list[dict[str, str]] = []
    for item in items:
        if not item.part:
            if whole:
                yield json.dumps(whole, ensure_ascii=False) + "\n"
            recipients = []
            whole = {
                "queue_name": item.queue_name,
                "queue_id": item.queue_id,
                "arrival_time": int(item.arrival),
                "message_size": item.size,
                "forced_expire": item.forced_expire,
                "sender": _address(item.sender, null_sender),
                "recipients": recipients,
            }
        for address, why in zip(item.addresses, item.reasons, strict=True):
            entry = {"address": _address(address, null_sender)}
            if why:
                entry["delay_reason"] = printable(why)
            recipients.append(entry)
    if whole:
        yield json.dumps(whole, ensure_ascii=False) + "\n"
