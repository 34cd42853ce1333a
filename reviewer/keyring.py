"""Setting a vault up with the keys of the ceremony, and adding what comes later: epochs, reviewers.

The key files are needed here once. From then on a reviewer's passphrase opens the vault, and the vault holds the desk's
signing key and the identities of its epochs.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from keys.opening.ceremony import OPENPGP_FILE
from keys.opening.key_files import SUFFIX, read_key_file
from keys.opening.openpgp_keys import check_pair
from keys.sealing.errors import FormatError
from keys.sealing.notes import SigningKey
from keys.sealing.openpgp_packets import read_public_key
from keys.sealing.papers import read_public_bundle, read_public_bundle_note, read_root
from keys.sealing.public_bundle import PublicBundle
from keys.sealing.values import ID_BYTES
from reviewer import limits
from reviewer.errors import ReviewerError
from reviewer.trust import ROOT, accept_public_bundle, public_bundle
from reviewer.values import MailboxKind
from reviewer.vault import unlock
from reviewer.vault.key_rows import OpenPgpKeyRow
from reviewer.vault.rekeying import Staying, rekey
from reviewer.vault.rows import DeskRow, EpochRow, MailboxRow, PublicBundleRow, SettingRow
from reviewer.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from keys.sealing.key_file import KeyFile
    from keys.sealing.notes import VerifyKey
    from keys.sealing.public_bundle import Desk
    from reviewer.vault.vault import Change

_OPEN = "open"


@dataclass(frozen=True)
class Organisation:
    """Who the desk belongs to: the signed bundle as it came, and the root key that must have signed it."""

    note: bytes
    root: VerifyKey

    @classmethod
    def read(cls, bundle: Path, root: Path) -> Organisation:
        """Read both files; raises FormatError if one of them is another paper."""
        root_key = read_root(root)
        read_public_bundle(bundle, root_key)
        return cls(read_public_bundle_note(bundle), root_key)

    def bundle(self) -> PublicBundle:
        """The bundle, checked."""
        return PublicBundle.from_note(self.note, self.root)


@dataclass(frozen=True)
class DeskKeys:
    """What the key files of a desk hold."""

    desk: KeyFile = field(repr=False)
    epochs: tuple[KeyFile, ...] = field(repr=False)
    reviewer: str
    reviewer_key: KeyFile = field(repr=False)
    openpgp: KeyFile | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ReviewerFolder:
    """Where a reviewer's own key file lies, and what opens it: the desk's passphrase does not."""

    path: Path
    passphrase: str = field(repr=False)


def read_desk_keys(folder: Path, passphrase: str, own: ReviewerFolder, reviewer: str | None = None) -> DeskKeys:
    """Read the desk's folder of the ceremony; raises ReviewerError or OpeningError.

    Args:
        folder: with the desk's and its epochs' key files.
        passphrase: opens them.
        own: of the reviewer who makes the vault.
        reviewer: who that is; None where only one reviewer's key file is there.
    """
    name = _reviewer_name(own.path, reviewer)
    return DeskKeys(
        desk=read_key_file(_there(folder / f"desk{SUFFIX}"), passphrase),
        epochs=_read_epochs(folder, passphrase),
        reviewer=name,
        reviewer_key=read_key_file(own.path / f"reviewer-{name}{SUFFIX}", own.passphrase),
        openpgp=_read_openpgp(folder, passphrase),
    )


def check_folder(folder: Path) -> None:
    """Refuse a folder that is not there; raises ReviewerError. Asked before anybody types a passphrase."""
    if not folder.is_dir():
        raise ReviewerError(f"{folder} is not there.", "Name a folder of the ceremony that is; is the stick mounted?")


def found_vault(folder: Path, organisation: Organisation, keys: DeskKeys, passphrase: str) -> Vault:
    """Make a vault; it is there whole, or not at all."""
    bundle = organisation.bundle()
    desk = _desk_of(bundle, keys.desk.signing_key().verify_key)
    reviewer_key = keys.reviewer_key.signing_key()
    if reviewer_key.verify_key not in bundle.reviewers:
        raise ReviewerError(f"The public bundle does not name the key of reviewer {keys.reviewer}.")
    vault = Vault.create(folder, keys.reviewer, reviewer_key.expose_seed(), passphrase)
    try:
        with vault.change() as change:
            _put_in(change, organisation, desk, keys)
    except BaseException:
        vault.held.close()
        shutil.rmtree(folder)
        raise
    return vault


def add_keys(vault: Vault, folder: Path, passphrase: str, note: bytes | None = None) -> list[str]:
    """Put epochs and an OpenPGP key into the vault that it does not hold yet; returns the ids of those that are new.

    With a newer public bundle both go in, or neither does.
    """
    openpgp = _read_openpgp(folder, passphrase)
    epochs = _read_epochs(folder, passphrase, needed=openpgp is None)
    with vault.change() as change:
        if note is not None:
            accept_public_bundle(change, note)
        bundle = public_bundle(change.rows)
        known = set(change.rows.scalars(select(EpochRow.id)))
        held = [bundle.desk(desk_id) for desk_id in change.rows.scalars(select(DeskRow.id).order_by(DeskRow.id))]
        new = [key for key in epochs if key.id not in known]
        for key in new:
            _put_epoch(change, _desk_with(held, key.id), key)
            change.record("add epoch", None, epoch=(None, key.id))
        if openpgp is not None and change.rows.get(OpenPgpKeyRow, openpgp.id) is None:
            _put_openpgp(change, _desk_of_openpgp(held, openpgp.id), openpgp)
            change.record("add OpenPGP key", None, key=(None, openpgp.id))
            new.append(openpgp)
    return [key.id for key in new]


def check_reviewer(vault: Vault, key: KeyFile) -> str:
    """Return the name of a reviewer who can be added, which the key bears; raises ReviewerError."""
    verify_key = key.signing_key().verify_key
    name = verify_key.name.rpartition("/")[2]
    with vault.look() as rows:
        if verify_key not in public_bundle(rows).reviewers:
            raise ReviewerError(f"The public bundle does not name the key of reviewer {name}.")
    if name in unlock.reviewers(vault.wraps):
        raise ReviewerError(f"Reviewer {name} is there already.")
    return name


def add_reviewer(vault: Vault, key: KeyFile, passphrase: str) -> str:
    """Let another reviewer unlock the vault, with a passphrase of their own; return the name, which the key bears."""
    signing_key, name = key.signing_key(), check_reviewer(vault, key)
    with vault.change() as change:
        unlocked = unlock.Unlocked(name, vault.unlocked.database_key, signing_key.expose_seed())
        unlock.write_wrap(vault.wraps, unlocked, passphrase)
        change.record("add reviewer", None, reviewer=(None, name))
    return name


def who_stays(vault: Vault, leaves: str) -> list[str]:
    """Names of those who still open the vault when a reviewer goes; raises ReviewerError if that one cannot go."""
    names = unlock.reviewers(vault.wraps)
    if leaves not in names:
        raise ReviewerError(f"No reviewer {leaves!r} is known here.", f"Known: {', '.join(names)}.")
    if leaves == vault.reviewer:
        raise ReviewerError("Nobody removes themselves.", "Let another reviewer do it, who then opens the vault.")
    return [name for name in names if name != leaves]


def remove_reviewer(vault: Vault, leaves: str, passphrases: Mapping[str, str]) -> None:
    """Give the vault a new key, which all but one reviewer can open; raises LockedError for a wrong passphrase."""
    names = who_stays(vault, leaves)
    rekey(vault, [_staying(vault, name, passphrases[name]) for name in names])
    with vault.change() as change:
        change.record("remove reviewer", None, reviewer=(leaves, None))


def _staying(vault: Vault, name: str, passphrase: str) -> Staying:
    now = vault.unlocked.database_key
    return Staying(unlock.open_wrap(vault.wraps, name, passphrase, lambda key: key == now), passphrase)


def reviewer_key(vault: Vault) -> SigningKey:
    """The signing key of whoever unlocked the vault; raises ReviewerError if the bundle does not name it."""
    with vault.look() as rows:
        reviewers = public_bundle(rows).reviewers
    key = SigningKey.from_seed(vault.reviewer, vault.unlocked.signing_seed)
    for known in reviewers:
        if known.public == key.verify_key.public:
            return SigningKey.from_seed(known.name, vault.unlocked.signing_seed)
    raise ReviewerError(f"The public bundle does not name the key of reviewer {vault.reviewer}.")


def _put_in(change: Change, organisation: Organisation, desk: Desk, keys: DeskKeys) -> None:
    bundle = organisation.bundle()
    key = keys.desk.signing_key()
    change.rows.add(SettingRow(name=ROOT, value=str(organisation.root)))
    change.rows.add(PublicBundleRow(serial=bundle.serial, note=organisation.note, day=change.day))
    change.rows.add(DeskRow(id=desk.id, signing_seed=key.expose_seed(), key_name=key.name))
    change.rows.flush()
    for epoch in keys.epochs:
        _put_epoch(change, desk, epoch)
    if keys.openpgp is not None:
        _put_openpgp(change, desk, keys.openpgp)
    for _ in range(limits.FICTITIOUS_MAILBOXES):
        address = secrets.token_bytes(ID_BYTES)
        change.rows.add(MailboxRow(address=address, kind=MailboxKind.FICTITIOUS, recipient=None, disputed=False))
    change.record("init", None, reviewer=(None, keys.reviewer))


def _put_epoch(change: Change, desk: Desk, key: KeyFile) -> None:
    identity = key.identity()
    recipient = str(identity.recipient())
    if recipient not in {epoch.recipient for epoch in desk.epochs if epoch.id == key.id}:
        raise ReviewerError(
            f"The public bundle does not name the epoch {key.id} for desk {desk.id}.",
            "Take in the public bundle that was made with it: khomo-reviewer keys --bundle FILE",
        )
    change.rows.add(EpochRow(desk_id=desk.id, id=key.id, recipient=recipient, secret=identity.expose(), state=_OPEN))


def _put_openpgp(change: Change, desk: Desk, key: KeyFile) -> None:
    if not desk.openpgp:
        raise _no_such_openpgp(desk)
    check_pair(desk.openpgp, key)
    change.rows.add(OpenPgpKeyRow(fingerprint=key.id, desk_id=desk.id, public=desk.openpgp, secret=key.openpgp()))


def _no_such_openpgp(desk: Desk) -> ReviewerError:
    return ReviewerError(
        f"The public bundle does not name this OpenPGP key for desk {desk.id}.",
        "Take in the public bundle that was made with it: khomo-reviewer keys --bundle FILE",
    )


def _desk_of_openpgp(desks: list[Desk], fingerprint: str) -> Desk:
    for desk in desks:
        if desk.openpgp and read_public_key(desk.openpgp).fingerprint == fingerprint:
            return desk
    raise _no_such_openpgp(desks[0])


def _desk_with(desks: list[Desk], epoch_id: str) -> Desk:
    """The desk that has an epoch, else the first: the refusal is the same."""
    return next((desk for desk in desks if epoch_id in {epoch.id for epoch in desk.epochs}), desks[0])


def _desk_of(bundle: PublicBundle, key: VerifyKey) -> Desk:
    for desk in bundle.desks:
        if desk.verify_key == key:
            return desk
    raise FormatError("The public bundle does not name this desk's key.", "Are both of the same ceremony?")


def _read_openpgp(folder: Path, passphrase: str) -> KeyFile | None:
    path = folder / OPENPGP_FILE
    return read_key_file(path, passphrase) if path.is_file() else None


def _read_epochs(folder: Path, passphrase: str, *, needed: bool = True) -> tuple[KeyFile, ...]:
    paths = sorted(folder.glob(f"epoch-*{SUFFIX}"))
    check_folder(folder)
    if not paths and needed:
        raise ReviewerError(f"{folder} holds no key file of an epoch.", "Give the desk's folder of the ceremony.")
    return tuple(read_key_file(path, passphrase) for path in paths)


def _reviewer_name(folder: Path, reviewer: str | None) -> str:
    check_folder(folder)
    names = sorted(path.name.removeprefix("reviewer-").removesuffix(SUFFIX) for path in folder.glob("reviewer-*"))
    if reviewer is None and len(names) == 1:
        return names[0]
    if reviewer in names:
        return str(reviewer)
    if names:
        raise ReviewerError(
            f"{folder} holds the keys of these reviewers: {', '.join(names)}.",
            f"Say who you are, as with: --reviewer {names[0]}",
        )
    raise ReviewerError(
        f"{folder} holds no key of a reviewer.",
        "Name your own folder of the ceremony with --reviewer-keys: reviewers/NAME; khomo-keys amend makes them.",
    )


def _there(path: Path) -> Path:
    if not path.is_file():
        raise ReviewerError(f"{path} is not there.", "Give the desk's folder of the ceremony.")
    return path
