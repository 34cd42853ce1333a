"""Whom the desk believes: the root key it was set up with, and the newest public bundle that this key signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from keys.sealing.notes import SigningKey, VerifyKey
from keys.sealing.public_bundle import PublicBundle
from reviewer.errors import ReviewerError
from reviewer.vault.rows import DeskRow, PublicBundleRow, SettingRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from keys.sealing.public_bundle import Desk
    from reviewer.vault.vault import Change

ROOT = "root"


def public_bundle(rows: Session) -> PublicBundle:
    """The public bundle in force."""
    note = rows.scalar(select(PublicBundleRow.note).order_by(PublicBundleRow.serial.desc()).limit(1))
    root = rows.get(SettingRow, ROOT)
    if note is None or root is None:
        raise ReviewerError("This vault was never given a public bundle.", "Make it anew with `khomo-reviewer init`.")
    return PublicBundle.from_note(note, VerifyKey.parse(root.value))


def servers_ever(rows: Session) -> tuple[VerifyKey, ...]:
    """Keys of all servers that a public bundle of this vault ever named: what they signed was checked when it came."""
    root = VerifyKey.parse(rows.get_one(SettingRow, ROOT).value)
    notes = rows.scalars(select(PublicBundleRow.note).order_by(PublicBundleRow.serial))
    return tuple(dict.fromkeys(key for note in notes for key in PublicBundle.from_note(note, root).servers))


def accept_public_bundle(change: Change, note: bytes) -> bool:
    """Take in a newer public bundle; returns whether it is new here. Raises KhomoError when it may not be used."""
    current = public_bundle(change.rows)
    root = change.rows.get_one(SettingRow, ROOT)
    newer = current.replaced_by(PublicBundle.from_note(note, VerifyKey.parse(root.value)))
    if newer.serial == current.serial:
        return False
    change.rows.add(PublicBundleRow(serial=newer.serial, note=note, day=change.day))
    change.record("public bundle", None, serial=(str(current.serial), str(newer.serial)))
    return True


def living_desks(rows: Session) -> list[Desk]:
    """Desks of this vault that the public bundle accepts; none where all were declared lost or replaced."""
    held = {SigningKey.from_seed(desk.key_name, desk.signing_seed).verify_key for desk in rows.scalars(select(DeskRow))}
    return [desk for desk in public_bundle(rows).desks if desk.verify_key in held and not desk.lost]


def desk_key(rows: Session) -> SigningKey:
    """The key with which this desk signs; raises ReviewerError if the desk was declared lost."""
    accepted = public_bundle(rows).desk_keys
    for desk in rows.scalars(select(DeskRow).order_by(DeskRow.id)):
        key = SigningKey.from_seed(desk.key_name, desk.signing_seed)
        if key.verify_key in accepted:
            return key
    raise ReviewerError("The public bundle accepts no desk key of this vault: this desk was declared lost or replaced.")


def desk_id(rows: Session) -> str:
    """The id of the desk whose key signs."""
    key = desk_key(rows).verify_key
    return next(desk.id for desk in public_bundle(rows).desks if desk.verify_key == key)
