"""Makes tests/vectors/public-bundle; a test compares the files.

``python -m tests.keys.sealing.public_bundle_forge`` writes them again.
"""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

from keys.sealing.canonical import from_canonical
from keys.sealing.notes import sign, sign_document, signed_text
from keys.sealing.public_bundle import Contact, Desk, Epoch, Policy, PublicBundle
from tests.keys.sealing.openpgp_forge import stored_bytes
from tests.keys.sealing.signers import DESK, EPOCH, LEAD, REVIEWER, ROOT, SERVER, SPARE, SPARE_EPOCH, STRANGER
from tests.keys.sealing.vectors import write_vectors

FIRST = Epoch("2026-a", str(EPOCH.recipient()), date(2026, 11, 1), date(2027, 4, 30))
SECRET, MESSAGE = (stored_bytes(name).decode() for name in ("keys/desk-secret.asc", "gpg/for-the-desk.asc"))
OPENPGP = stored_bytes("keys/desk.asc").decode()
BUNDLE = PublicBundle(
    serial=3,
    issued=date(2026, 11, 20),
    organisation="Door of the River \N{EM DASH} \u0628\u0627\u0628",
    salt=bytes(range(16)),
    desks=(
        Desk("desk", "The desk", DESK.verify_key, (FIRST,), openpgp=OPENPGP),
        Desk(
            "spare",
            "The spare desk",
            SPARE.verify_key,
            (Epoch("spare-a", str(SPARE_EPOCH.recipient()), date(2026, 11, 1), date(2031, 10, 31)),),
            spare=True,
        ),
    ),
    reviewers=(REVIEWER.verify_key,),
    servers=(SERVER.verify_key,),
    couriers=(),
    leads=(LEAD.verify_key,),
    contacts=(Contact("In danger now", "+000 000 000"),),
    policy=Policy(lanes=frozenset({"arrival", "browser"}), signatures_desk_lost=2, days_without_bundle=7),
)
NOTE = BUNDLE.to_note(ROOT)


def body() -> dict[str, Any]:
    """Return the JSON of the good bundle, to be spoilt."""
    text = signed_text(NOTE).decode().split("\n")[1]
    value: Any = from_canonical(text.encode())
    return copy.deepcopy(value)


