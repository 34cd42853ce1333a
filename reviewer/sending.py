"""One round outwards: the log is brought up to date, then the server's bundle and the leads' envelopes leave together.

A vault that may have forgotten what it signed sends nothing new, see ``forgetting``.
Everything is made in the vault and counted there before it is copied to a stick. An outbox that was not written whole
is written before another is made. ``send_again`` copies the newest one once more, for a stick that was lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewer.case_log import append_pending
from reviewer.deliveries import write_deliveries
from reviewer.errors import ReviewerError
from reviewer.forgetting import check_remembers
from reviewer.outbox import write_server_bundle
from reviewer.outgoing import newest_outbox, write_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reviewer.case_log import Appended
    from reviewer.deliveries import Delivered
    from reviewer.outbox import Written
    from reviewer.vault.vault import Vault


@dataclass(frozen=True)
class Sent:
    """What lies on the stick now."""

    appended: Appended
    bundle: Written
    deliveries: tuple[Delivered, ...]
    files: tuple[Path, ...]


def send(vault: Vault, destination: Path, progress: Callable[[int], object]) -> Sent:
    """Make everything that is to go out and copy it to a folder; ``progress`` counts letters."""
    _check_folder(vault, destination)
    if has_unwritten(vault):
        raise ReviewerError("The last outbox was not written whole.", "That one goes first.")
    with vault.look() as rows:
        check_remembers(rows)
    appended = append_pending(vault)
    bundle = write_server_bundle(vault, progress)
    deliveries = tuple(write_deliveries(vault))
    return Sent(appended, bundle, deliveries, write_out(vault, destination))


def has_unwritten(vault: Vault) -> bool:
    """Whether an outbox was made, or begun, and never lay whole on a stick."""
    return not newest_outbox(vault).written


def send_unwritten(vault: Vault, destination: Path) -> tuple[Path, ...]:
    """Copy the outbox that was not written whole to a folder, with the envelopes that it still lacks."""
    _check_folder(vault, destination)
    write_deliveries(vault)
    return write_out(vault, destination)


def send_again(vault: Vault, destination: Path) -> tuple[Path, ...]:
    """Copy what the last outbox made once more; equal files that are there already are fine."""
    _check_folder(vault, destination)
    if not newest_outbox(vault).names:
        raise ReviewerError("Nothing has been sent yet.", "Run: khomo-reviewer outbox FOLDER")
    return write_out(vault, destination)


def _check_folder(vault: Vault, destination: Path) -> None:
    if not destination.is_dir():
        raise ReviewerError(f"{destination} is not a folder.", "Mount the stick and name its folder.")
    if destination.resolve().is_relative_to(vault.folder.resolve()):
        raise ReviewerError("An outbox does not belong inside the vault.", "Mount the stick and name its folder.")
