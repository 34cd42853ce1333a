"""What is public, as people read it and as scripts read it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.opening.fingerprints import Fingerprint, as_text, of_key, of_openpgp, of_recipient
from keys.sealing.display import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keys.opening.lead_card import LeadCard
    from keys.sealing.canonical import JSON
    from keys.sealing.notes import VerifyKey
    from keys.sealing.public_bundle import Desk, Epoch, PublicBundle


def bundle_fingerprints(bundle: PublicBundle, root: VerifyKey) -> tuple[Fingerprint, ...]:
    """Return the fingerprint of every key in the bundle, the root's first."""
    return tuple(_fingerprints(bundle, root))


def _fingerprints(bundle: PublicBundle, root: VerifyKey) -> Iterator[Fingerprint]:
    yield of_key("root", root)
    for desk in bundle.desks:
        yield of_key(f"desk {desk.id}", desk.verify_key)
        for epoch in desk.epochs:
            yield of_recipient(f"epoch {epoch.id}", epoch.recipient)
        if desk.openpgp:
            yield of_openpgp(f"OpenPGP {desk.id}", desk.openpgp)
    for keys in (bundle.reviewers, bundle.servers, bundle.couriers, bundle.leads):
        for key in keys:
            yield of_key(key.name, key)


def bundle_text(bundle: PublicBundle, root: VerifyKey) -> str:
    """Say all that the bundle says, with fingerprints in words and hex."""
    policy = bundle.policy
    lines = [
        f"{one_line(bundle.organisation)}: public bundle number {bundle.serial}, issued {bundle.issued}",
        *(line for desk in bundle.desks for line in _desk_lines(desk)),
        f"Lanes offered: {', '.join(sorted(policy.lanes))}",
        f"A case needs {_signatures(policy.signatures_per_case)}.",
        "A desk is lost when the root key declares it: khomo-keys amend --lost-desk ID.",
        f"Unchanged files may be forwarded: {'yes, if two reviewers sign' if policy.raw_files else 'no'}.",
        f"A case may go against its consent: {'yes, if two reviewers sign' if policy.against_consent else 'no'}.",
        f"Without a bundle for {policy.days_without_bundle} days the desk warns; the server as reports wait.",
        *(one_line(f"Contact in danger: {contact.label}: {contact.value}") for contact in bundle.contacts),
        "",
        "Fingerprints, to compare in words or in hex:",
        as_text(bundle_fingerprints(bundle, root)),
    ]
    return "\n".join(lines)


def _signatures(number: int) -> str:
    return "the signature of one reviewer" if number == 1 else f"the signatures of {number} reviewers"


def _desk_lines(desk: Desk) -> Iterator[str]:
    state = " (lost)" if desk.lost else " (spare)" if desk.spare else ""
    yield f"Desk {desk.id}: {one_line(desk.name)}{state}"
    for epoch in desk.epochs:
        yield (
            f"  epoch {epoch.id}: on the pages {epoch.not_before} to {epoch.not_after}, "
            f"openable until {epoch.openable_until}"
        )


def bundle_json(bundle: PublicBundle, root: VerifyKey) -> dict[str, JSON]:
    """Return the same for scripts."""
    return {
        "organisation": bundle.organisation,
        "serial": bundle.serial,
        "issued": bundle.issued.isoformat(),
        "root": str(root),
        "desks": [_desk_json(desk) for desk in bundle.desks],
        "lanes": sorted(bundle.policy.lanes),
        "fingerprints": fingerprints_json(bundle_fingerprints(bundle, root)),
    }


def _desk_json(desk: Desk) -> dict[str, JSON]:
    epochs = [epoch_json(epoch) for epoch in desk.epochs]
    shown: dict[str, JSON] = {"id": desk.id, "name": desk.name, "spare": desk.spare, "lost": desk.lost}
    return shown | {"openpgp": desk.openpgp, "epochs": epochs}


def epoch_json(epoch: Epoch) -> dict[str, JSON]:
    """Return an epoch for scripts."""
    return {
        "id": epoch.id,
        "recipient": epoch.recipient,
        "not_before": epoch.not_before.isoformat(),
        "not_after": epoch.not_after.isoformat(),
        "openable_until": epoch.openable_until.isoformat(),
    }


def fingerprints_json(fingerprints: Iterable[Fingerprint]) -> list[JSON]:
    """Return fingerprints for scripts."""
    return [{"whose": one.whose, "words": one.words, "hex": one.hex} for one in fingerprints]


def card_fingerprints(card: LeadCard) -> tuple[Fingerprint, ...]:
    """Return what the desk compares with a lead before taking the card in."""
    return of_key(f"lead {card.name}, signing", card.verify_key), of_recipient(
        f"lead {card.name}, opening", card.recipient
    )


def card_json(card: LeadCard) -> dict[str, JSON]:
    """Return a lead's card for scripts."""
    return {
        "name": card.name,
        "key": str(card.verify_key),
        "recipient": card.recipient,
        "openpgp": bool(card.openpgp),
        "fingerprints": fingerprints_json(card_fingerprints(card)),
    }
