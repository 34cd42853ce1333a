"""ProofMode bundles for tests, in the layout of the Android app, signed by keys of a throw-away GnuPG home."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import ExifTags, Image

from reviewer.evidence.proofs import File, read_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewer.evidence.values import Bundle, NotRead

NAME = "PXL_20261101_120000.jpg"
OWNER = "noone@proofmode.witness.org"
KEY_MADE, SIGNED = "20261001T080000!", "20261101T120003!"
FIELDS = {
    "File Path": f"/storage/emulated/0/DCIM/Camera/{NAME}",
    "File Hash SHA256": "",
    "File Created": "2026-11-01T12:00:00.000Z",
    "File Modified": "2026-11-01T12:00:01.000Z",
    "Proof Generated": "2026-11-01T12:00:02.000Z",
    "Manufacturer": "Acme",
    "Hardware": "Acme A1",
    "DeviceID": "device-canary-77",
    "Location.Latitude": "-13.9626",
    "Location.Longitude": "33.7741",
    "Notes": "made, by a test",
}


def photo(*, make: str = "Acme", taken: str = "2026:11:01 12:00:00", **more: str) -> bytes:
    """Draw a small picture that says which camera took it and when."""
    exif = Image.Exif()
    tags = {name: number for number, name in ExifTags.TAGS.items()}
    for name, value in {"Make": make, "Model": "A1", **more}.items():
        exif[tags[name]] = value
    exif.get_ifd(ExifTags.IFD.Exif)[tags["DateTimeOriginal"]] = taken
    held = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(held, "JPEG", exif=exif)
    return held.getvalue()


@dataclass(frozen=True)
class Signer:
    """Some keys, by the names of their owners."""

    home: str

    def key(self, owner: str = OWNER) -> bytes:
        """A public key as the app writes it."""
        return self._gpg("--armor", "--export", owner)

    def sign(self, data: bytes, *options: str, owner: str = OWNER, at: str = SIGNED) -> bytes:
        """Make a detached signature."""
        options = options or ("--detach-sign",)
        return self._gpg("--armor", "--local-user", owner, "--faked-system-time", at, *options, data=data)

    def fingerprint(self, owner: str = OWNER) -> str:
        said = self._gpg("--with-colons", "--list-keys", owner).decode()
        return next(line.split(":")[9] for line in said.splitlines() if line.startswith("fpr"))

    def _gpg(self, *arguments: str, data: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", self.home, "--batch", "--quiet", "--pinentry-mode", "loopback"]
        whole = [*command, "--passphrase", "", *arguments]
        return subprocess.run(whole, input=data, capture_output=True, check=True, timeout=60).stdout


@contextmanager
def signers(*owners: str) -> Iterator[Signer]:
    """Make keys; Ed25519, which is quick to make."""
    with tempfile.TemporaryDirectory(prefix="proof-") as home:
        signer = Signer(home)
        for owner in owners:
            signer._gpg("--faked-system-time", KEY_MADE, "--quick-generate-key", owner, "ed25519", "sign", "never")
        yield signer
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)


def made(signer: Signer, media: bytes | None = None, /, owner: str = OWNER, **fields: str) -> dict[str, bytes]:
    """Make all files of a bundle, by their names."""
    media = photo() if media is None else media
    digest = hashlib.sha256(media).hexdigest()
    said = FIELDS | {"File Hash SHA256": digest} | {name.replace("_", " "): value for name, value in fields.items()}
    names = "".join(f"{name}," for name in said)
    csv = f"{names}\n{''.join(value.replace(',', ' ') + ',' for value in said.values())}".encode()
    return signed(
        signer, {NAME: media, f"{digest}.proof.csv": csv, f"{digest}.proof.json": json.dumps(said).encode()}, owner
    )


def signed(signer: Signer, files: dict[str, bytes], owner: str = OWNER) -> dict[str, bytes]:
    """Add signatures and the key to a photo and its tables."""
    (media, data), *tables = files.items()
    digest = tables[0][0].split(".")[0]
    beside = {f"{name}.asc": signer.sign(table, owner=owner) for name, table in tables}
    return {
        media: data,
        f"{digest}.asc": signer.sign(data, owner=owner),
        **dict(tables),
        **beside,
        "pubkey.asc": signer.key(owner),
        "HowToVerifyProofData.txt": b"how",
    }


class _Phone(io.BytesIO):
    """A file that cannot go back: so a ZIP has its sums behind each member, as a phone writes it."""

    def tell(self) -> int:
        raise OSError


def zipped(files: dict[str, bytes], *, by_phone: bool = True) -> bytes:
    """Pack files, deflated."""
    held = _Phone() if by_phone else io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


def file(name: str, data: bytes) -> File:
    """As it would lie in a vault."""
    return File(name, len(data), lambda: io.BytesIO(data), hashlib.sha256(data).hexdigest())


def read_zip(data: bytes) -> Bundle | NotRead:
    """Let the sandbox read a ZIP."""
    return read_bundle([file("bundle.zip", data)], is_zip=True)


def read_beside(files: dict[str, bytes]) -> Bundle | NotRead:
    """Let the sandbox read files that lie beside each other."""
    return read_bundle([file(name, data) for name, data in files.items()], is_zip=False)


def stem_of(files: dict[str, bytes]) -> str:
    """Return the name that the parts of a bundle begin with."""
    return next(name.removesuffix(".proof.csv") for name in files if name.endswith(".proof.csv"))
