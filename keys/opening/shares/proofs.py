"""A share's own signing key, by which its holder proves to have it without showing it. Pure.

Rules:
1. The key is Ed25519; its seed is HKDF-SHA256 (RFC 5869) over the 33 words, joined by single spaces, with a label of
   its own and no salt. Where two or more sheets are needed, each holds 256 random bits: nobody finds it by guessing.
2. The public half shows nothing of the share, and no number of public halves brings a key back.
3. It goes under two drawn words, the label of the sheet: who holds which stands on no disk.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.sealing.codename_list import WordList
from keys.sealing.notes import SEED_BYTES, SigningKey

if TYPE_CHECKING:
    from keys.opening.shares.slip39 import Share
    from keys.sealing.notes import VerifyKey

_LABEL = b"khomo/share-proof/v1"
_PREFIX = "share/"
PROOF_NAME = re.compile(r"share/[a-z]+-[a-z]+")


def draw_names(count: int) -> tuple[str, ...]:
    """Draw the names of so many proof keys, two words each, all different."""
    names: set[str] = set()
    while len(names) < count:
        names.add(f"{_PREFIX}{secrets.choice(WordList.load().words)}-{secrets.choice(WordList.load().words)}")
    return tuple(names)


def proof_key(share: Share, name: str) -> SigningKey:
    """Return the signing key of a share, under a name."""
    seed = HKDF(SHA256(), SEED_BYTES, None, _LABEL).derive(" ".join(share.expose()).encode())
    return SigningKey.from_seed(name, seed)


def label(proof: VerifyKey) -> str:
    """Return the two words that stand on the sheet."""
    return proof.name.removeprefix(_PREFIX).replace("-", " ")
