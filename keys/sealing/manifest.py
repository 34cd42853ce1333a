"""The manifest of a bundle: what stands in a signed text of type ``khomo/bundle/v1``. Pure.

Rules:
1. Signed by the one key that the chain names.
2. Number 1 names no manifest before it, every other number names the head of one.
3. Blobs are sorted by id and unique: their order tells nothing.
4. No time finer than a day.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.chain_position import ChainId, ChainPosition
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.fields import Fields
from keys.sealing.limits import BLOB_BYTES, PUBLIC_BUNDLE_BYTES
from keys.sealing.notes import VerifyKey, open_document, sign_document, signed_text
from keys.sealing.shapes import SHA256
from keys.sealing.values import ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from keys.sealing.canonical import JSON
    from keys.sealing.notes import SigningKey

KIND = "bundle"
VERSION = 1
_SHA256 = range(32, 33)
_ID = range(ID_BYTES, ID_BYTES + 1)
_HEX_ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")


@dataclass(frozen=True, slots=True, order=True)
class BlobEntry:
    """One sealed blob: id (row or mailbox, 32 hex digits), bytes, SHA-256 in hex."""

    id: str
    size: int
    sha256: str

    def __post_init__(self) -> None:
        well_sized = 0 <= self.size <= BLOB_BYTES
        if not _HEX_ID.fullmatch(self.id) or not SHA256.fullmatch(self.sha256) or not well_sized:
            raise FormatError("A blob has an id of 32 hex digits, a size and a SHA-256.")


@dataclass(frozen=True, slots=True)
class Health:
    """How the server is: days on which its onion was published since the last bundle, free space, version, warnings."""

    published_days: int
    free_bytes: int
    version: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The last bundle of the other direction that was taken in whole."""

    chain: ChainId
    number: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle brings and where it stands in its chain.

    Args:
        previous: head of the bundle before; None for number 1.
        resumes: for every bundle of a chain begun after a restore, where the old chain ended for the restored machine.
        public_bundle: a newer root-signed public bundle that travels along.
        left_out: ids of rows that wait at a server and are not among the blobs: their files are damaged.
    """

    chain: ChainId
    number: int
    previous: str | None
    day: date
    blobs: tuple[BlobEntry, ...] = ()
    resumes: ChainPosition | None = None
    health: Health | None = None
    acknowledges: Acknowledgement | None = None
    public_bundle: str | None = None
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.number < 1 or (self.number == 1) != (self.previous is None):
            raise FormatError("Bundles count from 1, and all but the first name the one before.")
        ids = [blob.id for blob in self.blobs]
        if ids != sorted(set(ids)):
            raise FormatError("The blobs of a bundle are not sorted by id, or one stands there twice.")
        if list(self.left_out) != sorted(set(self.left_out)) or not set(self.left_out).isdisjoint(ids):
            raise FormatError("What a bundle leaves out is not sorted by id, stands there twice, or comes with it.")

    def to_note(self, key: SigningKey) -> bytes:
        """Sign the manifest; the chain must name this key."""
        if key.name != self.chain.signer:
            raise SignatureError("The bundle's chain belongs to another signer.", "Use the key that the chain names.")
        return sign_document(KIND, VERSION, self._to_json(), [key])

    @classmethod
    def from_note(cls, note: bytes, accepted: Collection[VerifyKey]) -> Manifest:
        """Read a signed manifest; raises ``SignatureError`` or ``FormatError``."""
        body, signers = open_document(note, KIND, VERSION, accepted)
        manifest = cls._from_json(body)
        if manifest.chain.signer not in {signer.name for signer in signers}:
            raise SignatureError("The bundle is not signed by the signer of its chain.", "Do not import it.")
        return manifest

    def _to_json(self) -> dict[str, JSON]:
        return {
            "acknowledges": _acknowledgement_to_json(self.acknowledges) if self.acknowledges else None,
            "blobs": [{"id": blob.id, "sha256": blob.sha256, "size": blob.size} for blob in self.blobs],
            "chain": str(self.chain),
            "day": self.day.isoformat(),
            "health": _health_to_json(self.health) if self.health else None,
            "left_out": list(self.left_out),
            "number": self.number,
            "previous": self.previous,
            "public_bundle": self.public_bundle,
            "resumes": _position_to_json(self.resumes) if self.resumes else None,
        }

    @classmethod
    def _from_json(cls, body: JSON) -> Manifest:
        with Fields(body, "manifest") as fields:
            return cls(
                chain=fields.parsed("chain", ChainId.parse),
                number=fields.integer("number", 1),
                previous=fields.binary("previous", _SHA256).hex() if fields.has("previous") else None,
                day=fields.day("day"),
                blobs=fields.each("blobs", _blob),
                resumes=fields.optional("resumes", _position),
                health=fields.optional("health", _health),
                acknowledges=fields.optional("acknowledges", _acknowledgement),
                public_bundle=fields.text("public_bundle", PUBLIC_BUNDLE_BYTES)
                if fields.has("public_bundle")
                else None,
                left_out=fields.each("left_out", _row_id),
            )


def head_of(note: bytes) -> str:
    """Return what the next manifest names: SHA-256 of the signed text, in hex."""
    return hashlib.sha256(signed_text(note)).hexdigest()


def _acknowledgement_to_json(acknowledgement: Acknowledgement) -> JSON:
    return {"chain": str(acknowledgement.chain), "number": acknowledgement.number}


def _position_to_json(position: ChainPosition) -> JSON:
    return {"chain": str(position.chain), "head": position.head, "number": position.number}


def _health_to_json(health: Health) -> JSON:
    return {
        "free_bytes": health.free_bytes,
        "published_days": health.published_days,
        "version": health.version,
        "warnings": health.warnings,
    }


def _row_id(value: JSON) -> str:
    return Fields({"left_out": value}, "manifest").binary("left_out", _ID).hex()


def _blob(value: JSON) -> BlobEntry:
    with Fields(value, "manifest's blob") as fields:
        return BlobEntry(fields.binary("id", _ID).hex(), fields.integer("size"), fields.binary("sha256", _SHA256).hex())


def _health(value: JSON) -> Health:
    with Fields(value, "manifest's health") as fields:
        return Health(
            fields.integer("published_days"),
            fields.integer("free_bytes"),
            fields.text("version"),
            fields.texts("warnings"),
        )


def _acknowledgement(value: JSON) -> Acknowledgement:
    with Fields(value, "manifest's acknowledgement") as fields:
        return Acknowledgement(fields.parsed("chain", ChainId.parse), fields.integer("number", 1))


def _position(value: JSON) -> ChainPosition:
    with Fields(value, "manifest's former chain") as fields:
        return ChainPosition(
            fields.parsed("chain", ChainId.parse),
            fields.integer("number", 1),
            fields.binary("head", _SHA256).hex(),
        )
