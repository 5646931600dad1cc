"""Tell systemd that a process is ready (`Type=notify`); does nothing without systemd."""

from __future__ import annotations

import contextlib
import os
import socket


def notify_ready() -> None:
    """Say that this process does its work now, to the socket in NOTIFY_SOCKET."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # in the abstract name space
        address = f"\0{address[1:]}"
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.connect(address)
        link.sendall(b"READY=1")
