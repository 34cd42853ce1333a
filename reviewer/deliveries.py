"""What goes to leads: for each one an envelope with the log, its head, and the cases meant for that lead.

The envelope is made in the vault's ``outgoing`` folder. To an OpenPGP key it is encrypted through a pipe, so that
nothing of it lies on the disk in the clear.
"""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from caselog.commitments import address_key
from caselog.delivery import DeliveredPackage, Delivery, seal_delivery, write_delivery
from keys.sealing.age import HybridRecipient
from keys.sealing.atomic import atomic_file
from reviewer.case_log import Head, head, leaves
from reviewer.cosigning import cosigned_heads
from reviewer.forgetting import check_remembers
from reviewer.outgoing import note_file
from reviewer.packages import is_allowed
from reviewer.recipients import is_taken_back
from reviewer.sandbox.lead_keys import encrypt_for
from reviewer.trust import desk_key
from reviewer.vault.log_rows import DisclosureRow, ForwardRow, LeadRow, PackageRow
from reviewer.vault.rows import PublicBundleRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from keys.sealing.notes import SigningKey
    from reviewer.vault.attachments import AttachmentStore
    from reviewer.vault.vault import Vault

_PATIENCE_SECONDS = 0.05
"""A writer whose reader has left ends at once; one that has ended is not waited for."""


@dataclass(frozen=True)
class Delivered:
    """One envelope for one lead."""

    lead: str
    path: Path
    number: int
    cases: int


def write_deliveries(vault: Vault) -> list[Delivered]:
    """Make an envelope for each lead for whom there is something new; raises ForgottenError."""
    with vault.look() as rows:
        check_remembers(rows)
        newest = head(rows)
        names = list(rows.scalars(select(LeadRow.name).order_by(LeadRow.name)))
    made = [_deliver(vault, name, newest) for name in names] if newest else []
    return [one for one in made if one is not None]


def _deliver(vault: Vault, name: str, newest: Head) -> Delivered | None:
    with vault.change() as change:
        lead = change.rows.get_one(LeadRow, name)
        waiting = _waiting(change.rows, name)
        if not waiting and lead.log_size == newest.size:
            return None
        lead.deliveries += 1
        lead.log_size = newest.size
        delivery = _delivery(change.rows, vault, lead, newest, waiting)
        for one in waiting:
            one.package.delivery = lead.deliveries
        path = vault.outgoing / f"khomo-to-lead-{name}-{lead.deliveries:06}.{'gpg' if lead.openpgp else 'age'}"
        path.unlink(missing_ok=True)  # of an outbox that was cut off before it counted
        _write(delivery, desk_key(change.rows), lead, path)
        note_file(change, path.name)
        change.record("deliver", None, lead=(None, name), number=(None, str(lead.deliveries)))
        return Delivered(name, path, lead.deliveries, len(waiting))


@dataclass(frozen=True)
class _Waiting:
    """What is to travel to one lead."""

    package: PackageRow
    forward: ForwardRow
    disclosure: DisclosureRow


def _waiting(rows: Session, name: str) -> list[_Waiting]:
    query = select(PackageRow, ForwardRow, DisclosureRow).join(ForwardRow, ForwardRow.id == PackageRow.forward_id)
    query = query.join(LeadRow, (LeadRow.name == PackageRow.lead) & (LeadRow.verify_key == PackageRow.key))
    query = query.join(
        DisclosureRow, (DisclosureRow.forward_id == ForwardRow.id) & (DisclosureRow.withheld == PackageRow.withheld)
    )
    query = query.where(PackageRow.lead == name, PackageRow.delivery.is_(None), ForwardRow.leaf_number.is_not(None))
    found = [_Waiting(*one) for one in rows.execute(query.order_by(ForwardRow.id)).all()]
    return [one for one in found if is_allowed(rows, one.forward) and not is_taken_back(rows, one.forward, name)]


def _delivery(rows: Session, vault: Vault, lead: LeadRow, newest: Head, waiting: list[_Waiting]) -> Delivery:
    note = rows.scalars(select(PublicBundleRow.note).order_by(PublicBundleRow.serial.desc()).limit(1)).one()
    return Delivery(
        lead=lead.name,
        number=lead.deliveries,
        day=vault.today(),
        address_key=address_key(desk_key(rows).expose_seed(), lead.name),
        first=0,
        leaves=leaves(rows),
        checkpoint=newest.note,
        public_bundle=note,
        packages=tuple(_package(vault.attachments, one) for one in waiting),
        cosigned=cosigned_heads(rows),
    )


def _package(attachments: AttachmentStore, one: _Waiting) -> DeliveredPackage:
    number, sealed = one.forward.leaf_number, one.disclosure
    size, sha256, file, seed = sealed.size, sealed.sha256, sealed.file, sealed.seed
    if number is None or size is None or sha256 is None or file is None or seed is None:
        raise ValueError("a package is delivered when it is complete")
    return DeliveredPackage(number, size, sha256, lambda: attachments.stream(file, seed))


def _write(delivery: Delivery, desk: SigningKey, lead: LeadRow, path: Path) -> None:
    if lead.openpgp:
        with _pipe(lambda sink: write_delivery(delivery, desk, sink)) as pipe:
            encrypt_for(lead.openpgp, pipe, path)
    else:
        with atomic_file(path) as file:
            seal_delivery(delivery, desk, HybridRecipient.parse(lead.recipient), file.write)


@contextmanager
def _pipe(write: Callable[[Callable[[bytes], object]], object]) -> Iterator[Path]:
    """Give the path of a pipe that somebody reads while ``write`` fills it; raises what ``write`` raised."""
    with tempfile.TemporaryDirectory(prefix="khomo-pipe-") as folder, ThreadPoolExecutor(1) as pool:
        pipe = Path(folder) / "pipe"
        os.mkfifo(pipe, 0o600)
        filled = pool.submit(_fill, pipe, write)
        try:
            yield pipe
        finally:
            while wait([filled], _PATIENCE_SECONDS).not_done:  # a reader that never came leaves the writer waiting
                os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
        filled.result()


def _fill(pipe: Path, write: Callable[[Callable[[bytes], object]], object]) -> None:
    with pipe.open("wb") as file:
        write(file.write)
