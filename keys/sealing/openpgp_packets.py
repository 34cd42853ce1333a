"""The beginning of an OpenPGP message: for whom is it sealed? And a public key: which one is it? Pure.

Standards: RFC 9580 and RFC 4880; packet 20 of LibrePGP, which GnuPG 2.3 and newer write.

Nothing is decrypted and no signature is checked. What is said here of a key counts because the root signs the bundle
that holds the key; what is said of a message counts because whoever made it gains nothing by lying to us.

Rules:
1. A message is a row of session key packets, then a packet of encrypted data. Anything else has its class of error.
2. Session key packets have a definite length of at most 4 KiB and stand before the data, at most 32 of them. So no file
   makes us hold or look at more than the beginning of it that the caller gives.
3. Of the encrypted data the version alone is looked at. Data without a check of its integrity (packet 9) is refused.
4. A public key is one primary key with its names, signatures and subkeys, each of definite length, and nothing else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from keys.sealing.limits import KIB
from keys.sealing.openpgp_armor import (
    Label,
    NotEncryptedError,
    OpenPgpError,
    dearmored_beginning,
    dearmored_whole,
    is_armored,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = bytes(8)
"""The key id of a reader who is not named."""

SESSION_KEYS = 32
"""Session key packets of one message: one for each reader."""
SESSION_KEY_BYTES = 4 * KIB
"""One of them: those of post-quantum drafts are below 2 KiB."""
PUBLIC_KEY_BYTES = 16 * KIB
"""An armored public key with a name and a few signatures is below 4 KiB."""

_PKESK, _SIGNATURE, _SKESK, _SECRET, _PUBLIC, _SECRET_SUBKEY = 1, 2, 3, 5, 6, 7
_OLD_DATA, _USER_ID, _PUBLIC_SUBKEY, _DATA, _OCB_DATA = 9, 13, 14, 18, 20
_NOT_ENCRYPTED = frozenset({_SIGNATURE, 4, _SECRET, _PUBLIC, _SECRET_SUBKEY, 8, 11, _USER_ID, _PUBLIC_SUBKEY, 17})
"""Signatures, keys and names, compressed and literal data."""
_OF_A_KEY = frozenset({_SIGNATURE, _USER_ID, _PUBLIC_SUBKEY})
_OLD, _NEW = 3, 6
"""Versions of session key packets."""
_SYMMETRIC_VERSIONS = frozenset({4, 5, 6})
_CAN_OPEN = frozenset({1, 2, 16, 18, 25, 26})
"""Algorithms of keys that something can be sealed to: RSA (1, 2), Elgamal, ECDH, X25519, X448."""
_FINGERPRINT_BYTES = {4: 20, 6: 32}
"""By the version of the key."""
_LEAST_PARTIAL = 512


class OpenPgpPacketError(OpenPgpError):
    """The bytes are not packets of OpenPGP, or not in an order that gives a message or a key."""


class OutdatedError(OpenPgpError):
    """Encrypted, but in a way that lets anybody change it on its way; no program of today writes it."""


class Protection(StrEnum):
    """How the data of a message is encrypted."""

    SEIPD1 = "seipd-1"
    SEIPD2 = "seipd-2"
    OCB = "ocb"


_PROTECTIONS = {(_DATA, 1): Protection.SEIPD1, (_DATA, 2): Protection.SEIPD2, (_OCB_DATA, 1): Protection.OCB}


@dataclass(frozen=True, slots=True)
class Reader:
    """One key that opens a message, as its session key packet names it.

    Attributes:
        version: of the packet, 3 or 6.
        key_id: 8 bytes; zeros where it is hidden.
        fingerprint: 20 or 32 bytes where the packet says it (version 6 only), else empty.
    """

    version: int
    key_id: bytes
    fingerprint: bytes = b""

    @property
    def hidden(self) -> bool:
        """Whether the message does not say whose key it is."""
        return self.key_id == HIDDEN


@dataclass(frozen=True, slots=True)
class MessageHead:
    """What the beginning of an encrypted message says.

    Attributes:
        readers: the keys that open it.
        passphrases: how many passphrases open it.
        protection: of the data.
    """

    readers: tuple[Reader, ...]
    passphrases: int
    protection: Protection


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key; its parts that messages can be sealed to are known by their fingerprints.

    Attributes:
        fingerprint: of the primary key, in hex as programs show it.
        opening: fingerprints of the keys that open messages.
    """

    fingerprint: str
    opening: frozenset[bytes]

    def reads(self, reader: Reader) -> bool:
        """Tell whether a message names a part of this key; a hidden reader may be anybody."""
        if reader.fingerprint:
            return reader.fingerprint in self.opening
        return reader.key_id in {key_id(one) for one in self.opening}


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of definite length."""

    tag: int
    body: bytes


def looks_like_openpgp(data: bytes) -> bool:
    """Tell whether a file can be nothing but OpenPGP, if it is anything: by its first byte or its first line."""
    return is_armored(data) or data[:1] >= b"\x80"


def read_head(data: bytes) -> MessageHead:
    """Read the beginning of a message, binary or armored; more of it may follow than ``data`` has.

    Raises:
        NotEncryptedError: it is OpenPGP, but no encrypted message.
        OutdatedError: it is encrypted without a check of integrity.
        OpenPgpArmorError, OpenPgpPacketError: it is malformed, or its head is longer than ``data``.
    """
    cursor = _Cursor(dearmored_beginning(data, Label.MESSAGE) if is_armored(data) else data)
    readers: list[Reader] = []
    passphrases = 0
    while (header := cursor.header()).tag in {_PKESK, _SKESK}:
        if len(readers) + passphrases == SESSION_KEYS:
            raise OpenPgpPacketError(f"The message has more than {SESSION_KEYS} readers.")
        body = _Cursor(cursor.body(header, SESSION_KEY_BYTES))
        if header.tag == _PKESK:
            readers.append(_reader(body))
        else:
            _check_symmetric(body)
            passphrases += 1
    protection = _protection(header, cursor)
    if not readers and not passphrases:
        raise OpenPgpPacketError("The message has no reader.")
    if any((reader.version == _NEW) != (protection is Protection.SEIPD2) for reader in readers):
        raise OpenPgpPacketError("The message mixes two versions of OpenPGP.")
    return MessageHead(tuple(readers), passphrases, protection)


def read_public_key(armored: str) -> PublicKey:
    """Read one armored public key that messages can be sealed to; raises ``OpenPgpError``."""
    text = armored.encode("ascii", "replace")
    if len(text) > PUBLIC_KEY_BYTES:
        raise OpenPgpPacketError("The OpenPGP key is too large.")
    primary, *others = packets(dearmored_whole(text, Label.PUBLIC_KEY))
    if primary.tag != _PUBLIC or any(packet.tag not in _OF_A_KEY for packet in others):
        raise OpenPgpPacketError("This is not exactly one OpenPGP public key.")
    keys = [primary, *(packet for packet in others if packet.tag == _PUBLIC_SUBKEY)]
    opening = frozenset(_fingerprint(key.body) for key in keys if _algorithm(key.body) in _CAN_OPEN)
    if not opening:
        raise OpenPgpPacketError("Nothing can be sealed to this OpenPGP key.")
    return PublicKey(_fingerprint(primary.body).hex().upper(), opening)


def packets(data: bytes) -> Iterator[Packet]:
    """Split a key into its packets; raises ``OpenPgpPacketError`` unless they tile it, and for no packet at all."""
    cursor = _Cursor(data)
    yield _packet(cursor)
    while not cursor.at_end():
        yield _packet(cursor)


def key_id(fingerprint: bytes) -> bytes:
    """Return the 8 bytes by which a key with this fingerprint is known for short."""
    return fingerprint[:8] if len(fingerprint) == _FINGERPRINT_BYTES[_NEW] else fingerprint[-8:]


@dataclass(frozen=True, slots=True)
class _Header:
    """A packet's tag, and the length of its body; None where it comes in parts, or has no end but the file's."""

    tag: int
    length: int | None


class _Cursor:
    """Bytes that are taken one after the other; ``OpenPgpPacketError`` where there are too few."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def at_end(self) -> bool:
        return self._at == len(self._data)

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) < count:
            raise OpenPgpPacketError("A packet ends early.")
        self._at += count
        return piece

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def header(self) -> _Header:
        first = self.number(1)
        if not first & 0x80:
            raise OpenPgpPacketError("No packet begins where one should.")
        if first & 0x40:
            return _Header(first & 0x3F, self._length())
        size = 1 << (first & 0x03)
        return _Header(first >> 2 & 0x0F, None if size == 8 else self.number(size))  # noqa: PLR2004 - type 3: no length

    def _length(self) -> int | None:
        """Read a length as RFC 9580, section 4.2.1 writes it."""
        first = self.number(1)
        if first < 192:  # noqa: PLR2004 - as the standard has it
            return first
        if first < 224:  # noqa: PLR2004
            return (first - 192 << 8) + self.number(1) + 192
        if first == 255:  # noqa: PLR2004
            return self.number(4)
        if 1 << (first & 0x1F) < _LEAST_PARTIAL:
            raise OpenPgpPacketError("The first part of a packet is shorter than the standard allows.")
        return None

    def body(self, header: _Header, most: int) -> bytes:
        if header.length is None or header.length > most:
            raise OpenPgpPacketError("A packet is too long, or has no length.")
        return self.take(header.length)


