"""Age v1 (C2SP): the one envelope. See docs/formats/envelope.md."""

from keys.sealing.age.armor import ArmorReader, ArmorWriter, dearmored
from keys.sealing.age.errors import (
    AgeError,
    ArmorError,
    HeaderError,
    HmacError,
    NoMatchError,
    PayloadError,
)
from keys.sealing.age.file_key import Identity, Recipient
from keys.sealing.age.header import Header, Stanza, read_header
from keys.sealing.age.hybrid import HybridIdentity, HybridRecipient
from keys.sealing.age.keyring import parse_identities, parse_recipient
from keys.sealing.age.passphrase import ScryptIdentity, ScryptRecipient
from keys.sealing.age.seekable import SeekableOpening
from keys.sealing.age.stream import OpeningReader, SealingWriter
from keys.sealing.age.whole import HYBRID_HEADER_BYTES, open_sealed, open_to_file, seal, sealed_size
from keys.sealing.age.x25519 import X25519Identity, X25519Recipient

__all__ = [
    "HYBRID_HEADER_BYTES",
    "AgeError",
    "ArmorError",
    "ArmorReader",
    "ArmorWriter",
    "Header",
    "HeaderError",
    "HmacError",
    "HybridIdentity",
    "HybridRecipient",
    "Identity",
    "NoMatchError",
    "OpeningReader",
    "PayloadError",
    "Recipient",
    "ScryptIdentity",
    "ScryptRecipient",
    "SealingWriter",
    "SeekableOpening",
    "Stanza",
    "X25519Identity",
    "X25519Recipient",
    "dearmored",
    "open_sealed",
    "open_to_file",
    "parse_identities",
    "parse_recipient",
    "read_header",
    "seal",
    "sealed_size",
]
