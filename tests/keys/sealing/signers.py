"""Signing keys and identities of the vectors: seeds of one repeated byte, never used for anything else."""

from __future__ import annotations

from keys.sealing.age import HybridIdentity
from keys.sealing.notes import SigningKey

ROOT = SigningKey.from_seed("example.org/root", b"\x01" * 32)
DESK = SigningKey.from_seed("example.org/desk", b"\x02" * 32)
SPARE = SigningKey.from_seed("example.org/spare", b"\x03" * 32)
SERVER = SigningKey.from_seed("example.org/server", b"\x04" * 32)
REVIEWER = SigningKey.from_seed("example.org/reviewer-1", b"\x05" * 32)
LEAD = SigningKey.from_seed("example.org/lead-1", b"\x06" * 32)
STRANGER = SigningKey.from_seed("example.net/stranger", b"\x07" * 32)
NAMESAKE = SigningKey.from_seed("example.org/desk", b"\x08" * 32)
"""Another key under the desk's name."""

SOURCE = HybridIdentity.from_seed(b"\x10" * 32)
EPOCH = HybridIdentity.from_seed(b"\x11" * 32)
SPARE_EPOCH = HybridIdentity.from_seed(b"\x12" * 32)
