"""What changes in an organisation after the ceremony: people, machines, contacts, policy; and the bundle that says so.

Rules:
- Whoever is retired is no longer accepted from the day on which others hold the new bundle; who is added in the same
  amendment may take over the name, with another key.
- There are never fewer reviewers than a case needs signatures, and never too few leads to declare a desk lost if there
  were enough before.
- Each new reviewer's key file lies apart, under a passphrase of its own; those of machines lie open, as after the
  ceremony.
- A desk that is declared lost stays lost; some other desk, perhaps the spare one, must be left to receive.
- With a lost desk goes every reviewer's key: they all lay in its vault. One that never did is named, and stays.
- A desk may get its next OpenPGP key. It keeps the one before: files that were sealed to that may still come.
- Signing keys of desks and epochs are not changed here: ``renewal`` makes epochs.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.opening.ceremony import OPENPGP_FILE, reviewer_file
from keys.opening.errors import OpeningError
from keys.opening.fingerprints import Fingerprint, of_key, of_openpgp
from keys.opening.limits import KEY_FILE_LOG_N
from keys.opening.new_keys import check_name, make_signing_key
from keys.opening.openpgp_keys import make_openpgp_key
from keys.opening.reissue import NewFile, next_bundle, signed, write_reissue
from keys.sealing.key_file import KeyFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path
    from typing import Any

    from keys.opening.lead_card import LeadCard
    from keys.opening.openpgp_keys import NewOpenPgpKey
    from keys.opening.passphrases import Passphrases
    from keys.sealing.notes import SigningKey, VerifyKey
    from keys.sealing.public_bundle import Contact, Desk, PublicBundle


@dataclass(frozen=True, slots=True)
class Group:
    """What happens to one kind of signer: names of new keys to draw, and names (whole, or the last part) to retire."""

    add: tuple[str, ...] = ()
    retire: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Amendment:
    """All that changes.

    Args:
        today: the day of issue.
        reviewers: who joins and who leaves.
        servers: at most one new one at a time: its key file is called ``server.key``.
        couriers: likewise.
        leads: cards of new leads, who made their keys themselves.
        retired_leads: names of leads who leave.
        contacts: shown from now on, each in place of one with its label; one with an empty value goes.
        lost_desks: ids of desks that receive nothing from now on, and whose signatures are refused.
        kept_reviewers: names of reviewers whose keys were never at a desk that is lost now.
        new_openpgp: ids of desks that get another OpenPGP key; at most one at a time, as with servers.
        policy: numbers, lanes and flags of the policy by name, as far as they change.
    """

    today: date
    reviewers: Group = Group()
    servers: Group = Group()
    couriers: Group = Group()
    leads: tuple[LeadCard, ...] = ()
    retired_leads: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    lost_desks: tuple[str, ...] = ()
    kept_reviewers: tuple[str, ...] = ()
    new_openpgp: tuple[str, ...] = ()
    policy: dict[str, Any] = field(default_factory=dict)
    log_n: int = KEY_FILE_LOG_N

    def __post_init__(self) -> None:
        for name in (*self.reviewers.add, *self.servers.add, *self.couriers.add):
            check_name(name)
        if max(len(self.servers.add), len(self.couriers.add), len(self.new_openpgp)) > 1:
            raise OpeningError(
                "One new server, one new courier and one new OpenPGP key at a time.", "Amend once more for the next."
            )


@dataclass(frozen=True, slots=True)
class Amended:
    """What came of it: nothing secret."""

    bundle: PublicBundle
    added: tuple[Fingerprint, ...]
    retired: tuple[Fingerprint, ...]
    files: tuple[str, ...]


def amend(
    bundle: PublicBundle, root: SigningKey, amendment: Amendment, passphrases: Passphrases, folder: Path
) -> Amended:
    """Fill ``folder`` with the new public bundle and the key files of who is new, whole or not at all.

    Args:
        bundle: the one in use, verified with the root key.
        root: the root key.
        amendment: what changes.
        passphrases: of each new reviewer, and of the desk, or the spare one, that gets a new OpenPGP key.
        folder: new or empty.

    Raises:
        OpeningError: somebody to retire is not there, nothing would change, or too few people would be left.
        FormatError: a name or a key would stand twice.
    """
    check_taken(bundle, amendment)
    drawn = _draw(amendment, root.name.rpartition("/")[0])
    openpgp = {desk_id: _make_openpgp(bundle, desk_id, amendment.today) for desk_id in amendment.new_openpgp}
    amended = next_bundle(
        bundle,
        amendment.today,
        desks=_desks(bundle, amendment.lost_desks, openpgp),
        reviewers=_changed(bundle.reviewers, amendment.reviewers, drawn["reviewer"]),
        servers=_changed(bundle.servers, amendment.servers, drawn["server"]),
        couriers=_changed(bundle.couriers, amendment.couriers, drawn["courier"]),
        leads=(*_without(bundle.leads, amendment.retired_leads), *(card.verify_key for card in amendment.leads)),
        contacts=_contacts(bundle.contacts, amendment.contacts),
        policy=dataclasses.replace(bundle.policy, **amendment.policy),
    )
    _check(bundle, amended)
    files = [*_files(drawn, passphrases), *_openpgp_files(bundle, openpgp, passphrases)]
    write_reissue(folder, signed(bundle, amended, root), files, amendment.log_n)
    old, new = _signers(bundle), _signers(amended)
    return Amended(
        bundle=amended,
        added=(
            *(of_key(key.name, key) for key in new if key not in old),
            *(of_openpgp(f"OpenPGP {desk_id}", key.public) for desk_id, key in openpgp.items()),
        ),
        retired=tuple(of_key(key.name, key) for key in old if key not in new),
        files=tuple(file.path for file in files),
    )


def _draw(amendment: Amendment, short: str) -> dict[str, tuple[SigningKey, ...]]:
    groups = {"reviewer": amendment.reviewers, "server": amendment.servers, "courier": amendment.couriers}
    return {role: tuple(make_signing_key(short, role, name) for name in group.add) for role, group in groups.items()}


def _changed(keys: tuple[VerifyKey, ...], group: Group, drawn: Iterable[SigningKey]) -> tuple[VerifyKey, ...]:
    return (*_without(keys, group.retire), *(key.verify_key for key in drawn))


def _without(keys: tuple[VerifyKey, ...], names: Iterable[str]) -> tuple[VerifyKey, ...]:
    for name in names:
        meant = [key for key in keys if name in {key.name, key.name.rpartition("/")[2]}]
        if len(meant) != 1:
            known = ", ".join(key.name for key in keys) or "nobody"
            raise OpeningError(f"{name!r} is not exactly one of those there: {known}.", "Give the whole name.")
        keys = tuple(key for key in keys if key != meant[0])
    return keys


def _make_openpgp(bundle: PublicBundle, desk_id: str, today: date) -> NewOpenPgpKey:
    desk = bundle.desk(desk_id)
    if desk.lost:
        raise OpeningError(f"The desk {desk_id} was declared lost.", "Choose another desk.")
    return make_openpgp_key(bundle.organisation, desk.name, today)


def _desks(bundle: PublicBundle, lost: tuple[str, ...], openpgp: Mapping[str, NewOpenPgpKey]) -> tuple[Desk, ...]:
    gone = [bundle.desk(desk_id) for desk_id in lost]
    desks = (dataclasses.replace(desk, lost=True) if desk in gone else desk for desk in bundle.desks)
    return tuple(
        dataclasses.replace(desk, openpgp=openpgp[desk.id].public) if desk.id in openpgp else desk for desk in desks
    )


def _contacts(known: tuple[Contact, ...], changed: tuple[Contact, ...]) -> tuple[Contact, ...]:
    by_label = {contact.label: contact for contact in known} | {contact.label: contact for contact in changed}
    return tuple(contact for contact in by_label.values() if contact.value)


def _check(bundle: PublicBundle, amended: PublicBundle) -> None:
    if dataclasses.replace(amended, serial=bundle.serial, issued=bundle.issued) == bundle:
        raise OpeningError("Nothing would change.", "Say what is to be added, retired or set.")
    if not amended.receiving_desks:
        raise OpeningError("No desk would be left to receive reports.", "Declare only desks lost that are.")
    if len(amended.reviewers) < amended.policy.signatures_per_case:
        raise OpeningError(
            f"A case needs {amended.policy.signatures_per_case} signatures, but there would be fewer reviewers.",
            "Add a reviewer, or ask for fewer signatures.",
        )
    if _can_declare_lost(bundle) and not _can_declare_lost(amended):
        raise OpeningError(
            f"A lost desk needs {amended.policy.signatures_desk_lost} signatures, but there would be fewer leads.",
            "Add a lead, or ask for fewer signatures.",
        )


def check_taken(bundle: PublicBundle, amendment: Amendment) -> None:
    """Refuse to leave a key in force that lay in the vault of a lost desk; raises OpeningError."""
    left = _without(bundle.reviewers, amendment.reviewers.retire)
    stays = [key for key in _without(bundle.reviewers, amendment.kept_reviewers) if key in left]
    if amendment.lost_desks and stays:
        names = [key.name.rpartition("/")[2] for key in stays]
        again = " ".join(f"--retire-reviewer {name} --add-reviewer {name}" for name in names)
        raise OpeningError(
            f"The keys of {', '.join(names)} lay in the lost desk's vault too, and would stay in force.",
            f"Add: {again}. For a key that was never there: --keep-reviewer NAME.",
        )


def _can_declare_lost(bundle: PublicBundle) -> bool:
    return len(bundle.leads) >= bundle.policy.signatures_desk_lost


def _files(drawn: dict[str, tuple[SigningKey, ...]], passphrases: Passphrases) -> Iterator[NewFile]:
    for key in drawn["reviewer"]:
        name = key.name.rpartition("/")[2]
        yield NewFile(reviewer_file(name), KeyFile.of_signing_key(key), passphrases.of_signer(name))
    for role in ("server", "courier"):
        for key in drawn[role]:
            yield NewFile(f"{role}/{role}.key", KeyFile.of_signing_key(key))


def _openpgp_files(
    bundle: PublicBundle, openpgp: Mapping[str, NewOpenPgpKey], passphrases: Passphrases
) -> Iterator[NewFile]:
    for desk_id, key in openpgp.items():
        spare = bundle.desk(desk_id).spare
        folder, passphrase = ("spare", passphrases.spare) if spare else ("desk", passphrases.desk)
        yield NewFile(f"{folder}/{OPENPGP_FILE}", key.key_file, passphrase)


def _signers(bundle: PublicBundle) -> tuple[VerifyKey, ...]:
    return (*bundle.reviewers, *bundle.servers, *bundle.couriers, *bundle.leads)
