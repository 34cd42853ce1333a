"""Sealing and opening beside a plain copy and SHA-256 of the same bytes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from bench.figures import Figure, median_seconds
from keys.sealing.age import HybridIdentity, OpeningReader, SealingWriter

SUBJECT = "Envelope: age v1, mlkem768x25519, 256 MiB, file to file"
SIZE = 256 * 1024 * 1024
STEP = 64 * 1024


def _copy(source: Path, destination: Path) -> None:
    with source.open("rb") as read, destination.open("wb") as write:
        while block := read.read(STEP):
            write.write(block)


def _sha256(source: Path) -> None:
    with source.open("rb") as read:
        hashlib.file_digest(read, "sha256")


def _seal(source: Path, destination: Path, identity: HybridIdentity) -> None:
    with source.open("rb") as read, destination.open("wb") as write:
        sealing = SealingWriter([identity.recipient()], write.write)
        while block := read.read(STEP):
            sealing.write(block)
        sealing.finish()


def _open(source: Path, destination: Path, identity: HybridIdentity) -> None:
    with source.open("rb") as read, destination.open("wb") as write:
        opening = OpeningReader(read, [identity])
        while block := opening.read(STEP):
            write.write(block)


def measure() -> list[Figure]:
    """Measure in a temporary folder; nothing is left."""
    identity = HybridIdentity.generate()
    with tempfile.TemporaryDirectory() as name:
        plain, sealed, out = (Path(name) / part for part in ("plain", "sealed", "out"))
        plain.write_bytes(os.urandom(SIZE))
        speed = {
            "copy": SIZE / 1e6 / median_seconds(lambda: _copy(plain, out)),
            "sha256": SIZE / 1e6 / median_seconds(lambda: _sha256(plain)),
            "seal": SIZE / 1e6 / median_seconds(lambda: _seal(plain, sealed, identity)),
            "open": SIZE / 1e6 / median_seconds(lambda: _open(sealed, out, identity)),
        }
    return [
        Figure(SUBJECT, what, speed[what], "MB/s", f"MB/s {limit}", speed[limit])
        for what in ("seal", "open")
        for limit in ("copy", "sha256")
    ]
