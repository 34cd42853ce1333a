"""The ceremony: everything an organisation needs to open its door, made in one go on a machine without a network.

Rules:
- The folder is filled whole or stays as it was.
- Each reviewer's signing key lies in a folder of its own, under a passphrase of its own: who holds the desk's keys, or
  another reviewer's, cannot sign for two.
- Root and archive lie apart, to be carried away; no file holds two secrets. Where they are split, no file holds them at
  all: the sheets are given out before the folder is there, and if that fails, so does the ceremony.
- Only the signing keys of server and courier lie open: their machines start without a person, and they open nothing.
- Every public key is under the root's signature: the public bundle, and the archive's recipient.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.opening.errors import OpeningError
from keys.opening.fingerprints import Fingerprint, as_text, of_key, of_openpgp, of_recipient
from keys.opening.key_files import SUFFIX, write_key_file, write_plain_key_file
from keys.opening.limits import EPOCH_DAYS, KEY_FILE_LOG_N, SALT_BYTES, SPARE_DAYS
from keys.opening.new_keys import NewEpoch, check_name, make_epoch, make_signing_key
from keys.opening.openpgp_keys import NewOpenPgpKey, make_openpgp_key
from keys.opening.shares.splitting import NewSplit, Sharing, split_key
from keys.opening.staging import staged_folder
from keys.sealing.age import HybridIdentity
from keys.sealing.atomic import atomic_write
from keys.sealing.key_file import KeyFile, KeyKind
from keys.sealing.notes import SigningKey, sign_document
from keys.sealing.public_bundle import Contact, Desk, Policy, PublicBundle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from keys.opening.lead_card import LeadCard
    from keys.opening.passphrases import Passphrases
    from keys.opening.shares.slip39 import Scheme
    from keys.opening.shares.split_keys import SplitKey

DESK_ID = "main"
SPARE_ID = "spare"
BUNDLE_FILE = "public-bundle.note"
ROOT_FILE = "root.pub"
FINGERPRINTS_FILE = "fingerprints.txt"
ARCHIVE_FILE = "archive.note"
ARCHIVE_KIND = "archive"
OPENPGP_FILE = f"openpgp{SUFFIX}"
SHARES_FOLDER = "shares"
REVIEWERS_FOLDER = "reviewers"
_PUBLIC = 0o644


@dataclass(frozen=True, slots=True)
class Plan:
    """What is decided before the ceremony begins; ``sharing`` None: root and archive become sealed key files."""

    organisation: str
    short: str
    day: date
    reviewers: tuple[str, ...] = ("first",)
    desk_name: str = "Desk"
    epoch_days: int = EPOCH_DAYS
    spare_days: int = SPARE_DAYS
    contacts: tuple[Contact, ...] = ()
    leads: tuple[LeadCard, ...] = ()
    policy: Policy = field(default_factory=lambda: Policy(lanes=frozenset({"arrival", "presealed"})))
    log_n: int = KEY_FILE_LOG_N
    sharing: Sharing | None = None

    def __post_init__(self) -> None:
        for name in (self.short, *self.reviewers):
            check_name(name)
        if not self.organisation.strip():
            raise OpeningError("The organisation has no name.")
        if len(set(self.reviewers)) < self.policy.signatures_per_case:
            raise OpeningError(
                f"A case is to need {self.policy.signatures_per_case} signatures, but there are fewer reviewers.",
                "Name more reviewers, or ask for fewer signatures.",
            )


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What came of it: nothing secret."""

    root: str
    bundle: PublicBundle
    fingerprints: tuple[Fingerprint, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Keys:
    root: SigningKey
    archive: HybridIdentity
    desk: SigningKey
    epoch: NewEpoch
    openpgp: NewOpenPgpKey
    spare: SigningKey
    spare_epoch: NewEpoch
    spare_openpgp: NewOpenPgpKey
    reviewers: tuple[SigningKey, ...]
    server: SigningKey
    courier: SigningKey


def _draw(plan: Plan) -> _Keys:
    spare_name = _spare_name(plan)
    return _Keys(
        root=make_signing_key(plan.short, "root"),
        archive=HybridIdentity.generate(),
        desk=make_signing_key(plan.short, "desk", DESK_ID),
        epoch=make_epoch(DESK_ID, plan.desk_name, plan.day, plan.epoch_days),
        openpgp=make_openpgp_key(plan.organisation, plan.desk_name, plan.day),
        spare=make_signing_key(plan.short, "desk", SPARE_ID),
        spare_epoch=make_epoch(SPARE_ID, spare_name, plan.day, plan.spare_days),
        spare_openpgp=make_openpgp_key(plan.organisation, spare_name, plan.day),
        reviewers=tuple(make_signing_key(plan.short, "reviewer", name) for name in plan.reviewers),
        server=make_signing_key(plan.short, "server", "1"),
        courier=make_signing_key(plan.short, "courier", "1"),
    )


def _spare_name(plan: Plan) -> str:
    """What sources read of the spare desk after a raid: another name, and nothing of why."""
    return f"{plan.desk_name} 2"


def _bundle(plan: Plan, keys: _Keys) -> PublicBundle:
    desk = Desk(DESK_ID, plan.desk_name, keys.desk.verify_key, (keys.epoch.epoch,), openpgp=keys.openpgp.public)
    spare = Desk(
        SPARE_ID,
        _spare_name(plan),
        keys.spare.verify_key,
        (keys.spare_epoch.epoch,),
        spare=True,
        openpgp=keys.spare_openpgp.public,
    )
    return PublicBundle(
        serial=1,
        issued=plan.day,
        organisation=plan.organisation,
        salt=secrets.token_bytes(SALT_BYTES),
        desks=(desk, spare),
        reviewers=tuple(key.verify_key for key in keys.reviewers),
        servers=(keys.server.verify_key,),
        couriers=(keys.courier.verify_key,),
        leads=tuple(card.verify_key for card in plan.leads),
        contacts=plan.contacts,
        policy=plan.policy,
    )


def _sealed_files(plan: Plan, keys: _Keys, passphrases: Passphrases) -> Iterator[tuple[str, KeyFile, str]]:
    """Name, content and passphrase of each key file."""
    signing = KeyFile.of_signing_key
    if plan.sharing is None:
        root, archive = _carried_away(plan, keys)
        yield f"take-away/root{SUFFIX}", root, passphrases.root
        yield f"take-away/archive{SUFFIX}", archive, passphrases.archive
    yield f"desk/desk{SUFFIX}", signing(keys.desk), passphrases.desk
    yield epoch_file("desk", keys.epoch), keys.epoch.key_file, passphrases.desk
    yield f"desk/{OPENPGP_FILE}", keys.openpgp.key_file, passphrases.desk
    for name, key in zip(plan.reviewers, keys.reviewers, strict=True):
        yield reviewer_file(name), signing(key), passphrases.of_signer(name)
    yield f"spare/desk{SUFFIX}", signing(keys.spare), passphrases.spare
    yield epoch_file("spare", keys.spare_epoch), keys.spare_epoch.key_file, passphrases.spare
    yield f"spare/{OPENPGP_FILE}", keys.spare_openpgp.key_file, passphrases.spare


def _carried_away(plan: Plan, keys: _Keys) -> tuple[KeyFile, KeyFile]:
    archive = KeyFile.of_identity(KeyKind.ARCHIVE, plan.organisation, KeyKind.ARCHIVE, keys.archive)
    return KeyFile.of_signing_key(keys.root), archive


def _splits(plan: Plan, scheme: Scheme, keys: _Keys) -> tuple[NewSplit, ...]:
    return tuple(split_key(key, plan.organisation, scheme, plan.day, keys.root) for key in _carried_away(plan, keys))


def epoch_file(folder: str, new: NewEpoch) -> str:
    """Return where an epoch's key file lies."""
    return f"{folder}/epoch-{new.epoch.id}{SUFFIX}"


def reviewer_file(name: str) -> str:
    """Return where a reviewer's key file lies: in a folder that is carried to that reviewer alone."""
    return f"{REVIEWERS_FOLDER}/{name}/reviewer-{name}{SUFFIX}"


def _fingerprints(plan: Plan, keys: _Keys) -> tuple[Fingerprint, ...]:
    return (
        of_key("root", keys.root.verify_key),
        of_recipient("archive", str(keys.archive.recipient())),
        of_key(f"desk {DESK_ID}", keys.desk.verify_key),
        of_recipient(f"epoch {keys.epoch.epoch.id}", keys.epoch.epoch.recipient),
        of_openpgp(f"OpenPGP {DESK_ID}", keys.openpgp.public),
        of_key(f"desk {SPARE_ID}", keys.spare.verify_key),
        of_recipient(f"epoch {keys.spare_epoch.epoch.id}", keys.spare_epoch.epoch.recipient),
        of_openpgp(f"OpenPGP {SPARE_ID}", keys.spare_openpgp.public),
        *(of_key(f"reviewer {name}", key.verify_key) for name, key in zip(plan.reviewers, keys.reviewers, strict=True)),
        of_key("server", keys.server.verify_key),
        of_key("courier", keys.courier.verify_key),
        *(of_key(f"lead {card.name}", card.verify_key) for card in plan.leads),
    )


def record_file(what: SplitKey) -> str:
    """Return how the record of a split is called."""
    return f"{what}.shares.note"


def steps(plan: Plan) -> int:
    """How many key files the ceremony writes: one call of ``progress`` each."""
    return (8 if plan.sharing is None else 6) + len(plan.reviewers)


def hold_ceremony(
    plan: Plan, passphrases: Passphrases, folder: Path, progress: Callable[[], object] = lambda: None
) -> Ceremony:
    """Make all keys and fill ``folder`` with them, whole or not at all.

    Args:
        plan: what was decided.
        passphrases: what protects the key files.
        folder: new or empty.
        progress: called after each key file (each takes about a second).
    """
    keys = _draw(plan)
    bundle = _bundle(plan, keys)
    prints = _fingerprints(plan, keys)
    with staged_folder(folder) as staging:
        for name in _folders(plan):
            (staging / name).mkdir(mode=0o700)
        for name, key_file, passphrase in _sealed_files(plan, keys, passphrases):
            write_key_file(staging / name, key_file, passphrase, plan.log_n)
            progress()
        write_plain_key_file(staging / "server/server.key", KeyFile.of_signing_key(keys.server))
        write_plain_key_file(staging / "courier/courier.key", KeyFile.of_signing_key(keys.courier))
        archive = sign_document(ARCHIVE_KIND, 1, {"recipient": str(keys.archive.recipient())}, [keys.root])
        atomic_write(staging / "desk" / ARCHIVE_FILE, archive, mode=_PUBLIC)
        _write_public(staging, keys.root, bundle, prints)
        if plan.sharing is not None:
            _give_out(plan.sharing, _splits(plan, plan.sharing.scheme, keys), staging / SHARES_FOLDER, keys.root)
        files = tuple(sorted(str(path.relative_to(staging)) for path in staging.rglob("*") if path.is_file()))
    return Ceremony(str(keys.root.verify_key), bundle, prints, files)


def _folders(plan: Plan) -> tuple[str, ...]:
    of_reviewers = (f"{REVIEWERS_FOLDER}/{name}" for name in plan.reviewers)
    away = "take-away" if plan.sharing is None else SHARES_FOLDER
    return (away, "desk", "spare", "server", "courier", REVIEWERS_FOLDER, *of_reviewers)


def _give_out(sharing: Sharing, splits: Sequence[NewSplit], folder: Path, root: SigningKey) -> None:
    """Lay the records beside the public half that checks them, as the folder travels alone; give the sheets out."""
    for new in splits:
        atomic_write(folder / record_file(new.split.record.what), new.note, mode=_PUBLIC)
    atomic_write(folder / ROOT_FILE, f"{root.verify_key}\n".encode(), mode=_PUBLIC)
    sharing.hand_out(splits)


def _write_public(staging: Path, root: SigningKey, bundle: PublicBundle, prints: tuple[Fingerprint, ...]) -> None:
    note = bundle.to_note(root)
    PublicBundle.from_note(note, root.verify_key)
    atomic_write(staging / BUNDLE_FILE, note, mode=_PUBLIC)
    atomic_write(staging / ROOT_FILE, f"{root.verify_key}\n".encode(), mode=_PUBLIC)
    atomic_write(staging / FINGERPRINTS_FILE, as_text(prints).encode(), mode=_PUBLIC)
