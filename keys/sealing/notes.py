"""Signed texts: C2SP signed-note with Ed25519 (https://c2sp.org/signed-note). The one home of signing keys.

Rules:
1. A note is looked at only after as many accepted keys as asked for have signed it; a key counts once, however often
   and under however many names it stands there.
2. One wrong signature that claims an accepted key's name and id condemns the note. Signatures by others are ignored.
3. Line one of each of our own texts names its type and version (``khomo/<kind>/v<version>``), so that no signature
   can be carried from one purpose to another; the rest is one line of canonical JSON.
4. Base64 and hex have one spelling; everything is bounded before it is parsed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import nacl.exceptions
import nacl.signing

from keys.sealing.canonical import JSON, from_canonical, to_canonical
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.fingerprint import fingerprint_hex, fingerprint_words
from keys.sealing.limits import NOTE_BYTES, NOTE_SIGNATURES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

ED25519 = b"\x01"
SEED_BYTES = 32
_KEY_BYTES = 32
_ID_BYTES = 4
_SIGNATURE_BYTES = 64
_DASH = "\N{EM DASH} "
_NAME = re.compile(r"[^\s+\x00-\x1f]{1,200}")
_KIND = re.compile(r"[a-z][a-z0-9-]*")
_CONTROL = bytes({*range(0x20)} - {0x0A})
"""No byte of a longer UTF-8 character is one of these."""


@dataclass(frozen=True, slots=True, repr=False)
class VerifyKey:
    """An Ed25519 verifier key with its name."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise FormatError("A key's name holds neither spaces nor plus signs, and is not empty.")
        if len(self.public) != _KEY_BYTES:
            raise FormatError("An Ed25519 key has 32 bytes.")

    @classmethod
    def parse(cls, text: str) -> VerifyKey:
        """Read ``<name>+<id>+<base64>`` as in C2SP signed-note; raises ``FormatError``."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        blob = _from_base64(encoded)
        if blob[:1] != ED25519:
            raise FormatError("The text is no Ed25519 verifier key.")
        key = cls(name, blob[1:])
        if key.key_id.hex() != key_id:
            raise FormatError("The id of the verifier key does not fit the key.", "Compare it with its source.")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_to_base64(ED25519 + self.public)}"

    def __repr__(self) -> str:
        return f"VerifyKey({self})"

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart; no proof of anything."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:_ID_BYTES]

    def fingerprint_words(self) -> str:
        """Return the words to read out when two people compare keys."""
        return fingerprint_words(str(self).encode())

    def fingerprint_hex(self) -> str:
        """Return the same fingerprint in hex groups."""
        return fingerprint_hex(str(self).encode())

    def check(self, text: bytes, signature: bytes) -> None:
        """Raise ``SignatureError`` unless this key signed the text."""
        try:
            nacl.signing.VerifyKey(self.public).verify(text, signature)
        except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError):
            raise SignatureError(f"The signature of {self.name} is wrong.", "Ask for the text again.") from None


class SigningKey:
    """An Ed25519 key that signs, with its name; prints without its secret."""

    __slots__ = ("_key", "verify_key")

    def __init__(self, name: str, key: nacl.signing.SigningKey) -> None:
        self._key = key
        self.verify_key = VerifyKey(name, bytes(key.verify_key))

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """Draw a new key."""
        return cls(name, nacl.signing.SigningKey.generate())

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> SigningKey:
        """Make the key of a 32-byte seed."""
        if len(seed) != SEED_BYTES:
            raise FormatError("The seed of a signing key has 32 bytes.")
        return cls(name, nacl.signing.SigningKey(seed))

    @property
    def name(self) -> str:
        """The name that stands beside this key's signatures."""
        return self.verify_key.name

    def expose_seed(self) -> bytes:
        """Return the seed; the caller now holds a secret."""
        return bytes(self._key)

    def sign(self, text: bytes) -> bytes:
        """Return the signature alone."""
        return self._key.sign(text).signature

    def __repr__(self) -> str:
        return f"SigningKey({self.name})"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("signing keys are not pickled")


@dataclass(frozen=True, slots=True)
class VerifiedNote:
    """A text whose signatures hold, with the accepted keys that signed it, in the order in which they were accepted."""

    text: str
    signers: tuple[VerifyKey, ...]


@dataclass(frozen=True, slots=True)
class _Signature:
    name: str
    key_id: bytes
    value: bytes


def sign(text: str, keys: Sequence[SigningKey]) -> bytes:
    """Sign a text that ends in a newline."""
    data = text.encode()
    if not keys or not data.endswith(b"\n") or _holds_control(data):
        raise FormatError("A text to sign ends in a newline, holds no other control characters, and somebody signs it.")
    return data + b"\n" + b"".join(_signature_line(data, key) for key in keys)


def add_signature(note: bytes, key: SigningKey) -> bytes:
    """Put one more signature under a note; a second one by the same key changes nothing."""
    text, _ = _parse(note)
    line = _signature_line(text.encode(), key)
    return note if line in note[len(text.encode()) :] else note + line


