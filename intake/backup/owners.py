"""Work as the owner of a folder: root reads keys and writes sticks, but leaves no file of its own in the store."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def as_owner_of(folder: Path) -> Iterator[None]:
    """Be the owner of ``folder`` inside the block, where root calls; any other user stays who they are."""
    found = folder.stat()
    if os.geteuid() != 0 or found.st_uid == 0:
        yield
        return
    group = os.getegid()
    os.setegid(found.st_gid)
    os.seteuid(found.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
