"""The next epoch of a desk: a new key file, and the public bundle signed again with the next serial."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from keys.opening.ceremony import epoch_file
from keys.opening.errors import OpeningError
from keys.opening.limits import EPOCH_DAYS, KEY_FILE_LOG_N
from keys.opening.new_keys import make_epoch
from keys.opening.reissue import NewFile, next_bundle, signed, write_reissue

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from keys.sealing.notes import SigningKey
    from keys.sealing.public_bundle import Desk, Epoch, PublicBundle


@dataclass(frozen=True, slots=True)
class Renewal:
    """Which desk gets an epoch, from when and for how long. ``begins`` None: when the last one ends."""

    desk_id: str
    today: date
    begins: date | None = None
    days: int = EPOCH_DAYS
    log_n: int = KEY_FILE_LOG_N


def _first_day(desk: Desk, renewal: Renewal) -> date:
    if renewal.begins is not None:
        return renewal.begins
    ends = max((epoch.not_after for epoch in desk.epochs), default=renewal.today - timedelta(days=1))
    return max(renewal.today, ends + timedelta(days=1))


def renew(
    bundle: PublicBundle, root: SigningKey, renewal: Renewal, passphrase: str, folder: Path
) -> tuple[PublicBundle, Epoch]:
    """Fill ``folder`` with the new epoch's key file and the new public bundle, whole or not at all.

    Args:
        bundle: the one in use, verified with the root key.
        root: the root key.
        renewal: for whom and when.
        passphrase: protects the new key file.
        folder: new or empty.

    Raises:
        OpeningError: the desk is lost, or the epoch would be over before today.
    """
    desk = bundle.desk(renewal.desk_id)
    if desk.lost:
        raise OpeningError(f"The desk {desk.id} was declared lost.", "Choose another desk.")
    new = make_epoch(desk.id, desk.name, _first_day(desk, renewal), renewal.days)
    if new.epoch.not_after < renewal.today:
        raise OpeningError("The new epoch would be over before today.", "Let it begin later, or last longer.")
    grown = dataclasses.replace(desk, epochs=(*desk.epochs, new.epoch))
    desks = tuple(grown if one.id == desk.id else one for one in bundle.desks)
    renewed = next_bundle(bundle, renewal.today, desks=desks)
    path = epoch_file("spare" if desk.spare else "desk", new)
    note = signed(bundle, renewed, root)
    write_reissue(folder, note, [NewFile(path, new.key_file, passphrase)], renewal.log_n)
    return renewed, new.epoch
