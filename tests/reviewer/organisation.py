"""A small organisation for tests: its ceremony, sources, a server that writes bundles, and a desk."""

from __future__ import annotations

import hashlib
import io
import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from keys.opening.ceremony import BUNDLE_FILE, ROOT_FILE, Ceremony, Plan, hold_ceremony
from keys.opening.key_files import read_key_file
from keys.opening.limits import LOWEST_LOG_N
from keys.opening.passphrases import Passphrases
from keys.sealing.age import HybridIdentity, HybridRecipient
from keys.sealing.answers import Answer, Chosen, answers_to_json
from keys.sealing.bundle import (
    BlobEntry,
    ChainId,
    ChainPosition,
    Direction,
    Health,
    Manifest,
    UntrustedBundle,
    write_bundle,
)
from keys.sealing.key_file import read_plain_key_file
from keys.sealing.letter import Letter, read_letter
from keys.sealing.notes import SigningKey, sign_document
from keys.sealing.submission import Consent, Lane, MailboxSlip, Part, SubmissionHead, new_report_id
from keys.sealing.submission_writer import SubmissionWriter
from keys.sealing.values import MailboxAddress
from reviewer.inbox import no_progress
from reviewer.keyring import ReviewerFolder
from reviewer.outbox import write_server_bundle
from reviewer.risks import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from keys.sealing.bundle import Acknowledgement, Bundle
    from keys.sealing.canonical import JSON
    from reviewer.vault.vault import Vault

KEYS_PASSPHRASE = "the passphrase of all key files"
DAY = date(2026, 11, 20)
GOOD_HEALTH = Health(7, 50 * 10**9, "0.1.0")


NO_RISK = {one.name: one.answers[0] for one in QUESTIONS}
"""Answers of somebody who sees nothing that could lead to the source."""

SAFE = [*(f"--risk={name}={answer}" for name, answer in NO_RISK.items()), "--yes"]
"""The same for `forward`, by somebody who has read the last page."""


def own_passphrase(name: str) -> str:
    """What opens a reviewer's own key file."""
    return f"the passphrase of reviewer {name}"


@dataclass
class Source:
    """A person with a mailbox."""

    identity: HybridIdentity = field(default_factory=HybridIdentity.generate)
    address: MailboxAddress = field(default_factory=lambda: MailboxAddress(secrets.token_bytes(16)))

    @property
    def slip(self) -> MailboxSlip:
        return MailboxSlip(self.address, str(self.identity.recipient()))

    def read(self, bundle: Bundle, org: Organisation) -> Letter:
        """Read the letter that a desk's bundle brings to this source."""
        blobs = {entry.id: blob.read() for entry, blob in bundle.blobs()}
        accepted = org.ceremony.bundle.desk_keys
        return read_letter(blobs[self.address.hex()], self.identity, self.address, accepted)


