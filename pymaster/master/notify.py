"""notify - telling systemd that we are ready, reloading, stopping (sd_notify(3)); nothing happens without systemd."""

import os
import socket


def notify(state: str) -> None:
    """Send one state such as `READY=1` to the socket that NOTIFY_SOCKET names."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    # A name that begins with @ is in the abstract namespace.
    address = f"\0{path[1:]}" if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.setblocking(False)
        try:
            sock.sendto(state.encode(), address)
        except OSError:
            return  # systemd is deaf; the mail system runs all the same
