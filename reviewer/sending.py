"""One round outwards: the log is brought up to date, then the server's bundle and the leads' envelopes leave together.

Everything is made in the vault and counted there before it is copied to a stick. ``send_again`` copies the same files
once more, for a stick that was lost or full.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewer.case_log import append_pending
from reviewer.deliveries import write_deliveries
from reviewer.errors import ReviewerError
from reviewer.outbox import write_server_bundle
from reviewer.outgoing import copy_out
from reviewer.vault.rows import SettingRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reviewer.case_log import Appended
    from reviewer.deliveries import Delivered
    from reviewer.outbox import Written
    from reviewer.vault.vault import Vault

_OUTGOING = "outgoing"


@dataclass(frozen=True)
class Sent:
    """What lies on the stick now."""

    appended: Appended
    bundle: Written
    deliveries: tuple[Delivered, ...]
    files: tuple[Path, ...]


def send(vault: Vault, destination: Path, progress: Callable[[int], object]) -> Sent:
    """Make everything that is to go out and copy it to a folder; ``progress`` counts letters."""
    _check_folder(destination)
    appended = append_pending(vault)
    bundle = write_server_bundle(vault, progress)
    deliveries = tuple(write_deliveries(vault))
    _remember(vault, [bundle.path, *(one.path for one in deliveries)])
    return Sent(appended, bundle, deliveries, send_again(vault, destination))


def send_again(vault: Vault, destination: Path) -> tuple[Path, ...]:
    """Copy what the last outbox made once more; equal files that are there already are fine."""
    _check_folder(destination)
    names = json.loads(vault.setting(_OUTGOING) or "[]")
    if not names:
        raise ReviewerError("Nothing has been sent yet.", "Run: khomo-reviewer outbox FOLDER")
    for name in names:
        copy_out(vault.outgoing / name, destination / name)
    return tuple(destination / name for name in names)


def _remember(vault: Vault, paths: list[Path]) -> None:
    names = [path.name for path in paths]
    with vault.change() as change:
        change.rows.merge(SettingRow(name=_OUTGOING, value=json.dumps(names)))
    for old in vault.outgoing.iterdir():
        if old.name not in names:
            old.unlink()


def _check_folder(destination: Path) -> None:
    if not destination.is_dir():
        raise ReviewerError(f"{destination} is not a folder.", "Mount the stick and name its folder.")
