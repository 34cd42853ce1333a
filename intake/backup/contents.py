"""What a backup says: pure, bytes in and values out. docs/formats/server-backup.md shows the layout.

Rules:
1. No row, no blob, no letter, no list of rows: of what sources sent only the addresses of mailboxes, sorted.
2. Signed by the server, type ``khomo/server-backup/v1``; the public bundle inside names the server's key, and the root
   key inside signed the public bundle. So one comparison, of the root key with paper, vouches for all of it.
3. Padded to a multiple of 64 KiB, then sealed: its size tells no number of mailboxes.
4. Names of files are relative, stay below their folder, and are unique.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.sealing.age import open_sealed, seal, sealed_size
from keys.sealing.canonical import from_canonical
from keys.sealing.chain_position import ChainPosition
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.key_file import KEY_FILE_BYTES, KeyFile
from keys.sealing.limits import KIB, NOTE_BYTES, PUBLIC_BUNDLE_BYTES
from keys.sealing.notes import VerifyKey, document_text, open_document, sign, signed_size, signed_text
from keys.sealing.onion_address import OnionAddress
from keys.sealing.public_bundle import PublicBundle
from keys.sealing.values import ID_BYTES, MailboxAddress

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from keys.sealing.age import HybridIdentity, HybridRecipient
    from keys.sealing.canonical import JSON
    from keys.sealing.notes import SigningKey
    from keys.sealing.values import Sealed

KIND = "server-backup"
VERSION = 1
PADDED_TO = 64 * KIB
HOSTNAME = "service/hostname"
LARGEST_FILE = PUBLIC_BUNDLE_BYTES
"""Of each file that is kept."""
LARGEST_BACKUP = sealed_size(NOTE_BYTES, 4 * KIB)

_NO_PADDING = '"padding":""'
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*){0,3}")


@dataclass(frozen=True, slots=True)
class Papers:
    """The three papers of the desk, as texts."""

    public_bundle: str
    root_key: str
    server_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServerBackup:
    """All that is kept.

    Attributes:
        day: on which it was made.
        program: the version that made it.
        config: the configuration.
        papers: of the desk.
        beside: files that the configuration names below its own folder, by name.
        onion: files of the onion services, by their names below tor's folder.
        mailboxes: addresses, sorted.
        last: where the chain of bundles to the desks stood; None before the first one.
        incoming: where the chain of each desk stood.
    """

    day: date
    program: str
    config: str
    papers: Papers
    beside: Mapping[str, str]
    onion: Mapping[str, bytes] = field(repr=False)
    mailboxes: tuple[MailboxAddress, ...]
    last: ChainPosition | None
    incoming: Mapping[str, ChainPosition]

    def __post_init__(self) -> None:
        for name in (*self.beside, *self.onion):
            if not _NAME.fullmatch(name):
                raise FormatError(f"A backup holds no file of the name {name!r}.")
        _ = self.address
        if list(self.mailboxes) != sorted(set(self.mailboxes)):
            raise FormatError("The mailboxes of a backup are sorted, and each stands there once.")

    @property
    def root(self) -> VerifyKey:
        """The root key."""
        return VerifyKey.parse(self.papers.root_key.strip())

    @property
    def public_bundle(self) -> PublicBundle:
        """The public bundle, checked against the root key; raises ``SignatureError``."""
        return PublicBundle.from_note(self.papers.public_bundle.encode(), self.root)

    @property
    def server_key(self) -> SigningKey:
        """The server's signing key."""
        return KeyFile.from_json(self.papers.server_key.encode()).signing_key()

    @property
    def address(self) -> str:
        """Of the door; raises ``FormatError`` if what stands there is none: a person reads it, and must see no more."""
        if HOSTNAME not in self.onion:
            return "unknown"
        host = self.onion[HOSTNAME].decode("ascii", "replace").removesuffix("\n")
        if OnionAddress.parse(host).host != host:
            raise FormatError("The address in the backup is not written as tor writes it.")
        return host


def seal_backup(backup: ServerBackup, key: SigningKey, recipient: HybridRecipient) -> Sealed:
    """Sign, pad and seal."""
    text = document_text(KIND, VERSION, _to_json(backup))
    padding = " " * (-signed_size(text, [key]) % PADDED_TO)
    return seal(sign(text.replace(_NO_PADDING, f'{_NO_PADDING[:-1]}{padding}"'), [key]), [recipient])


def open_backup(sealed: bytes, identity: HybridIdentity) -> ServerBackup:
    """Open and check; raises ``AgeError`` for another identity, ``FormatError`` or ``SignatureError``."""
    note = open_sealed(sealed, [identity]).expose()
    body = from_canonical(signed_text(note).partition(b"\n")[2].removesuffix(b"\n"))
    unverified = _from_json(body)  # it says itself who must have signed it, under a root key that a person compares
    checked, _signers = open_document(note, KIND, VERSION, unverified.public_bundle.servers)
    backup = _from_json(checked)
    if backup.server_key.verify_key not in backup.public_bundle.servers:
        raise FormatError("The server key in the backup is not one that its public bundle knows.")
    return backup


def _to_json(backup: ServerBackup) -> dict[str, JSON]:
    return {
        "beside": dict(backup.beside),
        "config": backup.config,
        "day": backup.day.isoformat(),
        "incoming": {desk: position.to_text() for desk, position in backup.incoming.items()},
        "last": None if backup.last is None else backup.last.to_text(),
        "mailboxes": [address.hex() for address in backup.mailboxes],
        "onion": {name: base64.b64encode(content).decode() for name, content in backup.onion.items()},
        "padding": "",
        "papers": {
            "public_bundle": backup.papers.public_bundle,
            "root_key": backup.papers.root_key,
            "server_key": backup.papers.server_key,
        },
        "program": backup.program,
    }


def _from_json(body: JSON) -> ServerBackup:
    with Fields(body, "backup") as fields:
        fields.text("padding", PADDED_TO)
        return ServerBackup(
            day=fields.day("day"),
            program=fields.text("program"),
            config=fields.text("config", LARGEST_FILE),
            papers=_papers(fields.take("papers")),
            beside=_texts(fields.take("beside"), LARGEST_FILE),
            onion={name: _bytes(text) for name, text in _texts(fields.take("onion"), LARGEST_FILE).items()},
            mailboxes=fields.each("mailboxes", _address),
            last=fields.optional("last", _position),
            incoming={desk: ChainPosition.from_text(text) for desk, text in _texts(fields.take("incoming")).items()},
        )


def _papers(value: JSON) -> Papers:
    with Fields(value, "backup's papers") as fields:
        return Papers(
            public_bundle=fields.text("public_bundle", LARGEST_FILE),
            root_key=fields.text("root_key"),
            server_key=fields.text("server_key", KEY_FILE_BYTES),
        )


def _texts(value: JSON, limit: int = 64 * KIB) -> dict[str, str]:
    """Read an object whose members are all texts."""
    if not isinstance(value, dict):
        raise FormatError("A list of names in the backup is not a JSON object.")
    with Fields(value, "backup's list of names") as fields:
        return {name: fields.text(name, limit) for name in value}


def _address(value: JSON) -> MailboxAddress:
    with Fields({"address": value}, "backup's mailbox") as fields:
        return MailboxAddress(fields.binary("address", range(ID_BYTES, ID_BYTES + 1)))


def _position(value: JSON) -> ChainPosition:
    with Fields({"last": value}, "backup") as fields:
        return ChainPosition.from_text(fields.text("last", 64 * KIB))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise FormatError("A file in the backup is not base64.") from None
