"""What root leaves in a store belongs to the store's user: else the service could not open or remove it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def give_to_owner_of(folder: Path, made: Path | int) -> None:
    """Give what root made in ``folder`` to the folder's owner; ``made`` is a path or a descriptor."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(made, owner.st_uid, owner.st_gid)
