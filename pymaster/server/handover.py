"""handover - one delivery request to another agent's socket, for a process without greenlets (local's mailbox_transport).

Blocking, one connection per request: the agent may be of any kind. An agent that cannot be reached, breaks off or does
not answer in time makes the mail wait.
"""

import os
import re
import socket

from pymaster.model.frame import FrameReader, encode
from pymaster.model.messages import DeliveryReport, DeliveryRequest, Hello
from pymaster.model.status import deferred
from pymaster.util import log
from pymaster.util.record import BadRecord

PRIVATE = "private"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class HandOver:
    """Calls agents by transport name; `timeout` seconds (ipc_timeout) is the longest silence endured."""

    def __init__(self, queue_directory: str, timeout: float) -> None:
        self._folder, self._timeout = os.path.join(queue_directory, PRIVATE), timeout

    def __call__(self, transport: str, nexthop: str, request: DeliveryRequest) -> DeliveryReport:
        """What the agent of `transport` says; never raises for its faults."""
        if not _NAME.fullmatch(transport):
            return _failed(request, f"bad transport name {transport}")
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(self._timeout)
                sock.connect(os.path.join(self._folder, transport))
                return self._talk(sock, request)
        except OSError as exc:
            return _failed(request, f"transport {transport}: {exc.strerror or exc}")
        except BadRecord as exc:
            return _failed(request, f"transport {transport}: {exc}")

    def _talk(self, sock: socket.socket, request: DeliveryRequest) -> DeliveryReport:
        reader = FrameReader(Hello, DeliveryReport)
        greeted = False
        while data := sock.recv(65536):
            for record in reader.feed(data):
                if isinstance(record, Hello) and not greeted:
                    greeted = True
                    sock.sendall(encode(request))
                elif isinstance(record, DeliveryReport) and greeted:
                    if len(record.statuses) != len(request.envelope.recipients):
                        raise BadRecord("a report for other recipients")
                    return record
                else:
                    raise BadRecord("out of turn")
        raise ConnectionResetError(104, "agent went away")


def _failed(request: DeliveryRequest, why: str) -> DeliveryReport:
    log.warning(why)
    status = deferred("mail transport unavailable", "4.3.0", "local")
    return DeliveryReport(request.request, tuple([status] * len(request.envelope.recipients)))