def signature_line(note: bytes, key: VerifyKey) -> bytes:
    """Return the first line of a note that bears a key's name and id; it counts once the note was verified with it."""
    _text, signatures = _parse(note)
    value = next(one.value for one in signatures if (one.name, one.key_id) == (key.name, key.key_id))
    return _line(key, value)


def verify(note: bytes, accepted: Collection[VerifyKey], threshold: int = 1) -> VerifiedNote:
    """Return the text once ``threshold`` different accepted keys have signed it.

    Raises ``FormatError`` for what is no note, ``SignatureError`` for a wrong signature or too few.
    """
    if threshold < 1:
        raise ValueError("no signature asked for")
    text, signatures = _parse(note)
    data = text.encode()
    known = {(key.name, key.key_id): key for key in accepted}
    signed_by = set()
    for signature in signatures:
        if key := known.get((signature.name, signature.key_id)):
            key.check(data, signature.value)
            signed_by.add(key)
    if len({key.public for key in signed_by}) < threshold:
        raise _too_few(threshold)
    return VerifiedNote(text, tuple(key for key in accepted if key in signed_by))


def document_text(kind: str, version: int, body: Mapping[str, JSON]) -> str:
    """Return the text of a signed document: a first line that names its type and version, and a JSON object."""
    return f"{_first_line(kind, version)}\n{to_canonical(body).decode()}\n"


def sign_document(kind: str, version: int, body: Mapping[str, JSON], keys: Sequence[SigningKey]) -> bytes:
    """Sign a JSON object under a first line that names its type and version."""
    return sign(document_text(kind, version, body), keys)


def signed_size(text: str, keys: Sequence[SigningKey]) -> int:
    """Return how many bytes a text has with its signatures, without signing it."""
    return len(text.encode()) + len("\n") + sum(len(_line(key.verify_key, bytes(_SIGNATURE_BYTES))) for key in keys)


def open_document(
    note: bytes, kind: str, version: int, accepted: Collection[VerifyKey], threshold: int = 1
) -> tuple[dict[str, JSON], tuple[VerifyKey, ...]]:
    """Return the JSON object of a signed document and who signed it; other kinds and versions are refused."""
    verified = verify(note, accepted, threshold)
    first, _, rest = verified.text.partition("\n")
    if first != _first_line(kind, version):
        raise FormatError(f"The text is not a {_first_line(kind, version)}.", "Another version of Khomo may read it.")
    body = from_canonical(rest[:-1].encode())
    if not isinstance(body, dict):
        raise FormatError("The signed document is not a JSON object.")
    return body, verified.signers


def signed_text(note: bytes) -> bytes:
    """Return the bytes that the signatures cover, unverified: what a chain of notes hashes.

    (A hash of the whole note would change when somebody adds a line by an unknown key.)
    """
    return _parse(note)[0].encode()


def _first_line(kind: str, version: int) -> str:
    if not _KIND.fullmatch(kind):
        raise ValueError("a kind is lower-case letters, digits and hyphens")
    return f"khomo/{kind}/v{version}"


def _signature_line(text: bytes, key: SigningKey) -> bytes:
    return _line(key.verify_key, key.sign(text))


def _line(key: VerifyKey, signature: bytes) -> bytes:
    return f"{_DASH}{key.name} {_to_base64(key.key_id + signature)}\n".encode()


def _holds_control(text: bytes) -> bool:
    return len(text.translate(None, _CONTROL)) != len(text)


def _parse(note: bytes) -> tuple[str, list[_Signature]]:
    if len(note) > NOTE_BYTES:
        raise FormatError("The signed text is too large.")
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise FormatError("The signed text is not UTF-8.") from None
    end = whole.rfind("\n\n")
    if end < 0 or not whole.endswith("\n") or _holds_control(note):
        raise FormatError("The text is not a signed text.")
    lines = whole[end + 2 : -1].split("\n")
    if len(lines) > NOTE_SIGNATURES:
        raise FormatError("The signed text has too many signatures.")
    return whole[: end + 1], [_parse_signature(line) for line in lines]


def _parse_signature(line: str) -> _Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    blob = _from_base64(encoded)
    if not line.startswith(_DASH) or not _NAME.fullmatch(name) or len(blob) <= _ID_BYTES:
        raise FormatError("A signature line is malformed.")
    return _Signature(name, blob[:_ID_BYTES], blob[_ID_BYTES:])


def _too_few(threshold: int) -> SignatureError:
    if threshold == 1:
        return SignatureError("No accepted key has signed this text.", "Check whom it comes from.")
    return SignatureError(f"Fewer than {threshold} accepted keys have signed this text.", "Ask for more signatures.")


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("The text is not base64.") from None
    if _to_base64(data) != text:
        raise FormatError("The base64 is not in its one spelling.")
    return data