@dataclass
class Organisation:
    """Files of the ceremony, and the server's side of the gap."""

    folder: Path
    ceremony: Ceremony
    server: SigningKey
    chain: ChainId
    position: ChainPosition | None = None
    waiting: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def found(cls, folder: Path, **plan: Any) -> Organisation:
        wish: dict[str, Any] = {"reviewers": ("amina",), "log_n": LOWEST_LOG_N} | plan
        own = {name: own_passphrase(name) for name in wish["reviewers"]}
        passphrases = Passphrases(*(KEYS_PASSPHRASE,) * 4, own)
        ceremony = hold_ceremony(Plan("Open Harbour", "harbour", DAY, **wish), passphrases, folder)
        server = read_plain_key_file(folder / "server/server.key").signing_key()
        return cls(folder, ceremony, server, ChainId.begin(server.name, Direction.TO_DESK))

    def own(self, name: str) -> ReviewerFolder:
        """A reviewer's folder of the ceremony, with what opens the key file in it."""
        return ReviewerFolder(self.folder / "reviewers" / name, own_passphrase(name))

    @property
    def bundle_note(self) -> Path:
        return self.folder / BUNDLE_FILE

    @property
    def root_file(self) -> Path:
        return self.folder / ROOT_FILE

    @property
    def root_key(self) -> SigningKey:
        return read_key_file(self.folder / "take-away/root.key.age", KEYS_PASSPHRASE).signing_key()

    def recipient(self) -> HybridRecipient:
        return HybridRecipient.parse(self.ceremony.bundle.epoch_for("main", DAY).recipient)

    def accept(self, row: bytes, row_id: str = "") -> str:
        """Put a sealed row into the server's store."""
        name = row_id or secrets.token_hex(16)
        self.waiting[name] = row
        return name

    def report(self, message: str = "", files: Sequence[tuple[str, bytes]] = (), **head: Any) -> str:
        """Send a report in through the arrival lane; returns its row's id."""
        return self.accept(sealed_report(self.recipient(), message, files, **head))

    def decoy(self, signer: SigningKey | None = None, names: dict[str, str] | None = None, **head: Any) -> str:
        """Put a decoy into the store as the server does; ``signer`` for one that somebody else signed."""
        report, row_id = new_report_id(), secrets.token_hex(16)
        body = {"report": report.hex(), "row": row_id} | (names or {})
        note = sign_document("decoy", 1, body, [signer or self.server]).decode()
        values = {"report": report, "decoy": note, "lane": Lane.ARRIVAL} | head
        return self.accept(sealed_report(self.recipient(), **values), row_id)

    def bundle(self, path: Path, **manifest: Any) -> Path:
        """Write the next bundle with everything that waits."""
        blobs = tuple(
            BlobEntry(name, len(row), hashlib.sha256(row).hexdigest()) for name, row in sorted(self.waiting.items())
        )
        before = self.position
        values: dict[str, Any] = {
            "chain": self.chain,
            "number": before.number + 1 if before else 1,
            "previous": before.head if before else None,
            "day": DAY,
            "blobs": blobs,
            "health": GOOD_HEALTH,
        }
        made = Manifest(**(values | manifest))
        head = write_bundle(path, made, lambda entry: io.BytesIO(self.waiting[entry.id]), self.server)
        self.position = ChainPosition(made.chain, made.number, head)
        return path

    def acknowledge(self, said: Acknowledgement | None) -> None:
        assert said is not None
        self.waiting.clear()

    def read_desk_bundle(self, path: Path) -> Bundle:
        return UntrustedBundle(path).verify(self.ceremony.bundle.desk_keys)

    def letter(self, desk: Vault, source: Source) -> Letter:
        """Let the desk write its next bundle, and the source read the letter in it."""
        return source.read(self.read_desk_bundle(write_server_bundle(desk, no_progress).path), self)


def answered(**given: str | int) -> dict[str, JSON]:
    """Answer questions: ``yes``, ``no`` and ``unknown`` were chosen, anything else was typed."""
    choices = {"yes": "Yes", "no": "No", "unknown": "I do not know"}
    return answers_to_json(
        {
            name: Answer(
                f"About {name}?", (Chosen(one, choices[one]),) if isinstance(one, str) and one in choices else one
            )
            for name, one in given.items()
        }
    )


def sealed_report(
    recipient: HybridRecipient,
    message: str = "",
    files: Sequence[tuple[str, bytes]] = (),
    **head: Any,
) -> bytes:
    """Seal a report as intake does."""
    pieces: list[bytes] = []
    writer = SubmissionWriter(recipient, pieces.append)
    if message:
        writer.write_message(message.encode())
    for name, content in files:
        writer.start_file(name)
        writer.write(content)
        writer.end_file()
    part = Part.MESSAGE if message else Part.FILES
    values: dict[str, Any] = {"report": new_report_id(), "part": part, "lane": Lane.ARRIVAL, "consent": Consent()}
    values |= head
    writer.finish(SubmissionHead(**values))
    return b"".join(pieces)
