"""Which user of this machine a connection over loopback comes from, as the kernel says it in ``/proc/net/tcp``.

A port on loopback is open to every user of the machine. A connection counts as ours only if the socket at its other
end is owned by the same user; one that the kernel does not list (any more) does not.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path

TABLE = Path("/proc/self/net/tcp")
_LOCAL, _REMOTE, _UID = 1, 2, 7
"""Columns of the table (Linux, Documentation/networking/proc_net_tcp.rst)."""

Address = tuple[str, int]


def is_of_our_user(peer: Address, ours: Address, table: str | None = None) -> bool:
    """Whether the socket at the other end of a connection belongs to the user whom this program runs as.

    Args:
        peer: IPv4 address and port of the other end.
        ours: of this end.
        table: what the kernel says; read now if it is not given.
    """
    lines = (TABLE.read_text("ascii") if table is None else table).splitlines()[1:]
    wanted = (_as_kernel(peer), _as_kernel(ours))
    for line in lines:
        columns = line.split()
        if (columns[_LOCAL], columns[_REMOTE]) == wanted:
            return int(columns[_UID]) == os.geteuid()
    return False


def _as_kernel(address: Address) -> str:
    """An address as the table writes it: the four bytes as one number of this machine's byte order, and the port."""
    host = int.from_bytes(ipaddress.IPv4Address(address[0]).packed, sys.byteorder)
    return f"{host:08X}:{address[1]:04X}"