def spoilt(*where: str | int, value: object) -> bytes:
    """Sign the bundle with one member at a path replaced, or removed by ``...``."""
    whole = body()
    inner: Any = whole
    for step in where[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[where[-1]]
    else:
        inner[where[-1]] = value
    return sign_document("public-bundle", 1, whole, [ROOT])


def make() -> dict[str, bytes]:
    """Return all vectors by name."""
    made = _accept() | _signature() | _members() | _values() | _sameness()
    return {f"{name}.note": note for name, note in made.items()}


def _accept() -> dict[str, bytes]:
    bare = PublicBundle(1, date(2026, 11, 20), "", bytes(64), ())
    lost = spoilt("desks", 0, "lost", value=True)
    return {"accept/two-desks": NOTE, "accept/nobody": bare.to_note(ROOT), "accept/desk-lost": lost}


def _signature() -> dict[str, bytes]:
    return {
        "signature/by-a-desk": BUNDLE.to_note(DESK),
        "signature/by-a-stranger": BUNDLE.to_note(STRANGER),
        "signature/serial-changed": NOTE.replace(b'"serial":3', b'"serial":4'),
        "signature/recipient-changed": NOTE.replace(b"age1pq1", b"age1pq2", 1),
    }


def _members() -> dict[str, bytes]:
    names = [
        "contacts",
        "couriers",
        "desks",
        "issued",
        "leads",
        "organisation",
        "policy",
        "reviewers",
        "salt",
        "serial",
    ]
    missing = {f"format/without-{name}": spoilt(name, value=...) for name in [*names, "servers"]}
    return missing | {
        "format/another-version": sign(signed_text(NOTE).decode().replace("/v1\n", "/v2\n"), [ROOT]),
        "format/another-kind": sign_document("bundle", 1, body(), [ROOT]),
        "format/unknown-member": spoilt("mirror", value="x"),
        "format/unknown-member-of-a-desk": spoilt("desks", 0, "mirror", value="x"),
        "format/unknown-member-of-an-epoch": spoilt("desks", 0, "epochs", 0, "mirror", value="x"),
        "format/unknown-member-of-a-contact": spoilt("contacts", 0, "mirror", value="x"),
        "format/unknown-member-of-the-policy": spoilt("policy", "mirror", value="x"),
    }


def _values() -> dict[str, bytes]:
    epoch = ("desks", 0, "epochs", 0)
    return {
        "format/serial-zero": spoilt("serial", value=0),
        "format/serial-true": spoilt("serial", value=True),
        "format/salt-too-short": spoilt("salt", value="00" * 15),
        "format/salt-too-long": spoilt("salt", value="00" * 65),
        "format/salt-in-capitals": spoilt("salt", value="AB" * 16),
        "format/no-such-day": spoilt("issued", value="2026-02-29"),
        "format/issued-with-a-time": spoilt("issued", value="2026-11-20T10:00"),
        "format/organisation-too-long": spoilt("organisation", value="x" * 1025),
        "format/desk-id-with-a-path": spoilt("desks", 0, "id", value="../desk"),
        "format/desk-id-empty": spoilt("desks", 0, "id", value=""),
        "format/desk-id-too-long": spoilt("desks", 0, "id", value="d" * 33),
        "format/desk-id-with-a-newline": spoilt("desks", 0, "id", value="desk\n"),
        "format/desk-key-malformed": spoilt("desks", 0, "key", value="desk"),
        "format/desk-spare-as-number": spoilt("desks", 0, "spare", value=1),
        "format/desk-openpgp-as-null": spoilt("desks", 0, "openpgp", value=None),
        "format/desk-openpgp-cut-off": spoilt("desks", 0, "openpgp", value=OPENPGP[:-40]),
        "format/desk-openpgp-is-a-secret-key": spoilt("desks", 0, "openpgp", value=SECRET),
        "format/desk-openpgp-is-a-message": spoilt("desks", 0, "openpgp", value=MESSAGE),
        "format/epoch-id-in-capitals": spoilt(*epoch, "id", value="A"),
        "format/epoch-ends-before-it-begins": spoilt(*epoch, "not_after", value="2026-10-31"),
        "format/epoch-recipient-of-x25519": spoilt(*epoch, "recipient", value="age1" + "q" * 58),
        "format/epoch-recipient-damaged": spoilt(*epoch, "recipient", value=FIRST.recipient[:-1] + "b"),
        "format/lanes-not-sorted": spoilt("policy", "lanes", value=["browser", "arrival"]),
        "format/lane-twice": spoilt("policy", "lanes", value=["arrival", "arrival"]),
        "format/lane-with-a-space": spoilt("policy", "lanes", value=["a b"]),
        "format/no-signature-a-case": spoilt("policy", "signatures_per_case", value=0),
        "format/leads-as-text": spoilt("leads", value=str(LEAD.verify_key)),
    }


def _sameness() -> dict[str, bytes]:
    desk = body()["desks"][0]
    other = str(SPARE_EPOCH.recipient())
    return {
        "format/desk-id-twice": spoilt("desks", 1, "id", value="desk"),
        "format/epoch-id-twice": spoilt("desks", 1, "epochs", 0, "id", value="2026-a"),
        "format/recipient-twice": spoilt("desks", 0, "epochs", 0, "recipient", value=other),
        "format/openpgp-key-twice": spoilt("desks", 1, "openpgp", value=OPENPGP),
        "format/desk-without-openpgp": spoilt("desks", 0, "openpgp", value=...),
        "format/desk-key-is-a-reviewer-key": spoilt("reviewers", value=[desk["key"]]),
        "format/key-name-twice": spoilt("servers", value=[str(SERVER.verify_key), str(_renamed())]),
        "format/one-key-two-names": spoilt("couriers", value=[str(_alias())]),
    }


def _renamed() -> object:
    return type(STRANGER.verify_key)(SERVER.name, STRANGER.verify_key.public)


def _alias() -> object:
    return type(SERVER.verify_key)("example.org/alias", SERVER.verify_key.public)


if __name__ == "__main__":
    write_vectors("public-bundle", make())
