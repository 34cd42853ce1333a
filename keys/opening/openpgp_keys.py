"""A desk's OpenPGP key, for sources who seal a file with what they have: made by GnuPG in a home that is thrown away.

Rules:
- Ed25519 for the primary key, which may certify and nothing else: no signature of the desk's is ever OpenPGP. Cv25519
  for the part that opens. Programs from 2017 on know both.
- It bears the organisation's name as it stands in the public bundle, no address, and no other name.
- It never expires: the pages offer it until the root signs a bundle without it, and no program of a source says no
  because of a day that nobody remembers. It dates from midnight before the day of the ceremony, so that a clock that is
  some hours slow does not take it for a key from the future.
- It asks for no compression: nobody has to unpack what a stranger packed.
- The secret half is a key file like the others; in GnuPG's home it lies in memory, for the time of making it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from keys.opening.errors import OpenPgpError
from keys.opening.gnupg_home import throw_away_home
from keys.sealing.display import one_line
from keys.sealing.errors import FormatError
from keys.sealing.key_file import KeyFile
from keys.sealing.openpgp_armor import Label, dearmored_whole
from keys.sealing.openpgp_packets import Packet, packets, read_public_key

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import date

_RECIPE = """\
Key-Type: EDDSA
Key-Curve: ed25519
Key-Usage: cert
Subkey-Type: ECDH
Subkey-Curve: cv25519
Subkey-Usage: encrypt
Preferences: AES256 AES192 AES SHA512 SHA384 SHA256 Uncompressed
Name-Real: {name}
Creation-Date: {day:%Y%m%d}T000000
Expire-Date: 0
%no-protection
%commit
"""
_KEYS = {6: 5, 14: 7}
"""Tags of public keys, and of the secret ones that hold them (RFC 9580, section 5.5)."""


@dataclass(frozen=True, slots=True)
class NewOpenPgpKey:
    """A key for the public bundle, armored, and the key file that opens what is sealed to it."""

    public: str
    key_file: KeyFile = field(repr=False)


def make_openpgp_key(organisation: str, desk_name: str, day: date) -> NewOpenPgpKey:
    """Make a desk's OpenPGP key, a day old; raises ``OpenPgpError`` where GnuPG cannot."""
    recipe = _RECIPE.format(name=one_line(organisation), day=day - timedelta(days=1))
    with throw_away_home(in_memory=True) as gpg:
        made = str(gpg.gen_key(recipe))
        if not made:
            raise OpenPgpError("GnuPG could not make a key.", "Version 2.2 or newer is needed.")
        public = _unix(gpg.export_keys(made, minimal=True))
        secret = _unix(gpg.export_keys(made, secret=True, expect_passphrase=False))
    key_file = KeyFile.of_openpgp(desk_name, read_public_key(public).fingerprint, secret)
    check_pair(public, key_file)
    return NewOpenPgpKey(public, key_file)


def check_pair(public: str, key_file: KeyFile) -> None:
    """Check that a key file holds the secret half of a public key; raises ``FormatError``.

    A secret key's packet begins with all of the public one's (RFC 9580, section 5.5.3), so that bytes can be compared.
    """
    known = _keys(public, Label.PUBLIC_KEY, _KEYS)
    secret = _keys(key_file.openpgp(), Label.SECRET_KEY, _KEYS.values())
    fits = len(known) == len(secret) and all(map(_belongs, known, secret))
    if not fits or key_file.id != read_public_key(public).fingerprint:
        raise FormatError(
            "The OpenPGP key file is not of the key in the public bundle.", "Are both of the same ceremony?"
        )


def _keys(armored: str, label: Label, tags: Container[int]) -> list[Packet]:
    every = packets(dearmored_whole(armored.encode("ascii", "replace"), label))
    return [packet for packet in every if packet.tag in tags]


def _belongs(public: Packet, secret: Packet) -> bool:
    return secret.tag == _KEYS[public.tag] and secret.body.startswith(public.body)


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")