def _packet(cursor: _Cursor) -> Packet:
    header = cursor.header()
    return Packet(header.tag, cursor.body(header, PUBLIC_KEY_BYTES))


def _reader(body: _Cursor) -> Reader:
    version = body.number(1)
    if version == _OLD:
        reader = Reader(version, body.take(8))
    elif version == _NEW:
        reader = _new_reader(_Cursor(body.take(body.number(1))))
    else:
        raise OpenPgpPacketError("A session key packet has a version that is not known here.")
    body.take(1)  # the algorithm: whichever it is, this key opens the message
    if body.at_end():
        raise OpenPgpPacketError("A session key packet holds no session key.")
    return reader


def _new_reader(name: _Cursor) -> Reader:
    if name.at_end():
        return Reader(_NEW, HIDDEN)
    size = _FINGERPRINT_BYTES.get(name.number(1), 0)
    fingerprint = name.take(size)
    if not fingerprint or not name.at_end():
        raise OpenPgpPacketError("A session key packet names a key in no known way.")
    return Reader(_NEW, key_id(fingerprint), fingerprint)


def _check_symmetric(body: _Cursor) -> None:
    if body.number(1) not in _SYMMETRIC_VERSIONS:
        raise OpenPgpPacketError("A packet for a passphrase has a version that is not known here.")


def _protection(header: _Header, cursor: _Cursor) -> Protection:
    if header.tag == _OLD_DATA:
        raise OutdatedError("This OpenPGP message is encrypted in an old way that is not safe.")
    if header.tag in _NOT_ENCRYPTED:
        raise NotEncryptedError("This is OpenPGP, but no encrypted message.")
    found = _PROTECTIONS.get((header.tag, cursor.number(1)))
    if found is None:
        raise OpenPgpPacketError("This is no OpenPGP message, or one of a kind that is not known here.")
    return found


def _algorithm(key: bytes) -> int:
    return _Cursor(key[5:]).number(1)


def _fingerprint(key: bytes) -> bytes:
    """Return the fingerprint of a key packet's body (RFC 9580, section 5.5.4)."""
    if key[:1] == b"\x04":
        body = b"\x99" + len(key).to_bytes(2, "big") + key
        return hashlib.sha1(body, usedforsecurity=False).digest()
    if key[:1] == b"\x06":
        return hashlib.sha256(b"\x9b" + len(key).to_bytes(4, "big") + key).digest()
    raise OpenPgpPacketError("The key has a version that is not known here.")
